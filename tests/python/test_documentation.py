"""Every Python example that uses Adjoint runs: those of docs/python.md from the first to the last, as a reader would."""

import os
import re
import subprocess
from pathlib import Path

import adjoint
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/python.md").read_text()


def blocks(page):
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with what the page takes for granted: configs/, runs/quickstart, a photograph."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    small = {"training.epochs": 1, "data.count": 64}
    adjoint.train("configs/quickstart.toml", overrides=small)
    random = np.random.default_rng(0)
    adjoint.write_image("scan.png", random.integers(0, 256, (50, 60), np.uint8))
    np.save("good.npy", random.random((200, 32, 32), np.float32))
    return tmp_path


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_example_runs(folder):
    assert len(blocks(PAGE)) >= 8
    names = {}
    for number, block in enumerate(blocks(PAGE), 1):
        code = re.sub(r'("training\.epochs"|"epochs"): \d\d+', r"\1: 2", block)  # sooner done
        try:
            exec(compile(code, f"example {number} of docs/python.md", "exec"), names)
        except Exception as error:
            raise AssertionError(f"example {number}:\n{code}") from error
    assert (folder / "clean.png").is_file()
    assert names["clean"].shape == (50, 60) and names["clean"].dtype == np.uint8


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_example_of_other_pages_runs(folder):
    subprocess.run([os.environ["ADJOINT_PROGRAM"], "export", "runs/quickstart/best.h5",
                    "--format", "keras", "-o", "model.keras"], check=True)
    count = 0
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in blocks(path.read_text()) if path.name != "python.md" else []:
            names = {"noisy": adjoint.read_image("scan.png")}
            exec(compile(block, f"an example of {path.name}", "exec"), names)
            assert names["clean"].shape == (50, 60), path
            count += 1
    assert count >= 2


def test_the_page_names_everything():
    members = {f".{name}" for kind in (adjoint.Model, adjoint.Run, adjoint.Epoch, adjoint.Layer,
                                       adjoint.Detection, adjoint.Calibration)
               for name in vars(kind) if not name.startswith("_")}
    functions = {"adjoint.load", "adjoint.train", "adjoint.inspect", "adjoint.read_image",
                 "adjoint.write_image", "InputError", "RunError", "adjoint.Error"}
    missing = [name for name in sorted(members | functions)
               if not re.search(re.escape(name.lstrip(".")) + r"\b", PAGE)]
    assert missing == []
