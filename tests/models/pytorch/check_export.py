"""Runs exported models in PyTorch and prints how far they are from what Adjoint computed.

Usage: check_export.py FOLDER... ; each holds model.py, model.safetensors and expected.safetensors
(input, output, gradient/NAME of the mean of the squared outputs in training, if any). Prints one
JSON object: folder -> {"forward": largest difference, "gradients": {name: largest difference}}.
"""
import importlib.util
import json
import os
import sys

import torch

torch.manual_seed(0)
torch.set_num_threads(1)


def channels_first(x):
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


def difference(a, b):
    if a.shape != b.shape:
        return "shape %s, expected %s" % (tuple(a.shape), tuple(b.shape))
    return float((a - b).abs().max()) if a.numel() else 0.0


def relative(a, b):
    """The difference as a share of the largest number: the loss is a mean, gradients are small."""
    d = difference(a, b)
    return d if isinstance(d, str) else d / max(float(b.abs().max()), 1e-2)


def check(folder):
    spec = importlib.util.spec_from_file_location("model", os.path.join(folder, "model.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load()
    stored = module.read_safetensors(os.path.join(folder, "model.safetensors"))
    result = {"names": set(stored) == set(model.state_dict())}
    expected = module.read_safetensors(os.path.join(folder, "expected.safetensors"))
    with torch.no_grad():
        output = model(channels_first(expected["input"]))
    result["forward"] = difference(output, channels_first(expected["output"]))
    result["gradients"] = {}
    names = [name for name in expected if name.startswith("gradient/")]
    if names:
        model.train()
        (model(channels_first(expected["input"])) ** 2).mean().backward()
        gradients = {name: p.grad for name, p in model.named_parameters() if p.requires_grad}
        for name in names:
            got = gradients.pop(name[len("gradient/"):], None)
            result["gradients"][name] = ("none" if got is None
                                         else relative(got, expected[name]))
        for name in gradients:
            result["gradients"][name] = "not expected"
    return result


results = {}
for folder in sys.argv[1:]:
    try:
        results[folder] = check(folder)
    except Exception as error:  # the test shows it
        results[folder] = {"error": repr(error)}
print(json.dumps(results))
