"""Checks files of weights with NumPy and h5py, and writes their like.

Usage: check_arrays.py FOLDER: reads weights.npz and weights.h5, writes twice their numbers as
other.npz (packed, in Fortran order, of several types) and other.h5, and prints names and sums.
"""
import json
import os
import sys

import numpy as np

folder = sys.argv[1]
arrays = np.load(os.path.join(folder, "weights.npz"))
names = list(arrays.keys())
twice = {name: np.asfortranarray(2 * arrays[name]) for name in names}
twice[names[1]] = twice[names[1]].astype(np.float64)
twice[names[-1]] = twice[names[-1]].astype(np.float16)
np.savez_compressed(os.path.join(folder, "other.npz"), **twice)
result = {"npz": {name: [list(arrays[name].shape), float(arrays[name].sum())] for name in names}}
try:
    import h5py

    with h5py.File(os.path.join(folder, "weights.h5")) as file:
        result["h5"] = {name: [list(file[name].shape), float(file[name][:].sum())] for name in names}
    with h5py.File(os.path.join(folder, "other.h5"), "w") as file:
        for name in names:
            file[name] = twice[name]
        file["comment"] = "texts are passed over"
except ImportError:
    pass
print(json.dumps(result))
