"""Models that the tests share, each trained in a moment on images that the program makes itself."""

import adjoint
import numpy as np
import pytest


def pytest_configure(config):
    # One epoch is too few to learn anything, as the program says.
    config.addinivalue_line("filterwarnings", "ignore:after epoch")


DATA = {"source": "synthetic", "size": 16, "count": 64, "validation": 0.5}
TRAINING = {"epochs": 1, "batch_size": 16, "samples": 0}


def config(*layers, **tables):
    return {
        "name": "test",
        "data": DATA,
        "model": {"input": [0, 0, 1], "layer": list(layers)},
        "training": TRAINING,
        **tables,
    }


CONVOLUTION = {"name": "conv", "type": "Conv2D", "filters": 1, "kernel_size": 3, "padding": "same"}
DOWN = {"name": "down", "type": "Conv2D", "filters": 4, "kernel_size": 4, "strides": 2,
        "padding": "same", "activation": "relu"}
UP = {"name": "up", "type": "Conv2DTranspose", "filters": 1, "kernel_size": 4, "strides": 2,
      "padding": "same"}


def autoencoder(**tables):
    made = config(DOWN, UP, **tables)
    made["model"]["latent"] = "down"
    return made


@pytest.fixture(scope="session")
def conv_run(tmp_path_factory):
    """A model of one convolution, whose output NumPy can compute."""
    return adjoint.train(config(CONVOLUTION), out=tmp_path_factory.mktemp("conv") / "run")


@pytest.fixture(scope="session")
def conv(conv_run):
    return conv_run.model


@pytest.fixture(scope="session")
def coder(tmp_path_factory):
    """An autoencoder with a code of a quarter of the image's height and width."""
    return adjoint.train(autoencoder(), out=tmp_path_factory.mktemp("coder") / "run").model


def convolved(model, image):
    """The output of `conv` for an image (height, width) in [0, 1], by the definition."""
    kernel = model.layer("conv").parameters["kernel"].astype(np.float64)[:, :, 0, 0]
    bias = float(model.layer("conv").parameters["bias"][0])
    padded = np.pad(image.astype(np.float64), 1)
    height, width = image.shape
    return bias + sum(
        kernel[i, j] * padded[i : i + height, j : j + width] for i in range(3) for j in range(3)
    )
