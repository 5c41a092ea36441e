#!/usr/bin/env python3
"""Trains every config and makes docs/gallery.md with its pictures.
Pictures show images that the program makes, or kernels. Words and figures are README.md's; where a PSNR differs, that is said.
    scripts/studies/gallery.py FOLDER"""

import csv
import re
import shutil
import statistics
import sys

from study import ROOT, arguments, call

DOCS = ROOT / "docs"
TABLE = re.compile(r"^\| config \| shows \| (.*) \|\n\|[-|]*\n((?:\|.*\n)*)", re.MULTILINE)
ROW = re.compile(r"^\| \[([\w-]+)\]\(configs/[\w-]+\.toml\) \| (.*) \| (.*) \|$", re.MULTILINE)
HEAD = """# Gallery

Every config of [configs](../configs): what it shows, what it reached, how long it trained, and a picture. `adjoint train
configs/NAME.toml` trains it; PSNR is that of the validation images, corrupted → reconstructed, at the best epoch. The pictures
show images that the program makes itself, which no model of photographs has seen, or the kernels that were learned. Times are
those of two cores: the number of epochs times the median time of an epoch. Another kind of processor rounds otherwise, and gives
figures that differ by some hundredths of a decibel.

`scripts/studies/gallery.py FOLDER` trains every config, draws the pictures and says where a PSNR is not that of the
[README](../README.md#a-config), which also says where the data is from; it takes some hours. The AUROCs are those of the commands.
"""


class Compared:
    """Made images, corrupted as the config says: a row each of input, output and target."""

    def __init__(self, columns, style="mixed", count=2, size=128, channels=1):
        self.caption = f"Images that `adjoint data make` makes: {columns}."
        self.images = [style, "-n", count, "--size", size, "--seed", 3] + (["--channels", 3] if channels == 3 else [])

    def draw(self, given, run, picture):
        images = given.folder / "images.npy"
        self.make(given, images)
        call(given.adjoint, "evaluate", run / "best.h5", images, "--grid", picture, "--json")

    def make(self, given, images):
        call(given.adjoint, "data", "make", *self.images, "-o", images, "--json")


class Clothes(Compared):
    """Likewise, of images that are like those of Fashion-MNIST."""

    def __init__(self, columns):
        self.caption = f"Images that fashion-variational makes: {columns}."

    def make(self, given, images):
        train(given, "fashion-variational")
        call(given.adjoint, "sample", given.folder / "fashion-variational" / "best.h5", "-n", 3, "-o", images, "--json")


class Kernels:
    """What `inspect` draws of one layer, or of a symmetric pair."""

    def __init__(self, drawing, caption="Kernels of the first Conv2D."):
        self.drawing, self.caption = drawing, caption

    def draw(self, given, run, picture):
        call(given.adjoint, "inspect", run / "best.h5", "--out", given.folder / "inspected", "--json")
        shutil.copyfile(given.folder / "inspected" / f"{self.drawing}-after.png", picture)


class Samples:
    caption = "Images that the decoder makes of random codes."

    def draw(self, given, run, picture):
        call(given.adjoint, "sample", run / "best.h5", "-n", 24, "-o", picture, "--json")


class Overlay:
    """One made image with a defect: image, reconstruction and residual."""

    def __init__(self, style, option, size, seed):
        self.caption = "An image that `adjoint data make` makes, its reconstruction, and the residual over the image."
        self.options = [style, "-n", 1, option, "all", "--size", size, "--seed", seed]

    def draw(self, given, run, picture):
        images, found = given.folder / "overlaid", given.folder / "found"
        shutil.rmtree(images, ignore_errors=True)
        shutil.rmtree(found, ignore_errors=True)
        call(given.adjoint, "data", "make", *self.options, "-o", images, "--json")
        call(given.adjoint, "detect", run / "best.h5", images, "-o", found, "--json")
        overlays = sorted((found / "overlays").rglob("*.png"))
        shutil.copyfile(overlays[0], picture)


NOISY = "noisy, denoised and clean"
PICTURES = {
    "quickstart": Compared(NOISY, size=64),
    "fashion-denoiser": Clothes(NOISY),
    "fashion-tied": Clothes(NOISY),
    "keras-autoencoder": Clothes("input, output and target"),
    "keras-denoiser": Clothes(NOISY),
    "photo-residual": Compared(NOISY),
    "denoise-photos": Compared(NOISY),
    "denoise-photos-large": Compared(NOISY),
    "denoise-photos-blind": Compared(NOISY),
    "denoise-colour": Compared(NOISY, channels=3),
    "photos-noise2noise": Compared(NOISY),
    "photos-noise2void": Compared(NOISY),
    "deblurring": Compared("blurred, sharpened and sharp"),
    "jpeg-artifacts": Compared("compressed, restored and original"),
    "inpainting": Compared("with lost pixels, filled in and whole"),
    "super-resolution": Compared("small, enlarged and original"),
    "symmetric-layers": Kernels("pair-enc1-dec1", "First row: enc1. Second row: dec1. Third row: dec1 in the order of the best "
                                                  "matching."),
    "sparse": Clothes("input, output and target"),
    "fashion-variational": Samples(),
    "signal": Compared(NOISY, style="signal", count=3, size="1x256"),
    "cifar10-skips": Compared(NOISY, size=32, channels=3),
    "radar": Overlay("radar", "--objects", 64, 5),
    "fabric": Overlay("fabric", "--defects", 64, 5),
    "boards": Kernels("kernel-enc1"),
    "tiles": Kernels("kernel-full1"),
    "one-class": Clothes("input, output and target"),
    "one-class-inpainting": Clothes("with boxes cut out, filled in and whole"),
}


def train(given, name):
    """Unless it is trained."""
    run = given.folder / name
    if not (run / "best.h5").exists():
        print(f"training {name}", file=sys.stderr)
        extra = ["--set", "data.path=cifar10-part"] if name == "cifar10-skips" else []
        call(given.adjoint, "train", ROOT / "configs" / f"{name}.toml", "--out", run, "--json", *extra)


def history(run):
    with open(run / "history.csv", newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def validation_psnr(run):
    return min(history(run), key=lambda row: row["validation_loss"])["validation_psnr"]


def duration(run):
    """By the median of an epoch: what else the machine does at times does not count."""
    ends = [0.0] + [row["seconds"] for row in history(run)]
    seconds = len(ends[1:]) * statistics.median(end - begin for begin, end in zip(ends, ends[1:]))
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def commands(name):
    """Those that the config's head names."""
    head = (ROOT / "configs" / f"{name}.toml").read_text().split("\n\n")[0]
    return "\n".join(line.removeprefix("# ").rstrip() for line in head.splitlines() if line.startswith("#     "))


def entry(given, name, shows, figure, figure_name):
    run = given.folder / name
    PICTURES[name].draw(given, run, DOCS / "gallery" / f"{name}.png")
    told = re.findall(r"(\d+\.\d\d) dB", figure)
    if told and told[-1] != f"{validation_psnr(run):.2f}":
        print(f"{name}: README.md says {told[-1]} dB, this training gave {validation_psnr(run):.2f}", file=sys.stderr)
    return f"""### [{name}](../configs/{name}.toml)

{shows[0].upper()}{shows[1:]}. {figure_name[0].upper()}{figure_name[1:]}: {figure}. Training: {duration(run)}.

{commands(name)}

![{name}](gallery/{name}.png)

*{PICTURES[name].caption}*
"""


def main():
    given = arguments(__doc__.split("\n")[0])
    (DOCS / "gallery").mkdir(exist_ok=True)
    tables = TABLE.findall((ROOT / "README.md").read_text())
    rows = [(*row, figure_name) for figure_name, table in tables for row in ROW.findall(table)]
    missing = {name for name, *_ in rows} ^ {path.stem for path in (ROOT / "configs").glob("*.toml")}
    if missing:
        sys.exit(f"in README.md or in configs/, and not in both: {', '.join(sorted(missing))}")
    rows = [(name, shows.replace("(docs/", "("), *rest) for name, shows, *rest in rows if given.only in name]
    for name, *_ in rows:
        train(given, name)
    page = "\n".join([HEAD] + [entry(given, *row) for row in rows])
    if given.only:
        print(page)
    else:
        (DOCS / "gallery.md").write_text(page)


if __name__ == "__main__":
    main()
