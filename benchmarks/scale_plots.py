"""Draws the plots of docs/scale.md from what scale_simulation.py gives:
    scale_plots.py SIMULATED.json
`benchmarks/scale --write` makes both. Needs matplotlib."""

import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

import measuring
import scale_simulation
from scale_pages import PAGE, Simulated
from scale_simulation import COUNTS, RATES, SAMPLES, SHOWN_SAMPLES, WAYS, WIRES

# White behind everything, so that a page in dark shows the same picture.
plt.rcParams.update({"figure.facecolor": "white", "savefig.facecolor": "white", "font.size": 8,
                     "font.family": "sans-serif", "svg.fonttype": "none", "svg.hashsalt": "scale",
                     "axes.grid": True, "grid.color": "#dddddd", "axes.spines.top": False,
                     "axes.spines.right": False, "legend.frameon": False, "lines.markersize": 3})
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#444444")
STYLES = ("-", "--", ":")


def panels():
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 2.8), sharey=True, layout="constrained")
    return figure, dict(zip(WIRES, axes))


def save(figure, name):
    figure.savefig(PAGE.parent / f"scale-{name}.svg", metadata={"Date": None, "Creator": None})


def over_cores(axis, title, label="computation, % of the step"):
    axis.set_title(title, fontsize=8)
    axis.set_xscale("log", base=2)
    axis.set_xticks(COUNTS[::2], [str(count) for count in COUNTS[::2]])
    axis.set_xlabel("cores, 16 to a node")
    axis.set_ylabel(label)
    axis.set_ylim(0, 100)
    axis.label_outer()


def efficiencies(simulated, *where, **named):
    model, samples = where
    return [100 * simulated.point(model, cores, samples, **named)["efficiency"]
            for cores in COUNTS]


def models(simulated):
    figure, axes = panels()
    for wire, axis in axes.items():
        for model, colour in zip(simulated.models, COLOURS):
            axis.plot(COUNTS, efficiencies(simulated, model, SHOWN_SAMPLES, network=wire), "o-",
                      color=colour, label=model)
        over_cores(axis, f"{wire}, {SHOWN_SAMPLES} samples a shard")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "models")


def batches(simulated, model="10 M"):
    figure, axes = panels()
    for wire, axis in axes.items():
        for samples, colour in zip(SAMPLES, COLOURS):
            axis.plot(COUNTS, efficiencies(simulated, model, samples, network=wire), "o-",
                      color=colour, label=f"{samples} samples")
        over_cores(axis, f"{wire}, {model} parameters")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "batches")


def parts(simulated, model="colour32"):
    figure, axes = panels()
    for wire, axis in axes.items():
        points = [simulated.point(model, cores, network=wire) for cores in COUNTS]
        shares = {part: [100 * p["parts"][part] / p["seconds"] for p in points]
                  for part in points[0]["parts"]}
        axis.stackplot(COUNTS, *shares.values(), labels=shares, colors=COLOURS)
        over_cores(axis, f"{wire}, {model}", "% of the step")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "parts")


def ways(simulated, shown=("colour32", "100 M")):
    figure, axes = panels()
    for wire, axis in axes.items():
        for model, colour in zip(shown, COLOURS):
            for way, style in zip(WAYS, STYLES):
                axis.plot(COUNTS, efficiencies(simulated, model, SHOWN_SAMPLES, network=wire,
                                               way=way), style, color=colour,
                          label=f"{model}, {way}")
        over_cores(axis, f"{wire}, {SHOWN_SAMPLES} samples a shard")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "ways")


def failures(cost=10):
    figure, axis = plt.subplots(figsize=(4.8, 2.8), layout="constrained")
    minutes = [0.5 * 1.1**i for i in range(75)]
    for rate, colour in zip(RATES, COLOURS):
        lost = [100 * scale_simulation.lost(60 * m, cost, rate / 3600) for m in minutes]
        axis.plot(minutes, lost, color=colour, label=f"{rate:g} an hour")
        best = scale_simulation.best_interval(cost, rate / 3600)
        axis.plot(best / 60, 100 * scale_simulation.lost(best, cost, rate / 3600), "o",
                  color=colour)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylim(0.3, 100)
    axis.set_xlabel("minutes between checkpoints")
    axis.set_ylabel("time lost, %")
    axis.set_title(f"checkpoints of {cost} s, failures of any node; dots: the best interval",
                   fontsize=8)
    axis.legend()
    save(figure, "failures")


def main():
    simulated = Simulated(sys.argv[1])
    models(simulated)
    batches(simulated)
    parts(simulated)
    ways(simulated)
    failures()


if __name__ == "__main__":
    main()
