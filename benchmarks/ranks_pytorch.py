"""The workloads of workloads.cpp under PyTorch's DistributedDataParallel over gloo.

    ranks_pytorch.py WORKLOAD BATCH PROCESSES contiguous|channels_last SECONDS

Processes of one thread train, each its part of the batch, and the first prints one line of JSON
with the mean time of a step.
"""

import json
import os
import socket
import sys
import time
import warnings

import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing
from torch import nn

from workloads_pytorch import NETWORKS


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def train(rank, processes, port, name, batch, layout, seconds):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), GLOO_SOCKET_IFNAME="lo")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    # A kernel of one channel has the same layout by two names; DDP warns of the other name.
    warnings.filterwarnings("ignore", message="Grad strides")
    dist.init_process_group("gloo", rank=rank, world_size=processes)
    shape, layers = NETWORKS[name]()
    memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    model = nn.parallel.DistributedDataParallel(  # buckets have no other layout
        nn.Sequential(*layers).to(memory_format=memory),
        gradient_as_bucket_view=layout == "contiguous")
    images = torch.rand(batch // processes, *shape).contiguous(memory_format=memory)
    optimizer = torch.optim.Adam(model.parameters())
    loss_of = nn.MSELoss()

    def run(steps):
        start = time.perf_counter()
        for _ in range(steps):
            optimizer.zero_grad()
            loss_of(model(images), images).backward()
            optimizer.step()
        return (time.perf_counter() - start) / steps

    run(3)
    # The first says how many steps fill the time, as all must take the same.
    steps = torch.tensor([max(3, int(seconds / run(2)))])
    dist.broadcast(steps, 0)
    ms = 1e3 * run(int(steps))
    if rank == 0:
        print(json.dumps({"workload": name, "layout": layout, "ms": ms}), flush=True)
    dist.destroy_process_group()


def main():
    name, batch, processes, layout = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    multiprocessing.spawn(
        train, (processes, free_port(), name, batch, layout, float(sys.argv[5])), processes)


if __name__ == "__main__":
    main()
