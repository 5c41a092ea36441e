"""Draws scaling.svg from what `benchmarks/scaling --json FILE` measured:
    scaling_plots.py FILE
Needs matplotlib."""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

plt.rcParams.update({"figure.facecolor": "white", "savefig.facecolor": "white", "font.size": 8,
                     "font.family": "sans-serif", "svg.fonttype": "none", "svg.hashsalt": "scaling",
                     "axes.grid": True, "grid.color": "#dddddd", "axes.spines.top": False,
                     "axes.spines.right": False, "lines.markersize": 3})
PLOTS = {"batch": ("images a step, 28x28", "ns a pixel"),
         "side": ("side of 8 images, pixels", "ns a pixel"),
         "channels": ("channels of 4 layers, 64x64", "ns a multiply-add"),
         "depth": ("layers of 32 channels, 64x64", "ns a multiply-add"),
         "threads": ("threads, 128 images of 28x28", "ns a pixel")}


def main():
    measured = json.loads(pathlib.Path(sys.argv[1]).read_text())
    figure, axes = plt.subplots(1, len(PLOTS), figsize=(10, 2.2), layout="constrained")
    for axis, (name, (across, up)) in zip(axes, PLOTS.items()):
        rows = measured[name]
        values = [row["value"] for row in rows]
        axis.plot(values, [row["cost"] for row in rows], "o-", color="#0072b2")
        axis.set_xscale("log", base=2)
        ticks = values[::2] if len(values) > 4 else values
        axis.set_xticks(ticks, [str(value) for value in ticks])
        axis.set_ylim(bottom=0)
        axis.set_xlabel(across)
        axis.set_ylabel(up)
    figure.savefig(pathlib.Path(__file__).parent / "scaling.svg",
                   metadata={"Date": None, "Creator": None})


main()
