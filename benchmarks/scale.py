"""Measures the parameters of the cost model (scale_model.py) on this machine, and checks the model
against the time of two ranks; or, with --write, fills the tables and plots of docs/scale.md."""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

import measuring
import scale_model
import scale_pages
import scale_simulation

PARAMETERS = measuring.HERE / "scale_parameters.json"
SHARDS = 16
FITTED_SHARDS = (16, 8, 4)  # of the same size: what one rank of 1, 2 and 4 would take
# What OpenMPI takes within a machine, and what it takes between machines that have Ethernet alone.
TRANSPORTS = {"shared memory": (), "TCP": ("--mca", "btl", "self,tcp", "--mca", "pml", "ob1",
                                           "--mca", "btl_tcp_if_include", "lo")}


def measure_workload(name, rounds, seconds):
    """Two processes at once, as on a machine whose cores are all busy; and two ranks, in turns."""
    alone, together = {shards: [] for shards in FITTED_SHARDS}, []
    batch = measuring.run_ranks(name, 0.01)["batch"]
    for _ in range(rounds):
        for shards, runs in alone.items():
            both = [measuring.start_ranks(name, seconds, batch=batch * shards // SHARDS,
                                          shards=shards) for _ in range(2)]
            runs += [measuring.finish(process) for process in both]
        together.append(measuring.run_ranks(name, seconds, ranks=2))
    base, shard = scale_model.line([(shards, measuring.median_of(runs, "add_ms") / 1e3)
                                    for shards, runs in alone.items()])
    update, sum_ = scale_model.line([(shards, measuring.median_of(runs, "update_ms") / 1e3)
                                     for shards, runs in alone.items()])
    spread = scale_model.quantiles([time / statistics.fmean(run["steps_ms"])
                                    for run in alone[SHARDS // 2] for time in run["steps_ms"]])
    samples = -(-batch // SHARDS)
    return {"parameters": together[0]["parameters"], "shards": SHARDS, "samples_of_shard": samples,
            "base": max(base, 0.0), "sample": shard / samples, "sum": max(sum_, 0.0),
            "update": max(update, 0.0), "spread": [round(q, 4) for q in spread],
            "two_ranks": measuring.median_of(together, "ms") / 1e3,
            "communication": measuring.median_of(together, "communication_ms") / 1e3,
            "bytes": together[0]["bytes"]}


def measure_network(options, seconds):
    words = [*measuring.mpirun(2, *options), measuring.PROGRAMS / "benchmark_network",
             f"--seconds={seconds}"]
    times = measuring.finish(measuring.start(words))
    one, byte = scale_model.line(times["exchange"])
    _, message = scale_model.line(times["messages"])
    return {"latency": max(one - message, 0.0), "message": message, "byte": byte, **times}


def measure(arguments):
    networks = {name: measure_network(options, arguments.seconds / 5)
                for name, options in TRANSPORTS.items()}
    workloads = {}
    for name in measuring.WORKLOADS:
        print(f"measuring {name}", file=sys.stderr)
        workloads[name] = measure_workload(name, arguments.rounds, arguments.seconds)
    with open(arguments.parameters, "w") as file:
        json.dump({"machine": measuring.machine(), "networks": networks, "workloads": workloads},
                  file)
        file.write("\n")


def print_check(parameters):
    print(f"{'workload':<10} {'predicted, ms':>14} {'measured, ms':>13} {'ratio':>6}")
    for row in scale_model.check(parameters):
        print(f"{row['workload']:<10} {row['predicted']:>14.3f} {row['measured']:>13.3f} "
              f"{row['predicted'] / row['measured']:>6.3f}")


def write(parameters):
    python = measuring.python_with("matplotlib")
    if not python:
        sys.exit("python3 has no matplotlib: install python3-matplotlib")
    simulated = measuring.PROGRAMS / "scale_simulated.json"
    with open(simulated, "w") as file:
        json.dump(scale_simulation.simulate(parameters), file)
    scale_pages.write(parameters, simulated)
    subprocess.run([python, measuring.HERE / "scale_plots.py", simulated], check=True)


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/scale", description=__doc__)
    parser.add_argument("--check", action="store_true",
                        help="print the check of what was measured last")
    parser.add_argument("--write", action="store_true",
                        help="simulate, and fill docs/scale.md from what was measured last")
    parser.add_argument("--parameters", type=pathlib.Path, default=PARAMETERS, metavar="FILE",
                        help="where the parameters are (default: scale_parameters.json here)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each run (default: 5)")
    parser.add_argument("--seconds", type=float, default=1, help="of a turn (default: 1)")
    arguments = parser.parse_args()
    if arguments.write:
        write(arguments.parameters)
        return
    if not arguments.check:
        measure(arguments)
    print_check(arguments.parameters)


if __name__ == "__main__":
    main()
