"""The workloads of workloads.cpp in PyTorch, run by `steps` as a worker.

    steps_pytorch.py WORKLOAD BATCH THREADS contiguous|channels_last

For each line read, a number of seconds, it trains for about that long and prints
"<ms per step> <peak memory in KiB>".
"""

import resource
import sys
import time

import torch
from torch import nn


def conv(inputs, outputs, stride, activation=nn.ReLU):
    return [nn.Conv2d(inputs, outputs, 3, stride, padding=1), activation()]


def transpose(inputs, outputs, stride, activation=nn.ReLU):
    layer = nn.ConvTranspose2d(inputs, outputs, 3, stride, padding=1, output_padding=stride - 1)
    return [layer, activation()]


def deep64():
    layers = conv(1, 64, 1)
    for _ in range(4):
        layers += conv(64, 64, 1)
    for _ in range(4):
        layers += transpose(64, 64, 1)
    return layers + transpose(64, 1, 1)


NETWORKS = {
    "denoise28": lambda: (
        (1, 28, 28),
        conv(1, 32, 2) + conv(32, 64, 2) + transpose(64, 32, 2) + transpose(32, 1, 2, nn.Sigmoid),
    ),
    "colour32": lambda: (
        (3, 32, 32),
        conv(3, 32, 2) + conv(32, 64, 2) + conv(64, 128, 2)
        + transpose(128, 64, 2) + transpose(64, 32, 2) + transpose(32, 3, 2, nn.Sigmoid),
    ),
    "deep64": lambda: ((1, 50, 50), deep64()),
    "keras28": lambda: (
        (1, 28, 28),
        conv(1, 32, 1) + [nn.MaxPool2d(2)] + conv(32, 32, 1) + [nn.MaxPool2d(2)]
        + transpose(32, 32, 2) + transpose(32, 32, 2) + conv(32, 1, 1, nn.Sigmoid),
    ),
}


def main():
    name, batch, threads, layout = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    shape, layers = NETWORKS[name]()
    memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    model = nn.Sequential(*layers).to(memory_format=memory)
    images = torch.rand(batch, *shape).contiguous(memory_format=memory)
    optimizer = torch.optim.Adam(model.parameters())
    loss_of = nn.MSELoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(model(images), images).backward()
        optimizer.step()

    for _ in range(3):
        step()
    for line in sys.stdin:
        seconds, steps, start = float(line), 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            step()
            steps += 1
        ms = (time.perf_counter() - start) / steps * 1e3
        print(ms, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


if __name__ == "__main__":
    main()
