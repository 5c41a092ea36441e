#!/usr/bin/env python3
"""Trains what docs/restore.md compares, ways to enlarge at the end of configs/super-resolution.toml, and prints its table:
    scripts/studies/upsampling.py FOLDER"""

import statistics

from study import ROOT, arguments, call, inspected_trainings, layer, print_head, print_row, spread

CONFIG = (ROOT / "configs" / "super-resolution.toml").read_text()
EPOCHS = 10
ROUNDS = 5


def convolution(name, filters, rest=""):
    return layer(name, "Conv2D", f'filters = {filters}\nkernel_size = 3\npadding = "same"\n{rest}')


def resized(interpolation):
    """UpSampling2D, then a convolution at the large size."""
    return layer("large", "UpSampling2D", f'size = 2\ninterpolation = "{interpolation}"\n') + convolution("detail", 1)


def transposed(kernel):
    return layer("detail", "Conv2DTranspose",
                 f'filters = 1\nkernel_size = {kernel}\nstrides = 2\npadding = "same"\n')


def subpixel(rest=""):
    return convolution("subpixels", 4, rest) + layer("detail", "DepthToSpace", "block_size = 2\n")


WAYS = {
    "UpSampling2D, nearest, then Conv2D": resized("nearest"),
    "UpSampling2D, bilinear, then Conv2D": resized("bilinear"),
    "UpSampling2D, bicubic, then Conv2D": resized("bicubic"),
    "Conv2DTranspose, kernel 3": transposed(3),
    "Conv2DTranspose, kernel 4": transposed(4),
    "Conv2D, then DepthToSpace": subpixel(),
    "Conv2D (ICNR), then DepthToSpace": subpixel('kernel_initializer = { kind = "icnr", block_size = 2 }\n'),
}


def config_text(way):
    """The config with other layers between "features" and "enlarged"."""
    first, last = CONFIG.index('[[model.layer]]\nname = "subpixels"'), CONFIG.index('[[model.layer]]\nname = "enlarged"')
    text = CONFIG[:first] + way + CONFIG[last:]
    return text.replace("epochs = 20", f"epochs = {EPOCHS}").replace("patches = 96", "patches = 64")


def name_of(way):
    return way.lower().replace(", ", "-").replace(" ", "-").replace("(", "").replace(")", "")


def seconds_per_epoch(given, ways):
    """Medians. The ways take turns, so that what else the machine does hits all of them alike."""
    seconds = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            trained = call(given.adjoint, "train", given.folder / f"{name_of(way)}.toml", "--out", given.folder / "timed",
                           "--overwrite", "--json", "--set", "training.epochs=2", "--set", "training.samples=0")
            seconds[way].append(trained["seconds"] / 2)
    return {way: statistics.median(values) for way, values in seconds.items()}


def main():
    given = arguments(__doc__.split("\n")[0])
    ways = [way for way in WAYS if given.only in name_of(way)]
    results = {way: inspected_trainings(given, name_of(way), config_text(WAYS[way])) for way in ways}
    seconds = seconds_per_epoch(given, ways)
    fastest = min(seconds.values())
    bicubic = [f["train"]["input_psnr"] for f in next(iter(results.values()))]
    print(f"\nbicubic interpolation alone: {spread(bicubic)} dB; the fastest takes {fastest:.2f} s an epoch\n")
    print_head(["end of the network"], ["gain over bicubic, dB", "checkerboard, levels of 255", "time"])
    for way, found in results.items():
        # The seed also chooses the patches: their difficulty is no part of the spread.
        gains = [f["train"]["validation_psnr"] - f["train"]["input_psnr"] for f in found]
        print_row([way, spread(gains),
                   spread([f["inspect"]["checkerboard"]["score_of_255"] for f in found]),
                   f"{seconds[way] / fastest:.2f}"])


if __name__ == "__main__":
    main()
