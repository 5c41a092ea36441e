"""Ctrl-C, threads and forked processes while a model runs."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import adjoint
import numpy as np
import pytest
from threads import turns_meanwhile

random = np.random.default_rng(4)
LARGE = random.random((1500, 2000)).astype(np.float32)


@pytest.fixture
def slow(coder):
    """A model that takes a while: it runs in tiles, on one thread."""
    return adjoint.load(coder.path, threads=1)


def test_ctrl_c_ends_a_long_run(slow):
    slow.denoise(LARGE)  # the layout of the tiles is made once
    began = time.process_time()  # not the clock's: the machine may have other work
    expected = slow.denoise(LARGE, tta=True)
    whole = time.process_time() - began
    timer = threading.Timer(whole / 8, os.kill, (os.getpid(), signal.SIGINT))
    began = time.process_time()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        slow.denoise(LARGE, tta=True)
    timer.join()
    assert time.process_time() - began < whole * 0.75
    assert np.array_equal(slow.denoise(LARGE, tta=True), expected)  # it can be used again


def test_a_signal_handler_of_pythons_runs_meanwhile(slow):
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(time.monotonic()))
    try:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        slow.denoise(LARGE, tta=True)
        ended = time.monotonic()
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen and seen[0] < ended


def test_other_threads_run_meanwhile(slow):
    assert turns_meanwhile(lambda: slow.denoise(LARGE)) >= 5  # with the GIL held none, or one


def test_threads_share_a_model(coder):
    images = [random.random((40 + i, 50)).astype(np.float32) for i in range(8)]
    expected = [coder.denoise(image) for image in images]
    results = [None] * len(images)

    def run(i):
        for _ in range(5):
            results[i] = coder.denoise(images[i])

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(images))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result, wanted in zip(results, expected):
        assert np.array_equal(result, wanted)


def test_a_forked_process_runs_the_model_and_lets_it_go(coder):
    model = adjoint.load(coder.path, threads=2)
    image = random.random((64, 64)).astype(np.float32)
    expected = model.denoise(image)
    child = os.fork()
    if child == 0:
        same = np.array_equal(model.denoise(image), expected)
        del model
        gc.collect()
        os._exit(0 if same else 1)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert status == 0
            return
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    pytest.fail("the forked process hangs")


def test_numpy_keeps_its_threads(coder, tmp_path):
    """In a process of its own, where NumPy has three, whatever the machine has."""
    code = f"""
import ctypes, ctypes.util
blas = ctypes.CDLL("libopenblas.so.0")
blas.openblas_set_num_threads(3)
import adjoint, numpy
assert blas.openblas_get_num_threads() == 3
model = adjoint.load({coder.path!r})
model.denoise(numpy.zeros((40, 40), numpy.float32))
assert blas.openblas_get_num_threads() == 3
seen = []
adjoint.train(model.config, out={str(tmp_path / "run")!r},
              on_epoch=lambda epoch: seen.append(blas.openblas_get_num_threads()))
assert seen == [1] and blas.openblas_get_num_threads() == 3
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
