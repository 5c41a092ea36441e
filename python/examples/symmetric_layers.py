"""Do the layers that mirror each other learn the same weights? Looks at their kernels as arrays.

python3 symmetric_layers.py [FOLDER]: FOLDER gets the run (default: a new temporary folder).
"""

import sys
import tempfile
from pathlib import Path

import adjoint
import numpy as np

half = {"kernel_size": 4, "strides": 2, "padding": "same"}
config = {
    "name": "symmetric",
    "data": {"source": "synthetic", "size": 32, "count": 512},
    "model": {
        "input": [0, 0, 1],
        "latent": "enc2",
        "layer": [
            {"name": "enc1", "type": "Conv2D", "filters": 8, "activation": "relu", **half},
            {"name": "enc2", "type": "Conv2D", "filters": 16, "activation": "relu", **half},
            {"name": "dec2", "type": "Conv2DTranspose", "filters": 8, "activation": "relu", **half},
            {"name": "dec1", "type": "Conv2DTranspose", "filters": 1, **half},
        ],
    },
    "optimizer": {"kind": "adam", "learning_rate": 5e-3},
    "training": {"epochs": 8, "batch_size": 16, "samples": 0},
}
folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
model = adjoint.train(config, out=folder / "run", overwrite=True, on_epoch=print).model

for layer in model.layers:
    print(layer, {name: weights.shape for name, weights in layer.parameters.items()})

for pair in model.symmetric_pairs:
    print(f"\n{pair['convolution']} and {pair['transpose']}")
    if pair["tied"]:
        print("  share one kernel")
        continue
    if pair["after"] is None:
        print("  cannot be compared: they differ in", pair["shapes_differ_in"])
        continue
    after, chance = pair["after"], pair["by_chance"]
    print(f"  cosine {after['cosine']:.3f} (by chance 0)")
    print(f"  under the best rotation of the features {after['cosine_of_rotation']:.3f}", end="")
    print(f" (by chance {chance['cosine_of_rotation']:.3f})")

    # The same cosine by hand: Keras's layout puts both kernels in one shape.
    a, b = model.layer(pair["convolution"]).kernel, model.layer(pair["transpose"]).kernel
    assert a is not None and b is not None
    cosine = np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b))
    if abs(cosine - after["cosine"]) > 1e-4:
        sys.exit(f"the cosine of the arrays is {cosine}")
