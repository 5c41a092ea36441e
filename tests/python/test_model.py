"""Trained models: layers, weights as arrays, codes, samples."""

import gc

import adjoint
import numpy as np
import pytest
from conftest import CONVOLUTION, DOWN, UP, autoencoder, config

random = np.random.default_rng(2)


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "junk.h5").write_text("junk")
    (tmp_path / "config.toml").write_text("")
    for path, words in [
        ("missing.h5", "cannot open"),
        ("junk.h5", "is not an HDF5 file"),
        ("config.toml", "is a config; expected a trained model"),
        ("", "without best.h5 or checkpoint.h5"),
    ]:
        with pytest.raises(adjoint.InputError, match=words):
            adjoint.load(tmp_path / path)
    with pytest.raises(adjoint.InputError, match="path: expected a str or a path, got int"):
        adjoint.load(3)


def test_a_model_is_loaded_by_its_file_or_its_folder(conv_run):
    image = random.random((8, 8)).astype(np.float32)
    expected = conv_run.model.denoise(image)
    for path in (conv_run.path, conv_run.best):
        model = adjoint.load(path, threads=1)
        assert model.threads == 1
        assert np.array_equal(model.denoise(image), expected)
    with pytest.raises(adjoint.InputError, match="threads: expected 0"):
        adjoint.load(conv_run.path, threads=-1)


def test_a_model_describes_itself(coder):
    assert coder.name == "test"
    assert coder.input_shape == (None, None, 1)
    assert coder.scale == (1, 1)
    assert coder.latent == "down"
    assert coder.parameter_count == 4 * 4 * 4 + 4 + 4 * 4 * 4 + 1
    assert "synthetic" in coder.config
    assert coder.history["epoch"].tolist() == [1]
    assert repr(coder).startswith('<adjoint.Model "test": (None, None, 1) images, 2 layers, 133 parameters')


def test_layers_have_names_types_and_shapes(coder):
    down, up = coder.layers
    assert (down.name, down.type, down.activation) == ("down", "Conv2D", "relu")
    assert (down.inputs, down.input_shapes) == (["input"], ((None, None, 1),))
    assert down.output_shape == (None, None, 4)
    assert (up.name, up.type, up.activation) == ("up", "Conv2DTranspose", "linear")
    assert (up.inputs, up.output_shape, up.tied_to) == (["down"], (None, None, 1), None)
    assert repr(up) == '<adjoint.Layer "up": Conv2DTranspose, (None, None, 1)>'
    with pytest.raises(adjoint.InputError, match='no layer "down2"; its layers are down, up'):
        coder.layer("down2")


def test_a_fixed_size_is_part_of_the_shapes(tmp_path):
    made = config({"name": "flat", "type": "Flatten"}, {"name": "dense", "type": "Dense", "units": 256},
                  {"name": "image", "type": "Reshape", "target_shape": [16, 16, 1]})
    made["model"]["input"] = [16, 16, 1]
    model = adjoint.train(made, out=tmp_path / "run").model
    assert model.input_shape == (16, 16, 1)
    assert [layer.output_shape for layer in model.layers] == [(256,), (256,), (16, 16, 1)]
    with pytest.raises(adjoint.InputError, match="16x16 alone"):
        model.denoise(np.zeros((17, 16), np.float32))


def test_tied_layers_share_one_kernel(tmp_path):
    tied = {**UP, "tied_to": "down"}
    del tied["filters"], tied["kernel_size"], tied["strides"], tied["padding"]
    model = adjoint.train(config(DOWN, tied), out=tmp_path / "run").model
    down, up = model.layers
    assert up.tied_to == "down"
    assert np.shares_memory(down.kernel, up.kernel)
    assert [pair["tied"] for pair in model.symmetric_pairs] == [True]


def test_weights_are_read_only_views_that_keep_the_model_alive(conv_run):
    model = adjoint.load(conv_run.path)
    kernel = model.layers[0].kernel
    assert sorted(model.weights) == ["conv/bias", "conv/kernel"]
    assert np.shares_memory(model.weights["conv/kernel"], kernel)
    assert kernel.dtype == np.float32 and kernel.shape == (3, 3, 1, 1)
    with pytest.raises(ValueError, match="read-only"):
        kernel[0] = 1
    before = kernel.copy()
    del model
    gc.collect()
    fillers = [np.full(kernel.shape, 7, np.float32) for _ in range(100)]
    assert np.array_equal(kernel, before) and len(fillers) == 100


def test_codes_decode_to_what_the_model_makes(coder):
    images = random.random((3, 20, 24, 1)).astype(np.float32)
    codes = coder.encode(images)
    assert codes.shape == (3, 10, 12, 4) and codes.dtype == np.float32
    assert (codes >= 0).all()  # relu
    decoded = coder.decode(codes)
    assert np.abs(decoded - coder.reconstruct(images)).max() < 1e-6
    # Other shapes and types of the same.
    one = coder.encode(images[0, ..., 0])
    assert one.shape == (10, 12, 4) and np.abs(one - codes[0]).max() < 1e-6
    assert np.abs(coder.decode(one.astype(np.float64)) - decoded[0]).max() < 1e-6
    assert coder.decode(codes, size=(19, 23)).shape == (3, 19, 23, 1)


@pytest.mark.parametrize(
    "codes,size,words",
    [
        (np.zeros(3), None, "has 3 axes"),
        (np.zeros((4, 4, 7)), None, "no image has codes of 4x4x7"),
        (["code"], None, "codes: expected numbers, got an array of <U4"),
        (np.zeros((4, 4, 4)), 8, r"size: expected \(height, width\), both above 0, got 8"),
        (np.zeros((4, 4, 4)), (8, 0), "both above 0"),
    ],
)
def test_what_is_no_code_is_refused(coder, codes, size, words):
    with pytest.raises(adjoint.InputError, match=words):
        coder.decode(codes, size=size)


def test_codes_need_a_latent_layer(conv):
    for call in (conv.encode, conv.decode):
        with pytest.raises(adjoint.InputError, match="no latent layer"):
            call(np.zeros((8, 8), np.float32))
    assert conv.latent is None


def test_an_enlarging_model_returns_larger_images(tmp_path):
    made = config(CONVOLUTION, {"name": "double", "type": "UpSampling2D"},
                  corruption=[{"kind": "downsample", "factor": 2, "keep_size": False}])
    model = adjoint.train(made, out=tmp_path / "run").model
    image = random.random((6, 10)).astype(np.float32)
    assert model.scale == (2, 2)
    large = model.upscale(image)
    assert large.shape == (12, 20)
    assert np.array_equal(large[::2, ::2], large[1::2, 1::2])  # nearest neighbours
    with pytest.raises(adjoint.InputError, match="enlarges"):
        model.detect(image)


def test_a_variational_model_makes_images(tmp_path):
    made = config(
        {"name": "flat", "type": "Flatten"},
        {"name": "mean", "type": "Dense", "units": 3, "inputs": ["flat"]},
        {"name": "log_variance", "type": "Dense", "units": 3, "inputs": ["flat"]},
        {"name": "code", "type": "Sampling", "inputs": ["mean", "log_variance"]},
        {"name": "dense", "type": "Dense", "units": 256, "activation": "sigmoid"},
        {"name": "image", "type": "Reshape", "target_shape": [16, 16, 1]},
    )
    made["model"].update(input=[16, 16, 1], latent="code")
    model = adjoint.train(made, out=tmp_path / "run").model
    images = model.sample(5, seed=3)
    assert images.shape == (5, 16, 16, 1) and ((images >= 0) & (images <= 1)).all()
    assert np.array_equal(model.sample(5, seed=3), images)
    assert np.abs(model.sample(7, seed=3)[:5] - images).max() < 1e-6
    assert not np.array_equal(model.sample(5, seed=4), images)
    typical = model.sample(2, temperature=0)
    assert np.array_equal(typical[0], typical[1])  # both are of the code 0
    assert np.abs(typical[0] - model.decode(np.zeros(3))).max() < 1e-6
    with pytest.raises(adjoint.InputError, match="count: expected at least 1"):
        model.sample(0)


def test_only_variational_models_make_images(coder):
    with pytest.raises(adjoint.InputError, match="expected a Sampling layer"):
        coder.sample()


def test_symmetric_pairs_are_those_of_the_kernels(coder):
    (pair,) = coder.symmetric_pairs
    assert (pair["convolution"], pair["transpose"], pair["tied"]) == ("down", "up", False)
    a, b = (coder.layer(name).kernel.ravel().astype(np.float64) for name in ("down", "up"))
    assert pair["after"]["cosine"] == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)), abs=1e-6)


def test_inspect_takes_configs_and_runs(tmp_path, coder):
    report = adjoint.inspect(coder.path, size=(32, 32))
    assert [layer["name"] for layer in report["layers"]] == ["input", "down", "up"]
    assert report["layers"][1]["output"] == [16, 16, 4]
    assert report["pairs"] == coder.symmetric_pairs
    run = adjoint.train(autoencoder(), out=tmp_path / "run",
                        overrides={"training.keep_every": 1, "training.epochs": 2})
    (pair,) = adjoint.inspect(run.path, epochs=True)["pairs"]
    assert [epoch["epoch"] for epoch in pair["epochs"]] == [1, 2]
    assert not adjoint.inspect(f"{run.path}/config.toml")["trained"]
    with pytest.raises(adjoint.InputError, match="keep_every"):
        adjoint.inspect(coder.path, epochs=True)
