"""Trains a small denoiser and removes noise from an image.

python3 denoise.py [FOLDER]: FOLDER gets the run and two pictures (default: a new temporary folder).
"""

import sys
import tempfile
from pathlib import Path

import adjoint
import numpy as np

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())

# A config is a dict with the keys of a TOML file. This one makes its own images.
relu = {"type": "Conv2D", "kernel_size": 3, "padding": "same", "activation": "relu"}
config = {
    "name": "denoiser",
    "data": {"source": "synthetic", "size": 32, "count": 512},
    "corruption": [{"kind": "gaussian", "sigma": 0.15}],
    "model": {
        "input": [0, 0, 1],  # any height and width, gray
        "layer": [
            {"name": "enc1", "filters": 16, **relu},
            {"name": "enc2", "filters": 16, **relu},
            {"name": "noise", "filters": 1, **relu, "activation": "linear"},
            {"name": "clean", "type": "Add", "inputs": ["input", "noise"]},
        ],
    },
    "optimizer": {"kind": "adam", "learning_rate": 3e-3},
    "training": {"epochs": 6, "batch_size": 16, "samples": 0},
}
run = adjoint.train(config, out=folder / "run", overwrite=True, on_epoch=print)
print(run)

# An image of another size that the model has never seen, and noise.
y, x = np.mgrid[0:100, 0:150]
clean = (0.5 + 0.4 * np.sign(np.sin(x / 9) * np.sin(y / 7))).astype(np.float32)
noise = np.random.default_rng(0).normal(0, 0.15, clean.shape)
noisy = (clean + noise).astype(np.float32)

denoised = run.model.denoise(noisy)  # float32 in, float32 out, of the same shape


def psnr(image: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((image - clean) ** 2)))


print(f"PSNR: noisy {psnr(noisy):.2f} dB, denoised {psnr(denoised):.2f} dB")
adjoint.write_image(folder / "noisy.png", noisy)
adjoint.write_image(folder / "denoised.png", denoised)
print(f"pictures: {folder}")
if psnr(denoised) < psnr(noisy) + 3:
    sys.exit("the model should remove noise")
