"""The module gives the bits of the program: the same weights, images, codes, scores and reports."""

import csv
import json
import os
import subprocess

import adjoint
import numpy as np
import pytest
from conftest import autoencoder

PROGRAM = os.environ.get("ADJOINT_PROGRAM", "")
pytestmark = pytest.mark.skipif(not PROGRAM, reason="ADJOINT_PROGRAM names the program")
random = np.random.default_rng(5)


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("tta", [False, True])
@pytest.mark.parametrize(
    "name,shape,type",
    [("gray.png", (300, 280), np.uint8), ("colour.png", (61, 47, 3), np.uint8),
     ("gray16.tif", (33, 20), np.uint16), ("float.tif", (33, 20), np.float32)],
)
def test_images_are_denoised_to_the_same_bits(tmp_path, coder, name, shape, type, tta):
    image = random.random(shape)
    image = (image * np.iinfo(type).max).astype(type) if type != np.float32 else image.astype(type)
    adjoint.write_image(tmp_path / name, image)
    run("denoise", coder.path, tmp_path / name, "-o", tmp_path / f"out-{name}",
        *(["--tta"] if tta else []))
    result = coder.denoise(image, tta=tta)
    assert np.array_equal(result, adjoint.read_image(tmp_path / f"out-{name}"))


def test_a_batch_is_denoised_encoded_and_decoded_to_the_same_bits(tmp_path, coder):
    images = random.random((150, 28, 28, 1)).astype(np.float32)
    np.save(tmp_path / "images.npy", images)
    run("denoise", coder.path, tmp_path / "images.npy", "-o", tmp_path / "denoised.npy")
    assert np.array_equal(coder.denoise(images), np.load(tmp_path / "denoised.npy"))
    run("encode", coder.path, tmp_path / "images.npy", "-o", tmp_path / "codes.npy")
    codes = coder.encode(images)
    assert np.array_equal(codes, np.load(tmp_path / "codes.npy"))
    run("decode", coder.path, tmp_path / "codes.npy", "-o", tmp_path / "decoded.npy")
    assert np.array_equal(coder.decode(codes), np.load(tmp_path / "decoded.npy"))


def test_an_image_in_tiles_has_the_same_bits(tmp_path, coder):
    image = random.random((500, 700)).astype(np.float32)
    np.save(tmp_path / "image.npy", image)
    run("denoise", coder.path, tmp_path / "image.npy", "-o", tmp_path / "out.npy",
        "--max-memory", "512K")
    small = adjoint.load(coder.path, max_memory=512 << 10)
    assert np.array_equal(small.denoise(image), np.load(tmp_path / "out.npy")[0, ..., 0])


def test_the_program_trains_to_the_same_bits(tmp_path, coder):
    (tmp_path / "test.toml").write_text(coder.config)
    run("train", tmp_path / "test.toml", "--out", tmp_path / "run")
    weights = adjoint.load(tmp_path / "run").weights
    assert weights.keys() == coder.weights.keys()
    for name, array in weights.items():
        assert np.array_equal(array, coder.weights[name])


def test_images_get_the_same_scores(tmp_path):
    trained = adjoint.train(autoencoder(), out=tmp_path / "run")
    images = random.random((10, 16, 16, 1)).astype(np.float32)
    np.save(tmp_path / "images.npy", images)
    run("detect", trained.best, tmp_path / "images.npy", "-o", tmp_path / "found")
    with open(tmp_path / "found/scores.csv") as file:
        rows = list(csv.DictReader(file))
    found = trained.model.detect(images)
    assert found.scores.tolist() == [float(row["score"]) for row in rows]
    assert found.flags.tolist() == [row["flagged"] == "1" for row in rows]


def test_inspect_reports_the_same(tmp_path, coder):
    report = json.loads(run("inspect", coder.path, "--json", "--out", tmp_path / "pictures"))
    report.pop("pictures")
    assert adjoint.inspect(coder.path) == report
