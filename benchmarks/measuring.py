"""How ranks.py and scale.py run the programs that they compare. Standard library alone."""

import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = HERE.parent / "build" / "benchmarks" / "benchmarks"
WORKLOADS = ("denoise28", "colour32", "deep64", "keras28")
# mpirun refuses root, as in a container, unless it is told that this is meant.
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def python_with(module):
    """The Python that has the module, or None. Debian's own stands behind one put before it."""
    for python in ("python3", "/usr/bin/python3"):
        found = subprocess.run([python, "-c", f"import {module}"], capture_output=True)
        if found.returncode == 0:
            return python
    return None


def mpirun(ranks, *options):
    """The words before a program that is to run as so many ranks; none for one."""
    return ["mpirun", "-n", str(ranks), "--oversubscribe", *options] if ranks > 1 else []


def finish(process):
    """What a program has printed: one document of JSON."""
    out, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{process.args} ended with status {process.returncode}")
    return json.loads(out)


def start(words, environment=None):
    return subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE,
                            env=dict(ENVIRONMENT, **(environment or {})))


def start_ranks(workload, seconds, *, ranks=1, threads=1, batch=None, shards=None, options=()):
    words = [*mpirun(ranks, *options), PROGRAMS / "benchmark_ranks", f"--workload={workload}",
             f"--seconds={seconds}", f"--threads={threads}"]
    words += [f"--batch={batch}"] if batch else []
    words += [f"--shards={shards}"] if shards else []
    return start(words)


def run_ranks(workload, seconds, **settings):
    return finish(start_ranks(workload, seconds, **settings))


def median_of(runs, key):
    return statistics.median(run[key] for run in runs)


def machine():
    """One line that says what was measured on."""
    model = "an unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    return f"{os.cpu_count()} cores, {model}"
