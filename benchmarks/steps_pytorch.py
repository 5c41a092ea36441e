"""Training steps of the networks of workloads_pytorch.py, run by `steps` as a worker.

    steps_pytorch.py WORKLOAD BATCH THREADS contiguous|channels_last

For each line read, a number of seconds, it trains for about that long and prints
"<ms per step> <peak memory in KiB>".
"""

import resource
import sys
import time

import torch
from torch import nn

from workloads_pytorch import NETWORKS


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
