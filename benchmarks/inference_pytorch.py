"""The network of configs/photo-residual.toml in PyTorch, on one gray image; run by `inference`.

    inference_pytorch.py HEIGHT WIDTH THREADS contiguous|channels_last

For each line read, a number of seconds, it runs for about that long and prints
"<ms per image> <peak memory in KiB>".
"""

import resource
import sys
import time

import torch
from torch import nn


class PhotoResidual(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc1 = nn.Conv2d(1, 32, 3, padding=1)
        self.enc2 = nn.Conv2d(32, 64, 3, stride=2, padding=1)
        self.enc3 = nn.Conv2d(64, 64, 3, padding=1)
        self.dec3 = nn.ConvTranspose2d(64, 64, 3, padding=1)
        self.dec2 = nn.ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1)
        self.dec1 = nn.ConvTranspose2d(32, 1, 3, padding=1)

    def forward(self, image):
        enc1 = torch.relu_(self.enc1(image))
        enc2 = torch.relu_(self.enc2(enc1))
        enc3 = torch.relu_(self.enc3(enc2))
        skip3 = torch.relu_(self.dec3(enc3)).add_(enc2)
        skip2 = torch.relu_(self.dec2(skip3)).add_(enc1)
        return self.dec1(skip2).add_(image)


def main():
    height, width, threads, layout = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    torch.set_num_threads(threads)
    memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    model = PhotoResidual().to(memory_format=memory).eval()
    image = torch.rand(1, 1, height, width).contiguous(memory_format=memory)
    with torch.inference_mode():
        model(image)
        for line in sys.stdin:
            seconds, images, start = float(line), 0, time.perf_counter()
            while images == 0 or time.perf_counter() - start < seconds:
                model(image)
                images += 1
            ms = (time.perf_counter() - start) / images * 1e3
            print(ms, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


if __name__ == "__main__":
    main()
