"""Compares training on several ranks with one process of several threads, and with PyTorch's
DistributedDataParallel; or, with --scaling, one rank with up to sixteen. Runs take turns, round
after round, and medians over the rounds are printed."""

import argparse
import json
import math
import os
import statistics

import measuring

# As in candidates.cpp: PyTorch as it comes, and with a C library that keeps freed memory.
PYTORCH = {"as it comes": {}, "keeping memory": {"MALLOC_MMAP_THRESHOLD_": "4000000000",
                                                 "MALLOC_TRIM_THRESHOLD_": "8000000000"}}


def compare(workload, arguments, python):
    """One process of two threads, two ranks of one thread, and PyTorch in each of its settings."""
    one, two, pytorch = [], [], {}
    for _ in range(arguments.rounds):
        one.append(measuring.run_ranks(workload, arguments.seconds, threads=2))
        two.append(measuring.run_ranks(workload, arguments.seconds, ranks=2))
        for kind, environment in PYTORCH.items() if python else ():
            for layout in ("contiguous", "channels_last"):
                words = [python, measuring.HERE / "ranks_pytorch.py", workload, one[0]["batch"], 2,
                         layout, arguments.seconds]
                run = measuring.finish(measuring.start(words, environment))
                pytorch.setdefault(kind, {}).setdefault(layout, []).append(run["ms"])
    # Of neighbouring turns, so that a machine that changes its speed does not count.
    ratio = statistics.median(b["ms"] / a["ms"] for a, b in zip(one, two))
    result = {"workload": workload, "one": measuring.median_of(one, "ms"),
              "two": measuring.median_of(two, "ms"), "ratio": ratio,
              "communication_ms": measuring.median_of(two, "communication_ms"),
              "bytes": two[0]["bytes"]}
    for kind, layouts in pytorch.items():  # the better layout of each
        times = min(layouts.values(), key=statistics.median)
        speed = statistics.median(c / b["ms"] for b, c in zip(two, times))
        result[kind] = {"ms": statistics.median(times), "speed": speed}
    return result


def print_comparison(result):
    print(f"{result['workload']:<10} {result['one']:>9.2f} {result['two']:>9.2f} "
          f"{result['ratio']:>7.3f} {result['bytes'] / 1e6:>8.3f} "
          f"{result['communication_ms']:>8.3f}", end="")
    for kind in PYTORCH:
        if kind in result:
            print(f" {result[kind]['ms']:>9.1f} {result[kind]['speed']:>7.2f}", end="")
    print(flush=True)


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def comparison(arguments):
    python = measuring.python_with("torch")
    if not python:
        print("python3 has no torch: Adjoint alone")
    print(f"{'workload':<10} {'1x2, ms':>9} {'2x1, ms':>9} {'ratio':>7} {'MB/step':>8} "
          f"{'comm, ms':>8} {'DDP, ms':>9} {'speed':>7} {'keeping':>9} {'speed':>7}")
    results = []
    for workload in arguments.workloads:
        results.append(compare(workload, arguments, python))
        print_comparison(results[-1])
    print("1x2: one process of two threads; 2x1: two ranks of one thread; ratio: 2x1 to 1x2; "
          "comm: a rank's communication and waiting\nspeed: DDP's time to 2x1's, DDP as it comes "
          "and with a C library that keeps freed memory")
    for kind in PYTORCH if python else ():
        mean = geometric_mean([result[kind]["speed"] for result in results])
        print(f"geometric mean of the speeds, DDP {kind}: {mean:.2f}")
    return results


def scaling(arguments):
    """Ranks of one thread: the same batch for all (strong), and one that grows with them (weak)."""
    counts = [count for count in (1, 2, 4, 8, 16) if count <= arguments.ranks]
    results = []
    for workload in arguments.workloads:
        runs = {}
        for _ in range(arguments.rounds):
            for count in counts:
                options = ("--bind-to", "core") if count <= os.cpu_count() else ()
                for kind in ("strong", "weak"):
                    batch = None
                    if kind == "weak" and count > 1:
                        batch = count * runs[1, "weak"][0]["batch"]
                    runs.setdefault((count, kind), []).append(
                        measuring.run_ranks(workload, arguments.seconds, ranks=count, batch=batch,
                                            options=options))
        alone = {kind: measuring.median_of(runs[1, kind], "ms") for kind in ("strong", "weak")}
        print(f"\n{workload}\n{'ranks':>6} {'strong, ms':>11} {'speed-up':>9} {'efficiency':>10} "
              f"{'weak, ms':>9} {'efficiency':>10} {'comm, ms':>9}")
        for count in counts:
            ms = {kind: measuring.median_of(runs[count, kind], "ms") for kind in alone}
            waited = measuring.median_of(runs[count, "strong"], "communication_ms")
            row = {"workload": workload, "ranks": count, "strong_ms": ms["strong"],
                   "speed_up": alone["strong"] / ms["strong"], "weak_ms": ms["weak"],
                   "weak_efficiency": alone["weak"] / ms["weak"], "communication_ms": waited}
            results.append(row)
            print(f"{count:>6} {ms['strong']:>11.2f} {row['speed_up']:>9.2f} "
                  f"{row['speed_up'] / count:>10.2f} {ms['weak']:>9.2f} "
                  f"{row['weak_efficiency']:>10.2f} {waited:>9.3f}", flush=True)
    if max(counts) > os.cpu_count():
        print(f"more ranks than the {os.cpu_count()} cores: these times say nothing about speed")
    return results


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/ranks", description=__doc__)
    parser.add_argument("--scaling", action="store_true",
                        help="1, 2, 4, 8 and 16 ranks: needs as many cores")
    parser.add_argument("--ranks", type=int, default=min(16, os.cpu_count()), metavar="N",
                        help="the most ranks of --scaling (default: one for each core)")
    parser.add_argument("--workloads", nargs="+", default=measuring.WORKLOADS, metavar="NAME",
                        choices=measuring.WORKLOADS, help="some of them alone")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default: 5)")
    parser.add_argument("--seconds", type=float, default=1, help="of a turn (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too, for "
                        "`benchmarks/scale --write`")
    arguments = parser.parse_args()
    results = (scaling if arguments.scaling else comparison)(arguments)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": measuring.machine(), "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
