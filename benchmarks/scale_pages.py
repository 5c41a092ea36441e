"""Fills the tables of docs/scale.md: each stands between <!-- table: NAME --> and <!-- end -->."""

import json
import re

import measuring
import scale_model
import scale_simulation
from scale_simulation import INTERVALS, RATES, SAMPLES, SHOWN_SAMPLES, WAYS, WIRES

PAGE = measuring.HERE.parent / "docs" / "scale.md"
RANKS = measuring.HERE / "ranks_measured.json"
SCALING = measuring.HERE / "scaling_measured.json"
SHOWN = (16, 64, 256, 1024, 4096)  # cores
MISSING = ["*Not measured yet.*"]


def table(heads, rows):
    return [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads),
            *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)]


def load(path):
    return json.loads(path.read_text()) if path.exists() else None


def ranks_table():
    measured = load(RANKS)
    if not measured:
        return MISSING
    rows, results = [], measured["results"]
    kinds = [kind for kind in ("as it comes", "keeping memory") if kind in results[0]]
    for r in results:
        rows.append([r["workload"], f"{r['one']:.2f}", f"{r['two']:.2f}", f"{r['ratio']:.3f}",
                     f"{r['bytes'] / 1e6:.2f}", f"{r['communication_ms']:.2f}",
                     *(f"{r[kind]['ms']:.1f} ({r[kind]['speed']:.1f})" for kind in kinds)])
    heads = ["workload", "one process, ms", "two ranks, ms", "ratio", "MB a step", "waited, ms",
             *(f"DDP {kind}, ms" for kind in kinds)]
    lines = table(heads, rows)
    means = []
    for kind in kinds:
        product = 1.0
        for r in results:
            product *= r[kind]["speed"] ** (1 / len(results))
        means.append(f"{product:.2f} (DDP {kind})")
    if means:
        lines += ["", f"In brackets: DDP's time to that of two ranks; geometric means "
                      f"{' and '.join(means)}."]
    return [*lines, "", f"Measured on {measured['machine']}."]


def scaling_table():
    measured = load(SCALING)
    if not measured:
        return MISSING
    rows = [[r["workload"], r["ranks"], f"{r['strong_ms']:.2f}", f"{r['speed_up']:.2f}",
             f"{r['weak_ms']:.2f}", f"{r['weak_efficiency']:.2f}", f"{r['communication_ms']:.2f}"]
            for r in measured["results"]]
    return [*table(["workload", "ranks", "same batch, ms", "speed-up", "batch grows, ms",
                    "efficiency", "waited, ms"], rows),
            "", f"Measured on {measured['machine']}."]


def parameters_table(models, networks, parameters):
    rows = [[m.name, f"{m.parameters:,.0f}", f"{1e3 * m.base:.2f}", f"{1e3 * m.sample:.3f}",
             f"{1e6 * m.sum:.0f}", f"{1e6 * m.update:.0f}",
             *(f"{scale_model.expected_largest(m.spread, ranks):.2f}" for ranks in (2, 64, 4096))]
            for m in models.values()]
    wires = [[n.name, f"{1e6 * n.latency:.2f}", f"{1e6 * n.message:.2f}",
              f"{1e-9 / n.byte:.2f}"] for n in networks.values()]
    return [*table(["workload", "parameters", "a step, ms", "a sample, ms", "sum, µs", "Adam, µs",
                    "slowest of 2", "of 64", "of 4096"], rows), "",
            *table(["messages through", "latency, µs", "a message, µs", "GB/s"], wires), "",
            f"Measured on {parameters['machine']}."]


def check_table(path):
    return table(["workload", "predicted, ms", "measured, ms", "predicted / measured"],
                 [[r["workload"], f"{r['predicted']:.2f}", f"{r['measured']:.2f}",
                   f"{r['predicted'] / r['measured']:.3f}"] for r in scale_model.check(path)])


class Simulated:
    def __init__(self, path):
        with open(path) as file:
            self.points = {(p["model"], p["cores"], p["samples"], p["network"], p["way"]): p
                           for p in json.load(file)}
        self.models = list(dict.fromkeys(key[0] for key in sorted(
            self.points, key=lambda key: ("," in key[0], "M" in key[0], len(key[0]), key[0]))))

    def point(self, model, cores, samples=SHOWN_SAMPLES, network="100 Gb/s", way="flat"):
        return self.points[model, cores, samples, network, way]

    def cell(self, *where, **named):
        """Percent of the time that is computation, on each network."""
        return " / ".join(f"{100 * self.point(*where, network=wire, **named)['efficiency']:.0f}"
                          for wire in WIRES)

    def by_model(self):
        return table(["model", *(f"{cores} cores" for cores in SHOWN)],
                     [[model, *(self.cell(model, cores) for cores in SHOWN)]
                      for model in self.models])

    def by_batch(self, model="10 M"):
        return table(["samples of a shard", *(f"{cores} cores" for cores in SHOWN)],
                     [[samples, *(self.cell(model, cores, samples) for cores in SHOWN)]
                      for samples in SAMPLES])

    def by_way(self, cores=1024):
        plain = [model for model in self.models if "," not in model]
        return table(["model", *WAYS],
                     [[model, *(self.cell(model, cores, way=way) for way in WAYS)]
                      for model in plain])

    def by_part(self, cores=1024):
        rows = []
        for model in self.models:
            for wire in WIRES:
                point = self.point(model, cores, network=wire)
                rows.append([model, wire, f"{1e3 * point['seconds']:.1f}",
                             *(f"{100 * spent / point['seconds']:.0f} %"
                               for spent in point["parts"].values())])
        return table(["model", "network", "step, ms", *point["parts"]], rows)


def duration(seconds):
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.2g} s"


def failures_table(models, networks):
    wire = scale_simulation.wires(networks)["10 Gb/s"]
    shown = [scale_simulation.models_of(models)[name] for name in ("colour32", "10 M", "100 M")]
    costs = [scale_simulation.checkpoint_seconds(m.parameters, wire) for m in shown]
    stands = [[duration(interval), *(f"{3600 * scale_simulation.tolerated_rate(interval, cost):.2f}"
                                     for cost in costs)] for interval in INTERVALS]
    best = []
    for rate in RATES:
        row = [f"{rate:g}"]
        for cost in costs:
            interval = scale_simulation.best_interval(cost, rate / 3600)
            loss = scale_simulation.lost(interval, cost, rate / 3600)
            row.append(f"{duration(interval)}, {100 * loss:.1f} %")
        best.append(row)
    names = [f"{m.name} ({duration(cost)} a checkpoint)" for m, cost in zip(shown, costs)]
    return [*table(["interval", *names], stands), "",
            *table(["failures an hour", *(m.name for m in shown)], best)]


def filled(text, tables):
    for name, lines in tables.items():
        text, found = re.subn(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)",
                              lambda match: match[1] + "\n".join(["", *lines, "", ""]) + match[2],
                              text, flags=re.DOTALL)
        if not found:
            raise SystemExit(f"{PAGE} has no place for the table \"{name}\"")
    return text


def write(parameters_path, simulated_path):
    models, networks, parameters = scale_model.load(parameters_path)
    simulated = Simulated(simulated_path)
    PAGE.write_text(filled(PAGE.read_text(), {
        "ranks": ranks_table(),
        "scaling": scaling_table(),
        "parameters": parameters_table(models, networks, parameters),
        "check": check_table(parameters_path),
        "models": simulated.by_model(),
        "batch": simulated.by_batch(),
        "parts": simulated.by_part(),
        "ways": simulated.by_way(),
        "failures": failures_table(models, networks),
    }))
