"""Convolutional autoencoders: load trained models, run them on NumPy arrays, train new ones.

    import adjoint

    model = adjoint.load("runs/quickstart/best.h5")
    clean = model.denoise(noisy)          # (H, W), (H, W, C) or (N, H, W, C)

docs/python.md is the manual.
"""

from ._adjoint import (
    Calibration,
    Detection,
    Epoch,
    Error,
    InputError,
    Layer,
    Model,
    Run,
    RunError,
    __version__,
    inspect,
    load,
    read_image,
    train,
    write_image,
)

__all__ = [
    "Calibration",
    "Detection",
    "Epoch",
    "Error",
    "InputError",
    "Layer",
    "Model",
    "Run",
    "RunError",
    "__version__",
    "inspect",
    "load",
    "read_image",
    "train",
    "write_image",
]
