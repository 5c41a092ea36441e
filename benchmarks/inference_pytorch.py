"""Networks of configs/ in PyTorch, forward; run by `inference`.

    inference_pytorch.py CONFIG COUNT HEIGHT WIDTH THREADS contiguous|channels_last
    inference_pytorch.py CONFIG --export FILE.onnx

For each line read, a number of seconds, it runs for about that long and prints
"<ms per run> <peak memory in KiB>". COUNT gray images go in at once. The second form writes the
network, for images of any number and size, as ONNX Runtime reads it.
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


class FashionDenoiser(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 32, 3, stride=2, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU(inplace=True),
            nn.ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1), nn.ReLU(inplace=True),
            nn.ConvTranspose2d(32, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid())


NETWORKS = {"photo-residual": PhotoResidual, "fashion-denoiser": FashionDenoiser}


def export(model, path):
    axes = {"image": {0: "count", 2: "height", 3: "width"}}
    torch.onnx.export(model, torch.rand(1, 1, 28, 28), path, opset_version=13, input_names=["image"],
                      output_names=["output"], dynamic_axes=axes)


def serve(model, shape, threads, layout):
    torch.set_num_threads(threads)
    memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    model = model.to(memory_format=memory)
    images = torch.rand(shape).contiguous(memory_format=memory)
    with torch.inference_mode():
        model(images)
        for line in sys.stdin:
            seconds, times, start = float(line), 0, time.perf_counter()
            while times == 0 or time.perf_counter() - start < seconds:
                model(images)
                times += 1
            ms = (time.perf_counter() - start) / times * 1e3
            print(ms, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


def main():
    model = NETWORKS[sys.argv[1]]().eval()
    if sys.argv[2] == "--export":
        export(model, sys.argv[3])
    else:
        count, height, width, threads = map(int, sys.argv[2:6])
        serve(model, (count, 1, height, width), threads, sys.argv[6])


if __name__ == "__main__":
    main()
