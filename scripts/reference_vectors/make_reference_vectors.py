#!/usr/bin/python3
"""Writes tests/data/reference_vectors.h5: what PyTorch computes, and the cases that
make_reference_vectors.mjs took from TensorFlow. See README.md.

/cases/<name>    attributes source, type, layer (the layer's arguments as TOML); datasets input,
                 output, output_gradient, input_gradient, target (losses), and <parameter>,
                 <parameter>_gradient for kernel, bias, ...
/golden          input, target; weights/<layer>/<parameter>; one group for each run, with its
                 attributes, losses (in double), losses_float32 and the weights after the last step.

Images are (N, H, W, C). Kernels are those of the underlying convolution: (kh, kw, image channels /
groups, feature channels).
"""

import json
import sys
import zlib

import h5py
import numpy as np
import torch
import torch.nn.functional as F

SOURCE = "torch " + torch.__version__


def generator(name):
    return np.random.RandomState(zlib.crc32(name.encode()))


def eighths(random, *shape):
    """Multiples of 1/8 in [-2, 2]: sums of their products are exact in float32."""
    return random.randint(-16, 17, shape) / 8.0


def toml(settings):
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())


def nchw(images):
    return images.permute(0, 3, 1, 2)


def nhwc(images):
    return images.permute(0, 2, 3, 1)


def torch_kernel(kernel):
    """Our kernel as either of PyTorch's: (out, in, kh, kw) of a convolution is (features, image,
    kh, kw), and so is (in, out, kh, kw) of a transposed one."""
    return kernel.permute(3, 2, 0, 1)


def add(cases, name, type, settings, function, tensors, gradients=True):
    """Runs function(**tensors) in double and stores it with the gradients of every tensor that is
    not a target, for a random output gradient (1 for a loss)."""
    operands = {
        key: torch.tensor(value, dtype=torch.float64, requires_grad=key != "target")
        for key, value in tensors.items()
    }
    output = function(**operands)
    stored = dict(tensors, output=output.detach().numpy().reshape(output.shape or (1,)))
    if gradients:
        dy = eighths(generator(name + "/dy"), *output.shape) if output.dim() else np.ones(())
        output.backward(torch.tensor(dy))
        if output.dim():
            stored["output_gradient"] = dy
        for key, operand in operands.items():
            if operand.grad is not None:
                stored[key + "_gradient"] = operand.grad.numpy()
    cases[name] = dict(source=SOURCE, type=type, layer=toml(settings), tensors=stored)


def conv2d(cases, name, input_shape, filters, kernel_size, padding=0, strides=(1, 1),
           dilation_rate=(1, 1), groups=1):
    random = generator(name)
    (top, bottom), (left, right) = padding if padding else ((0, 0), (0, 0))
    settings = dict(filters=filters, kernel_size=kernel_size, strides=strides, padding=padding,
                    dilation_rate=dilation_rate, groups=groups)

    def function(input, kernel, bias):
        padded = F.pad(nchw(input), (left, right, top, bottom))
        return nhwc(F.conv2d(padded, torch_kernel(kernel), bias, strides, 0, dilation_rate, groups))

    add(cases, name, "Conv2D", settings, function, dict(
        input=eighths(random, *input_shape),
        kernel=eighths(random, *kernel_size, input_shape[3] // groups, filters),
        bias=eighths(random, filters)))


def conv2d_transpose(cases, name, input_shape, filters, kernel_size, padding=0, strides=(1, 1),
                     output_padding=(0, 0), dilation_rate=(1, 1), groups=1):
    random = generator(name)
    (top, bottom), (left, right) = padding if padding else ((0, 0), (0, 0))
    settings = dict(filters=filters, kernel_size=kernel_size, strides=strides, padding=padding,
                    output_padding=output_padding, dilation_rate=dilation_rate, groups=groups)

    def function(input, kernel, bias):
        # PyTorch pads both sides alike: make the whole image, then cut.
        whole = F.conv_transpose2d(nchw(input), torch_kernel(kernel), bias, strides, 0,
                                   output_padding, groups, dilation_rate)
        height, width = whole.shape[2:]
        return nhwc(whole[:, :, top:height - bottom, left:width - right])

    add(cases, name, "Conv2DTranspose", settings, function, dict(
        input=eighths(random, *input_shape),
        kernel=eighths(random, *kernel_size, filters // groups, input_shape[3]),
        bias=eighths(random, filters)))


def convolutions(cases):
    conv2d(cases, "conv2d_explicit_padding", (2, 7, 9, 3), 4, (3, 2), ((1, 1), (2, 2)), (2, 3))
    conv2d(cases, "conv2d_asymmetric_padding", (2, 6, 8, 2), 3, (4, 3), ((2, 1), (0, 3)), (3, 2))
    conv2d(cases, "conv2d_dilated", (2, 9, 8, 2), 3, (3, 2), ((1, 2), (1, 1)), (2, 1), (2, 3))
    conv2d(cases, "conv2d_groups", (2, 6, 7, 4), 6, (3, 2), ((1, 1), (1, 0)), (1, 2), groups=2)
    conv2d(cases, "conv2d_depthwise", (2, 7, 6, 3), 6, (2, 3), ((0, 1), (1, 1)), (2, 1), groups=3)
    conv2d(cases, "conv2d_pointwise", (2, 4, 5, 3), 4, (1, 1))

    conv2d_transpose(cases, "conv2d_transpose_no_padding", (2, 4, 3, 3), 2, (3, 2), 0, (2, 3))
    conv2d_transpose(cases, "conv2d_transpose_explicit_padding", (2, 4, 5, 3), 2, (4, 3),
                     ((1, 1), (2, 2)), (3, 2))
    conv2d_transpose(cases, "conv2d_transpose_asymmetric_padding", (2, 4, 5, 2), 3, (3, 4),
                     ((0, 2), (1, 0)), (2, 3))
    conv2d_transpose(cases, "conv2d_transpose_output_padding", (2, 3, 4, 3), 2, (3, 4),
                     ((1, 1), (1, 1)), (2, 3), output_padding=(1, 2))
    conv2d_transpose(cases, "conv2d_transpose_dilated", (2, 4, 3, 2), 3, (3, 2), ((1, 1), (2, 2)),
                     (2, 3), output_padding=(1, 0), dilation_rate=(2, 3))
    conv2d_transpose(cases, "conv2d_transpose_groups", (2, 3, 4, 6), 4, (2, 3), ((0, 0), (1, 1)),
                     (2, 1), groups=2)
    conv2d_transpose(cases, "conv2d_transpose_depthwise", (2, 4, 3, 3), 3, (3, 2),
                     ((1, 0), (0, 0)), (2, 3), groups=3)


def other_layers(cases):
    random = generator("other layers")
    for interpolation in ("nearest", "bilinear"):
        for size in ((2, 3), (3, 2)):
            def upsample(input):
                options = dict(align_corners=False) if interpolation == "bilinear" else {}
                return nhwc(F.interpolate(nchw(input), scale_factor=size, mode=interpolation,
                                          **options))
            add(cases, f"up_sampling2d_{interpolation}_{size[0]}x{size[1]}", "UpSampling2D",
                dict(size=size, interpolation=interpolation), upsample,
                dict(input=eighths(random, 2, 4, 3, 3)))

    def normalize_batch(input, gamma, beta):
        return nhwc(F.batch_norm(nchw(input), None, None, gamma, beta, training=True, eps=1e-3))

    def normalize(input, gamma, beta, moving_mean, moving_variance):
        return nhwc(F.batch_norm(nchw(input), moving_mean.detach(), moving_variance.detach(), gamma,
                                 beta, training=False, eps=1e-3))

    affine = dict(input=eighths(random, 3, 4, 5, 3), gamma=eighths(random, 3),
                  beta=eighths(random, 3))
    add(cases, "batch_normalization_training", "BatchNormalization", dict(epsilon=1e-3),
        normalize_batch, affine)
    add(cases, "batch_normalization_inference", "BatchNormalization", dict(epsilon=1e-3), normalize,
        dict(affine, moving_mean=eighths(random, 3), moving_variance=np.array([0.5, 1.0, 2.25])),
        gradients=False)

    add(cases, "dense", "Dense", dict(units=4),
        lambda input, kernel, bias: F.linear(input, kernel.T, bias),
        dict(input=eighths(random, 3, 5), kernel=eighths(random, 5, 4), bias=eighths(random, 4)))

    # No zeros, where relu has no derivative.
    input = (2 * random.randint(-32, 32, (2, 3, 4, 2)) + 1) / 16.0
    for activation, function, settings in (
            ("relu", torch.relu, {}),
            ("leaky_relu", lambda x: F.leaky_relu(x, 0.2), dict(negative_slope=0.2)),
            ("sigmoid", torch.sigmoid, {}), ("tanh", torch.tanh, {})):
        add(cases, activation, "Activation", dict(activation=activation, **settings),
            lambda input: function(input), dict(input=input))


def losses(cases):
    random = generator("losses")
    shape = (2, 3, 4, 2)
    target = random.randint(0, 9, shape) / 8.0  # zeros and ones among them
    probability = random.randint(1, 64, shape) / 64.0
    add(cases, "mse", "mse", {}, lambda input, target: F.mse_loss(input, target),
        dict(input=eighths(random, *shape), target=target))
    add(cases, "binary_crossentropy", "binary_crossentropy", dict(from_logits=False),
        lambda input, target: F.binary_cross_entropy(input, target),
        dict(input=probability, target=target))
    add(cases, "binary_crossentropy_from_logits", "binary_crossentropy", dict(from_logits=True),
        lambda input, target: F.binary_cross_entropy_with_logits(input, target),
        dict(input=8 * eighths(random, *shape), target=target))  # to +-16


class Autoencoder(torch.nn.Module):
    """Two convolutions of stride 2 and two transposed ones, all 3x3 and "same" as TensorFlow pads
    even sizes: nothing above and left, one row below and right."""

    SHAPES = dict(enc1=(3, 3, 2, 4), enc2=(3, 3, 4, 6), dec1=(3, 3, 4, 6), dec2=(3, 3, 2, 4))

    def __init__(self, weights, dtype):
        super().__init__()
        for name, value in weights.items():
            self.register_parameter(name.replace("/", "_"),
                                    torch.nn.Parameter(torch.tensor(value, dtype=dtype)))

    def convolve(self, layer, x):
        kernel, bias = getattr(self, layer + "_kernel"), getattr(self, layer + "_bias")
        return F.conv2d(F.pad(x, (0, 1, 0, 1)), torch_kernel(kernel), bias, 2)

    def transpose(self, layer, x):
        kernel, bias = getattr(self, layer + "_kernel"), getattr(self, layer + "_bias")
        return F.conv_transpose2d(x, torch_kernel(kernel), bias, 2)[:, :, :-1, :-1]

    def forward(self, images):
        code = torch.relu(self.convolve("enc2", torch.relu(self.convolve("enc1", nchw(images)))))
        return nhwc(self.transpose("dec2", torch.relu(self.transpose("dec1", code))))  # logits


def initial_weights():
    random = generator("golden weights")
    weights = {}
    for layer, (height, width, image, features) in Autoencoder.SHAPES.items():
        limit = np.sqrt(6 / (height * width * (image + features)))
        kernel = random.uniform(-limit, limit, (height, width, image, features))
        weights[layer + "/kernel"] = kernel.astype(np.float32)
        bias = random.uniform(-0.1, 0.1, image if layer.startswith("dec") else features)
        weights[layer + "/bias"] = bias.astype(np.float32)
    return weights


def train(weights, input, target, loss, optimizer, dtype, steps=10):
    """The loss before each step, and the weights after the last."""
    model = Autoencoder(weights, dtype)
    if optimizer["kind"] == "adam":
        stepper = torch.optim.Adam(model.parameters(), lr=optimizer["learning_rate"])
    else:
        stepper = torch.optim.SGD(model.parameters(), lr=optimizer["learning_rate"],
                                  momentum=optimizer["momentum"], nesterov=True)
    input, target = torch.tensor(input, dtype=dtype), torch.tensor(target, dtype=dtype)
    values = []
    for step in range(1, steps + 1):
        logits = model(input)
        if loss == "mse":
            value = F.mse_loss(torch.sigmoid(logits), target)
        else:
            value = F.binary_cross_entropy_with_logits(logits, target)
        stepper.zero_grad()
        value.backward()
        for group in stepper.param_groups:
            if optimizer["kind"] == "adam":  # Keras adds epsilon before the correction of v
                group["eps"] = 1e-7 / np.sqrt(1 - group["betas"][1] ** step)
        stepper.step()
        values.append(value.item())
    return values, {name: getattr(model, name.replace("/", "_")).detach().numpy()
                    for name in weights}


def write_golden(group):
    random = generator("golden data")
    input = (random.randint(0, 9, (6, 12, 8, 2)) / 8.0).astype(np.float32)
    target = (random.randint(0, 9, (6, 12, 8, 2)) / 8.0).astype(np.float32)
    weights = initial_weights()
    group.attrs["source"] = SOURCE
    group["input"], group["target"] = input, target
    for name, value in weights.items():
        group["weights/" + name] = value
    for optimizer in (dict(kind="adam", learning_rate=1e-2),
                      dict(kind="sgd", learning_rate=1.0, momentum=0.9, nesterov=True)):
        for loss in ("mse", "binary_crossentropy"):
            run = group.create_group(f"{optimizer['kind']}_{loss}")
            run.attrs["loss"], run.attrs["optimizer"] = loss, toml(optimizer)
            run["losses"], final = train(weights, input, target, loss, optimizer, torch.float64)
            run["losses_float32"], _ = train(weights, input, target, loss, optimizer, torch.float32)
            for name, value in final.items():
                run["weights/" + name] = value.astype(np.float32)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: make_reference_vectors.py TFJS.json OUT.h5")
    cases = {}
    convolutions(cases)
    other_layers(cases)
    losses(cases)
    with open(sys.argv[1]) as file:
        for name, case in json.load(file).items():
            assert name not in cases, name
            case["tensors"] = {key: np.array(t["data"]).reshape(t["shape"])
                               for key, t in case["tensors"].items()}
            cases[name] = case
    with h5py.File(sys.argv[2], "w", libver=("v110", "v110")) as file:
        for name, case in sorted(cases.items()):
            group = file.create_group("cases/" + name)
            for key in ("source", "type", "layer"):
                group.attrs[key] = case[key]
            for key, value in case["tensors"].items():
                group[key] = value.astype(np.float32)
        write_golden(file.create_group("golden"))


main()
