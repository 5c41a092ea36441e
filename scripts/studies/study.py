"""What the studies of this folder share: trainings of variants of one config, and tables of what they gave. Standard library
alone."""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments(description):
    """FOLDER for the runs, and options that all studies have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER", help="for the runs; those that are there are kept")
    parser.add_argument("--adjoint", default=ROOT / "build" / "release" / "train" / "adjoint", metavar="PROGRAM")
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--only", default="", metavar="WORDS", help="variants whose files have these words in their names")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    return given


def layer(name, kind, rest):
    return f'[[model.layer]]\nname = "{name}"\ntype = "{kind}"\n{rest}\n'


def call(*words):
    """What the program prints as JSON."""
    words = [str(word) for word in words]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with status {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def inspected_trainings(given, name, config):
    """For each seed what `train` and `inspect` say of a training by a config, given as text; of its epochs, if it keeps any."""
    return [_inspected_training(given, name, config, seed) for seed in range(1, given.seeds + 1)]


def _inspected_training(given, name, config, seed):
    out = given.folder / f"{name}-{seed}"
    result = out / "result.json"
    if not result.exists():
        path = given.folder / f"{name}.toml"
        path.write_text(config)
        trained = call(given.adjoint, "train", path, "--out", out, "--overwrite", "--json",
                       "--set", f"seed={seed}")
        epochs = ["--epochs"] if (out / "epochs").is_dir() else []
        found = call(given.adjoint, "inspect", out / "checkpoint.h5", "--json", *epochs)
        result.write_text(json.dumps({"train": trained, "inspect": found}))
    return json.loads(result.read_text())


def spread(values, digits=2):
    """Mean and standard deviation; where they are one, the number."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"


def print_row(cells):
    print("| " + " | ".join(cells) + " |")


def print_head(texts, numbers):
    print_row(texts + numbers)
    print_row(["---"] * len(texts) + ["--:"] * len(numbers))
