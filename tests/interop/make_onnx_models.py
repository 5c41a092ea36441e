#!/usr/bin/python3
"""Makes ONNX files as PyTorch's exporter writes them, for the tests of the import.

    make_onnx_models.py FOLDER

Writes FOLDER/NAME.onnx, .input and .output (32-bit floats, channels first) of each model in each
opset, and FOLDER/cases.txt with a line "NAME extents" for each, the extents of the input. Models
that must be refused have a line "NAME refused: words of the message".
"""

import os
import sys
import warnings

import numpy
import torch
from torch import nn
from torch.nn import functional

warnings.filterwarnings("ignore")
torch.manual_seed(5)


class Function(nn.Module):
    """A module of some layers and a function of them and the input."""

    def __init__(self, function, *layers):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.function = function

    def forward(self, x):
        return self.function(x, *self.layers)


class View(nn.Module):
    """Each sample under another shape."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.view(-1, *self.shape)


def autoencoder():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.LeakyReLU(0.1),
        nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1), nn.Sigmoid())


def dense_autoencoder():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.ELU(0.5), nn.Dropout(0.3),
        nn.Flatten(), nn.Linear(6 * 4 * 5, 10), nn.Tanh(), nn.Linear(10, 6 * 4 * 5),
        nn.BatchNorm1d(6 * 4 * 5), nn.ReLU(), View(6, 4, 5),
        nn.ConvTranspose2d(6, 3, 2, stride=2))


def unet(x, down, middle, up, last):
    a = torch.relu(down(x))
    b = torch.relu(middle(functional.max_pool2d(a, 2)))
    c = up(b)
    return last(torch.cat([a, c], dim=1))


def resized_as(x, conv):
    return functional.interpolate(conv(functional.max_pool2d(x, 2)), size=x.shape[2:]) + x


def viewed(x, conv, first, second):
    y = conv(x)
    z = second(torch.relu(first(y.view(y.size(0), -1))))
    return z.view(-1, 4, 6, 8)


def channels_last(x, conv, norm):
    return norm(conv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


conv = lambda *a, **k: nn.Conv2d(4, 4, 3, *a, **k)
IMAGE = (2, 4, 6, 8)

# Name: (module, shape of its input).
MODELS = {
    "autoencoder": (autoencoder(), (2, 1, 16, 20)),
    "dense_autoencoder": (dense_autoencoder(), (2, 3, 8, 10)),
    "unet": (Function(unet, nn.Conv2d(4, 5, 3, padding=1), nn.Conv2d(5, 6, 3, padding=1),
                      nn.ConvTranspose2d(6, 5, 2, stride=2), nn.Conv2d(10, 1, 1)), IMAGE),
    "viewed": (Function(viewed, conv(padding=1), nn.Linear(192, 7), nn.Linear(7, 192)), IMAGE),
    "conv_strides": (nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0)), IMAGE),
    "conv_groups": (nn.Conv2d(4, 6, 3, groups=2, dilation=2, padding=2, bias=False), IMAGE),
    "conv_depthwise": (nn.Conv2d(4, 8, 3, groups=4), IMAGE),
    "conv_reflect": (conv(padding=1, padding_mode="reflect"), IMAGE),
    "conv_replicate": (conv(padding=1, padding_mode="replicate"), IMAGE),
    "transpose_plain": (nn.ConvTranspose2d(4, 3, 3), IMAGE),
    "transpose_padding": (nn.ConvTranspose2d(4, 3, 5, stride=(2, 3), padding=(2, 1)), IMAGE),
    "transpose_output_padding": (nn.ConvTranspose2d(4, 3, 3, stride=3, padding=1,
                                                    output_padding=(2, 1)), IMAGE),
    "transpose_groups": (nn.ConvTranspose2d(4, 6, 3, groups=2, dilation=2, bias=False), IMAGE),
    "transpose_gaps": (nn.ConvTranspose2d(4, 3, 2, stride=3), IMAGE),
    "batch_norm": (nn.Sequential(nn.ReLU(), nn.BatchNorm2d(4)), IMAGE),
    "instance_norm": (nn.InstanceNorm2d(4, affine=True), IMAGE),
    "instance_norm_plain": (nn.InstanceNorm2d(4), IMAGE),
    "group_norm": (nn.GroupNorm(2, 4), IMAGE),
    "layer_norm": (nn.LayerNorm([4, 6, 8]), IMAGE),
    "layer_norm_channels": (Function(channels_last, conv(padding=1), nn.LayerNorm(4)), IMAGE),
    "nearest": (nn.Upsample(scale_factor=2), IMAGE),
    "nearest_size": (nn.Upsample(size=(18, 16)), IMAGE),
    "nearest_by_function": (Function(lambda x: functional.interpolate(x, scale_factor=(2.0, 3.0))),
                            IMAGE),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), IMAGE),
    "resized_as_input": (Function(resized_as, conv(padding=1)), IMAGE),
    "zero_pad": (nn.ZeroPad2d((1, 2, 0, 3)), IMAGE),
    "constant_pad": (nn.ConstantPad2d(1, 0.0), IMAGE),
    "reflection_pad": (nn.ReflectionPad2d((1, 2, 3, 0)), IMAGE),
    "replication_pad": (nn.ReplicationPad2d(2), IMAGE),
    "negative_pad": (Function(lambda x: functional.pad(x, (-1, -2, 1, -1))), IMAGE),
    "max_pool": (nn.MaxPool2d(3, stride=2, padding=1), IMAGE),
    "max_pool_ceil": (nn.MaxPool2d(3, stride=2, ceil_mode=True), (2, 4, 7, 8)),
    "average_pool": (nn.AvgPool2d(2), IMAGE),
    "average_pool_padding": (nn.AvgPool2d(3, stride=2, padding=1), IMAGE),
    "average_pool_inside": (nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), IMAGE),
    "global_average": (nn.AdaptiveAvgPool2d(1), IMAGE),
    "global_maximum": (nn.AdaptiveMaxPool2d(1), IMAGE),
    "mean": (Function(lambda x, last: last(x.mean(dim=(2, 3))), nn.Linear(4, 3)), IMAGE),
    "linear": (nn.Sequential(nn.Linear(12, 5), nn.Softmax(dim=1)), (2, 12)),
    "linear_no_bias": (nn.Linear(12, 5, bias=False), (2, 12)),
    "flat_images": (nn.Sequential(nn.Flatten(), nn.Linear(48, 5), nn.ReLU(), nn.Linear(5, 48),
                                  View(1, 6, 8)), (2, 1, 6, 8)),
    "pixel_shuffle": (nn.Sequential(nn.Conv2d(4, 12, 3, padding=1), nn.PixelShuffle(2)), IMAGE),
    "pixel_shuffle_after_norm": (nn.Sequential(
        nn.Conv2d(4, 12, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(12), nn.PReLU(12),
        nn.PixelShuffle(2), nn.Conv2d(3, 2, 1)), IMAGE),
    "relu": (nn.ReLU(), IMAGE),
    "relu6": (nn.ReLU6(), IMAGE),
    "hardtanh": (nn.Hardtanh(-0.5, 0.75), IMAGE),
    "clamp": (Function(lambda x: torch.clamp(x, min=-0.25)), IMAGE),
    "clamp_above": (Function(lambda x: torch.clamp(x, max=0.25)), IMAGE),
    "leaky_relu": (nn.LeakyReLU(0.02), IMAGE),
    "prelu": (nn.PReLU(), IMAGE),
    "prelu_channels": (nn.PReLU(4), IMAGE),
    "elu": (nn.ELU(0.7), IMAGE),
    "selu": (nn.SELU(), IMAGE),
    "sigmoid": (nn.Sigmoid(), IMAGE),
    "hard_sigmoid": (nn.Hardsigmoid(), IMAGE),
    "hard_swish": (nn.Hardswish(), IMAGE),
    "tanh": (nn.Tanh(), IMAGE),
    "softplus": (nn.Softplus(), IMAGE),
    "softmax": (nn.Softmax(dim=1), IMAGE),
    "gelu": (nn.Sequential(conv(), nn.GELU()), IMAGE),
    "silu": (nn.Sequential(conv(), nn.SiLU()), IMAGE),
    "mish": (nn.Mish(), IMAGE),
    "arithmetic": (Function(lambda x: (2 - x) * 3 / 4 + x * x - 0.5), IMAGE),
    "channel_arithmetic": (Function(
        lambda x: (x - torch.tensor([0.5, 0.4, 0.3, 0.2]).view(1, 4, 1, 1)) /
        torch.tensor([0.1, 0.2, 0.3, 0.4]).view(1, 4, 1, 1)), IMAGE),
    "crop": (Function(lambda x, c: c(x)[:, :, 1:-1, 2:], conv()), IMAGE),
    "maximum": (Function(lambda x, a, b: torch.maximum(a(x), b(x)), conv(), conv()), IMAGE),
    "squeeze": (Function(lambda x, c: c(x.unsqueeze(1)).squeeze(1), nn.Conv2d(1, 1, 3)), (2, 6, 8)),
}

# Name: (module, shape, words of the refusal).
REFUSED = {
    "align_corners": (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), IMAGE,
                      "align_corners"),
    "bicubic": (nn.Upsample(scale_factor=2, mode="bicubic"), IMAGE, "-0.75"),
    "channel_slice": (Function(lambda x, c: c(x)[:, :2], conv()), IMAGE, "channels"),
    "lstm": (Function(lambda x, l: l(x.flatten(2).permute(0, 2, 1))[0], nn.LSTM(4, 3)), IMAGE,
             "there is no layer"),
    "sine": (Function(lambda x: torch.sin(x)), IMAGE, "Sin"),
}

# PyTorch has no export of these so early.
FIRST_OPSET = {"pixel_shuffle": 11, "pixel_shuffle_after_norm": 11, "resized_as_input": 11,
               "align_corners": 11, "bicubic": 11, "bilinear": 11, "lstm": 13, "maximum": 12}


def export(module, shape, path, opset, dynamic):
    x = torch.randn(*shape)
    axes = {0: "batch"}
    if dynamic and len(shape) == 4:
        axes |= {2: "height", 3: "width"}
    torch.onnx.export(module.eval(), x, path, opset_version=opset, input_names=["x"],
                      output_names=["y"], dynamic_axes={"x": axes, "y": axes} if dynamic else None)
    return x


def randomize(module):
    """Makes every parameter and moving average one that makes a difference."""
    for name, tensor in list(module.named_parameters()) + list(module.named_buffers()):
        if tensor.dtype == torch.float32 and ("bias" in name or "running" in name or
                                              tensor.dim() == 1):
            tensor.data.uniform_(0.2, 1.0)


# Whose sizes are numbers in the graph, so that it takes images of one size.
ONE_SIZE = {"dense_autoencoder", "viewed", "layer_norm", "nearest_size", "flat_images", "lstm",
            "max_pool_ceil"}


def main(folder):
    os.makedirs(folder, exist_ok=True)
    lines = []
    for name, (module, shape, *refusal) in {**MODELS, **REFUSED}.items():
        randomize(module)
        for opset in (9, 11, 13, 16) + ((17,) if "norm" in name else ()):
            if opset < FIRST_OPSET.get(name, 9):
                continue
            for dynamic in (False, True):
                if dynamic and name in ONE_SIZE:
                    continue
                stem = f"{name}_{opset}{'_open' if dynamic else ''}"
                path = os.path.join(folder, stem)
                try:
                    x = export(module, shape, path + ".onnx", opset, dynamic)
                except Exception as error:  # what PyTorch itself refuses is not ours to read
                    print(f"{stem}: not exported: {str(error).splitlines()[0]}")
                    continue
                with torch.no_grad():
                    y = module(x)
                numpy.asarray(x.numpy(), "<f4").tofile(path + ".input")
                numpy.asarray(y.numpy(), "<f4").tofile(path + ".output")
                lines.append(f"{stem} refused: {refusal[0]}" if refusal
                             else f"{stem} {' '.join(map(str, shape))}")
    with open(os.path.join(folder, "cases.txt"), "w") as file:
        file.write("\n".join(lines) + "\n")


main(sys.argv[1])
