"""The networks of workloads.cpp in PyTorch: a name -> the shape of an image and a list of layers."""

import torch
from torch import nn


def conv(inputs, outputs, stride=1, activation=nn.ReLU, kernel=3, groups=1):
    layer = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups)
    return [layer, activation()]


def transpose(inputs, outputs, stride=1, activation=nn.ReLU, kernel=3):
    layer = nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding=kernel // 2,
                               output_padding=stride - 1)
    return [layer, activation()]


def pointwise(inputs, outputs, activation=nn.ReLU):
    return conv(inputs, outputs, 1, activation, 1)


def depthwise(channels):
    return conv(channels, channels, 1, nn.Identity, 3, channels)


def up():
    return [nn.Upsample(scale_factor=2)]


class Join(nn.Module):
    """What some layers give and what they took, as channels beside each other."""

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return torch.cat([self.layers(x), x], 1)


class Sum(Join):
    def forward(self, x):
        return self.layers(x) + x


def denoise28():
    return (1, 28, 28), [
        *conv(1, 32, 2), *conv(32, 64, 2), *transpose(64, 32, 2), *transpose(32, 1, 2, nn.Sigmoid)]


def colour32():
    return (3, 32, 32), [
        *conv(3, 32, 2), *conv(32, 64, 2), *conv(64, 128, 2),
        *transpose(128, 64, 2), *transpose(64, 32, 2), *transpose(32, 3, 2, nn.Sigmoid)]


def deep64():
    layers = conv(1, 64)
    for _ in range(4):
        layers += conv(64, 64)
    for _ in range(4):
        layers += transpose(64, 64)
    return (1, 50, 50), layers + transpose(64, 1)


def keras28():
    return (1, 28, 28), [
        *conv(1, 32), nn.MaxPool2d(2), *conv(32, 32), nn.MaxPool2d(2),
        *transpose(32, 32, 2), *transpose(32, 32, 2), *conv(32, 1, 1, nn.Sigmoid)]


def unet64():
    inner = [*conv(64, 96, 2, kernel=5), *transpose(96, 64, 2, kernel=5)]
    outer = [*conv(32, 64, 2, kernel=5), Join(inner), *conv(128, 64, kernel=5),
             *transpose(64, 32, 2, kernel=5)]
    return (3, 64, 64), [*conv(3, 32, kernel=5), Join(outer), *conv(64, 32, kernel=5),
                         *conv(32, 3, 1, nn.Sigmoid, 5)]


def norm96():
    def normalized(layers, channels):
        return [layers[0], nn.BatchNorm2d(channels), nn.LeakyReLU(0.2)]

    return (3, 96, 96), [
        *normalized(conv(3, 24, 2), 24), *normalized(conv(24, 48, 2), 48),
        *normalized(conv(48, 96, 2), 96), *normalized(transpose(96, 48, 2), 48),
        *normalized(transpose(48, 24, 2), 24), *transpose(24, 3, 2, nn.Sigmoid)]


def dense28():
    return (1, 28, 28), [
        *conv(1, 16, 2), *conv(16, 32, 2), nn.Flatten(), nn.Linear(1568, 64),
        nn.Linear(64, 1568), nn.ReLU(), nn.Unflatten(1, (32, 7, 7)),
        *transpose(32, 16, 2), *transpose(16, 1, 2, nn.Sigmoid)]


def residual41():
    def block():
        return Sum([*conv(128, 128), *conv(128, 128, 1, nn.Identity)])

    return (1, 41, 41), [*conv(1, 128), block(), block(), *conv(128, 1, 1, nn.Identity)]


def depthwise32():
    layers = [*depthwise(3), *pointwise(3, 64)]
    for _ in range(3):
        layers += [*depthwise(64), *pointwise(64, 64)]
    return (3, 32, 32), layers + conv(64, 3, 1, nn.Sigmoid)


def pooling28():
    return (1, 28, 28), [
        *conv(1, 16), nn.MaxPool2d(2), *conv(16, 8), nn.MaxPool2d(2), *conv(8, 8),
        *conv(8, 8), *up(), *conv(8, 16), *up(), *conv(16, 1, 1, nn.Sigmoid)]


def grouped48():
    layers = conv(3, 64)
    for _ in range(3):
        layers += [*conv(64, 64, groups=8), *pointwise(64, 64)]
    return (3, 48, 48), layers + conv(64, 3, 1, nn.Sigmoid)


def bottleneck32():
    def block():
        return Sum([*pointwise(64, 16), *conv(16, 16), *pointwise(16, 64, nn.Identity)])

    return (3, 32, 32), [*conv(3, 64), block(), block(), block(), *conv(64, 3, 1, nn.Sigmoid)]


def groupnorm64():
    def normalized(inputs, outputs, stride=1):
        layer = conv(inputs, outputs, stride)[0]
        return [layer, nn.GroupNorm(8, outputs), nn.SiLU()]

    return (1, 64, 64), [
        *normalized(1, 32), *normalized(32, 64, 2), *normalized(64, 64), *up(),
        *normalized(64, 32), *conv(32, 1, 1, nn.Sigmoid)]


def subpixel64():
    layers = [nn.PixelUnshuffle(2), *conv(4, 48)]
    for _ in range(3):
        layers += conv(48, 48)
    return (1, 64, 64), [*layers, *conv(48, 4, 1, nn.Identity), nn.PixelShuffle(2)]


NETWORKS = {
    network.__name__: network
    for network in (denoise28, colour32, deep64, keras28, unet64, norm96, dense28, residual41,
                    depthwise32, pooling28, grouped48, bottleneck32, groupnorm64, subpixel64)
}
