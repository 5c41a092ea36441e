"""Training: configs as dicts, texts and files, callbacks, interruptions, runs."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import adjoint
import numpy as np
import pytest
from conftest import autoencoder
from threads import turns_meanwhile

MORE = {"training.epochs": 4}


def weights_of(path):
    return {name: array.copy() for name, array in adjoint.load(path).weights.items()}


def same_weights(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


TOML = """
name = "test"
[data]
source = "synthetic"
size = 16
count = 64
validation = 0.5
[model]
input = [0, 0, 1]
latent = "down"
layer = [
  {name = "down", type = "Conv2D", filters = 4, kernel_size = 4, strides = 2, padding = "same", activation = "relu"},
  {name = "up", type = "Conv2DTranspose", filters = 1, kernel_size = 4, strides = 2, padding = "same"}]
[training]
epochs = 4
batch_size = 16
samples = 0
"""


def test_the_run_is_shown_while_it_trains(tmp_path):
    program = [os.environ["ADJOINT_PROGRAM"], "--version"]
    if "HTTP" not in subprocess.run(program, capture_output=True, text=True, check=True).stdout:
        pytest.skip("built without libcpp-httplib-dev")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(adjoint.InputError, match=f"serve {port}: this port"):
            adjoint.train(TOML, out=tmp_path / "taken", serve=port)
    states = []

    def ask(epoch):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/state") as answer:
            states.append(json.load(answer))

    adjoint.train(TOML, out=tmp_path / "run", on_epoch=ask, serve=port, tensorboard=tmp_path / "logs")
    assert [state["version"] for state in states] == [0, 1, 2, 3]
    for run in ("train", "validation"):
        (file,) = (tmp_path / "logs" / run).iterdir()
        assert b"brain.Event:2" in file.read_bytes()
    with pytest.raises(adjoint.InputError, match="serve 70000"):
        adjoint.train(TOML, out=tmp_path / "other", serve=70000)


def test_a_dict_a_text_and_a_file_are_one_config(tmp_path):
    (tmp_path / "test.toml").write_text(TOML)
    runs = [
        adjoint.train(autoencoder(), overrides=MORE, out=tmp_path / "dict"),
        adjoint.train(TOML, out=tmp_path / "text"),
        adjoint.train(tmp_path / "test.toml", out=tmp_path / "file", threads=1),
        adjoint.train(autoencoder(), overrides={"training": {"epochs": np.int64(4)}}, out=tmp_path / "np"),
    ]
    first = weights_of(runs[0].best)
    for run in runs[1:]:
        assert same_weights(weights_of(run.best), first)


def test_a_run_is_kept_below_runs_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = adjoint.train(autoencoder())
    assert run.path == "runs/test"
    assert (tmp_path / "runs/test/best.h5").is_file()
    with pytest.raises(adjoint.InputError) as error:
        adjoint.train(autoencoder())
    assert "runs/test already holds a run; go on with resume=True" in str(error.value)
    assert adjoint.train(autoencoder(), overwrite=True).epochs == 1


def test_on_epoch_sees_the_rows_of_the_history(tmp_path):
    seen = []
    run = adjoint.train(autoencoder(), overrides={**MORE, "training.metrics": ["ssim"]},
                        out=tmp_path / "run", on_epoch=seen.append)
    with open(tmp_path / "run/history.csv") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    assert [epoch.metrics for epoch in seen] == rows and len(rows) == 4
    assert [(e.epoch, e.epochs) for e in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for epoch, row in zip(seen, rows):
        assert epoch.loss == row["loss"]
        assert epoch.validation_loss == row["validation_loss"]
        assert epoch.learning_rate == row["learning_rate"]
        assert 0 < epoch.metrics["validation_ssim"] < 1
    assert repr(seen[0]).startswith("epoch 1/4  loss ")
    assert run.history["loss"].tolist() == [row["loss"] for row in rows]
    best = min(range(4), key=lambda i: rows[i]["validation_loss"])
    assert run.best_epoch == best + 1 and seen[best].best
    assert run.ending == "finished" and run.epochs == 4
    assert run.model.history["loss"].tolist() == run.history["loss"].tolist()[: best + 1]


def test_on_epoch_stops_by_returning_false_and_by_nothing_else(tmp_path):
    run = adjoint.train(autoencoder(), overrides=MORE, out=tmp_path / "run",
                        on_epoch=lambda epoch: epoch.epoch < 2)
    assert run.ending == "stopped by on_epoch" and run.epochs == 2
    for answer in (None, 0, "", True):
        run = adjoint.train(autoencoder(), overrides=MORE, out=tmp_path / "run", overwrite=True,
                            on_epoch=lambda epoch: answer)
        assert run.epochs == 4, answer


def test_what_was_stopped_goes_on_to_the_same_bits(tmp_path):
    whole = adjoint.train(autoencoder(), overrides=MORE, out=tmp_path / "whole")
    adjoint.train(autoencoder(), overrides=MORE, out=tmp_path / "parts", on_epoch=lambda e: False)
    rest = adjoint.train(tmp_path / "parts", resume=True)
    assert rest.path == str(tmp_path / "parts") and rest.epochs == 4
    assert same_weights(weights_of(rest.checkpoint), weights_of(whole.checkpoint))


def test_an_exception_of_on_epoch_is_raised_and_the_state_saved(tmp_path):
    class Mine(Exception):
        pass

    def fail(epoch):
        if epoch.epoch == 2:
            raise Mine("of epoch 2")

    with pytest.raises(Mine, match="of epoch 2"):
        adjoint.train(autoencoder(), overrides=MORE, out=tmp_path / "parts", on_epoch=fail)
    assert adjoint.load(tmp_path / "parts/checkpoint.h5").history["epoch"].tolist() == [1, 2]
    whole = adjoint.train(autoencoder(), overrides=MORE, out=tmp_path / "whole")
    rest = adjoint.train(tmp_path / "parts", resume=True)
    assert same_weights(weights_of(rest.checkpoint), weights_of(whole.checkpoint))


INTERRUPTED = """
import adjoint, sys
sys.path.insert(0, {tests!r})
from conftest import autoencoder
try:
    adjoint.train(autoencoder(), overrides={{"training.epochs": 1000000}}, out={out!r},
                  on_epoch=lambda epoch: print(epoch.epoch, flush=True))
except KeyboardInterrupt as interrupt:
    print("interrupted:", interrupt)
"""


def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path):
    out = str(tmp_path / "run")
    code = INTERRUPTED.format(tests=os.path.dirname(__file__), out=out)
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code],
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "1\n"
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    last = text.splitlines()[-1]
    assert last.startswith("interrupted: stopped in epoch ")
    assert f'saved to {out}/checkpoint.h5; go on with adjoint.train("{out}/checkpoint.h5", resume=True)' in last
    trained = len(adjoint.load(f"{out}/checkpoint.h5").history["epoch"])
    assert trained >= 1
    seen = []
    adjoint.train(f"{out}/checkpoint.h5", resume=True,
                  on_epoch=lambda epoch: seen.append(epoch.epoch) or False)
    assert seen == [trained + 1]


def test_other_threads_run_meanwhile(tmp_path):
    def work():
        adjoint.train(autoencoder(), overrides={"training.epochs": 40}, out=tmp_path / "run")

    assert turns_meanwhile(work) >= 5  # with the GIL held none, or one


def test_fine_tuning_begins_with_the_weights_of_another_run(tmp_path, coder):
    rate = {"optimizer.learning_rate": 0.0}
    run = adjoint.train(autoencoder(), begin_from=coder.path, overrides=rate, out=tmp_path / "run")
    assert same_weights(run.model.weights, coder.weights)
    with pytest.raises(adjoint.InputError, match="resume=True and begin_from exclude each other"):
        adjoint.train(autoencoder(), begin_from=coder.path, resume=True, out=tmp_path / "run")
    with pytest.raises(adjoint.InputError, match="copy it to another folder"):
        adjoint.train(autoencoder(), begin_from=run.path, overwrite=True, out=run.path)
    assert (tmp_path / "run/best.h5").is_file()


def test_a_run_does_not_replace_its_config(tmp_path):
    (tmp_path / "config.toml").write_text(TOML)
    with pytest.raises(adjoint.InputError):
        adjoint.train(tmp_path / "config.toml", out=tmp_path)
    assert (tmp_path / "config.toml").read_text() == TOML


def test_warnings_are_given_and_kept(tmp_path):
    with pytest.warns(UserWarning, match="batch_size"):
        run = adjoint.train(autoencoder(), overrides={"training.batch_size": 1000}, out=tmp_path / "run")
    assert "training.batch_size = 1000 is more than there are training images" in run.warnings[0]


@pytest.mark.filterwarnings("error:training.batch_size")
def test_a_warning_that_is_an_exception_ends_the_training(tmp_path):
    with pytest.raises(UserWarning, match="batch_size"):
        adjoint.train(autoencoder(), overrides={"training.batch_size": 1000}, out=tmp_path / "run")


@pytest.mark.parametrize(
    "config,arguments,words",
    [
        ("missing.toml", {}, "missing.toml: cannot be opened"),
        (3, {}, "config: expected a path, TOML text or a dict, got int"),
        ({"data": {"path": None}}, {}, "data.path: expected a str, a number, a bool"),
        ({"data": {3: 4}}, {}, "data: expected keys of type str, got 3"),
        ({"seed": 2**70}, {}, "seed: 1180591620717411303424 is too large"),
        ("[data]\nsize = ", {}, "config:2"),
        ({"data": {"source": "synthetic", "sise": 3}}, {}, 'unknown key "sise"; did you mean "size"'),
        (autoencoder(), {"overrides": {"training.epochz": 2}}, 'unknown key "epochz"'),
        (autoencoder(), {"overrides": ["training.epochs=2"]}, "overrides: expected a dict, got list"),
        (autoencoder(), {"on_epoch": 3}, "on_epoch: expected a function of one epoch, got 3"),
        (autoencoder(), {"threads": -1}, "threads: expected 0"),
        (autoencoder(), {"begin_from": "missing.h5"}, "missing.h5"),
        (autoencoder(), {"resume": True}, "there is nothing to resume"),
    ],
)
def test_what_cannot_be_trained_is_refused(tmp_path, config, arguments, words):
    with pytest.raises(adjoint.InputError) as error:
        adjoint.train(config, out=tmp_path / "run", **arguments)
    assert words in str(error.value)
    assert not (tmp_path / "run/best.h5").exists()


def test_a_loss_that_is_no_number_is_a_run_error(tmp_path):
    rate = {"optimizer.kind": "sgd", "optimizer.learning_rate": 1e30, "training.epochs": 50}
    with pytest.raises(adjoint.RunError, match="learning_rate") as error:
        adjoint.train(autoencoder(), overrides=rate, out=tmp_path / "run")
    assert isinstance(error.value, RuntimeError)


def test_one_of_several_processes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "0")
    with pytest.raises(adjoint.InputError, match="mpirun -n N adjoint train CONFIG"):
        adjoint.train(autoencoder(), out=tmp_path / "run")
