"""Trains a model on surfaces without defects, and finds the scratches on others.

python3 detect.py [FOLDER]: FOLDER gets the run (default: a new temporary folder).
"""

import sys
import tempfile
from pathlib import Path

import adjoint
import numpy as np

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
random = np.random.default_rng(0)


def surfaces(count: int) -> np.ndarray:
    """Striped surfaces, (count, 32, 32, 1) in [0, 1]."""
    y, x = np.mgrid[0:32, 0:32]
    phase, angle = random.uniform(0, np.pi, (2, count, 1, 1))
    stripes = 0.5 + 0.3 * np.sin((np.cos(angle) * x + np.sin(angle) * y) * 0.7 + phase)
    grain = random.normal(0, 0.02, stripes.shape)
    return (stripes + grain).astype(np.float32)[..., None]


np.save(folder / "good.npy", surfaces(400))  # training reads images from files
half = {"kernel_size": 4, "strides": 2, "padding": "same"}
config = {
    "name": "surfaces",
    "data": {"source": "npy", "path": folder / "good.npy", "validation": 0.25},
    "model": {
        "input": [0, 0, 1],
        "latent": "code",
        "layer": [
            {"name": "down", "type": "Conv2D", "filters": 16, "activation": "relu", **half},
            {"name": "code", "type": "Conv2D", "filters": 4, **half},
            {"name": "up2", "type": "Conv2DTranspose", "filters": 16, "activation": "relu", **half},
            {"name": "up1", "type": "Conv2DTranspose", "filters": 1, "activation": "sigmoid", **half},
        ],
    },
    "optimizer": {"kind": "adam", "learning_rate": 5e-3},
    "training": {"epochs": 10, "batch_size": 16, "samples": 0},
    "detection": {"score": "max", "smoothing": 1.0, "false_alarms": 0.05},
}
run = adjoint.train(config, out=folder / "run", overwrite=True, on_epoch=print)

# Every other image gets a scratch.
images = surfaces(40)
images[::2, 10:13, 8:20] = 0.95
defective = np.arange(40) % 2 == 0

# The threshold comes from the images that training held out: at most 5 % of good ones are flagged.
found = run.model.detect(images)
print(found)
print(f"flagged: {found.flags[defective].mean():.0%} of the defective images,", end=" ")
print(f"{found.flags[~defective].mean():.0%} of the good ones")

# The error map shows where: its largest value lies on the scratch.
row, column = np.unravel_index(found.error_maps[0].argmax(), found.error_maps[0].shape)
print(f"image 0: the worst pixel is in row {row}, column {column}")
if found.flags[defective].mean() < 0.8 or found.flags[~defective].mean() > 0.25:
    sys.exit("the scratches should be found")
if not (9 <= row <= 13 and 7 <= column <= 20):
    sys.exit("the worst pixel should lie on the scratch")
