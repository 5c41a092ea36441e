"""Writes the files of one PyTorch model that Adjoint reads or refuses into a folder.

The model flattens an image channel by channel, as PyTorch does. expected.safetensors holds an input
and the outputs (N, H, W, C) with the weights of each file.
"""
import json
import os
import sys
from collections import OrderedDict

import torch
import torch.nn as nn

folder = sys.argv[1]
torch.manual_seed(0)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 6, 3, stride=2, padding=1)
        self.norm1 = nn.BatchNorm2d(6)
        self.slope1 = nn.PReLU(6)
        self.code = nn.Linear(6 * 4 * 3, 5)
        self.grow = nn.Linear(5, 6 * 4 * 3)
        self.conv2 = nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.conv3 = nn.Conv2d(4, 2, 3, padding=1, bias=False)

    def forward(self, x):
        x = self.slope1(self.norm1(self.conv1(x)))
        x = torch.tanh(self.code(x.flatten(1)))
        x = self.grow(x).view(-1, 6, 4, 3)
        return torch.sigmoid(self.conv3(torch.relu(self.conv2(x))))


model = Autoencoder()
with torch.no_grad():
    for p in model.parameters():
        p.copy_(torch.randn(p.shape) * 0.3)
    model.norm1.running_mean.copy_(torch.randn(6) * 0.2)
    model.norm1.running_var.copy_(torch.rand(6) + 0.5)
model.eval()
weights = model.state_dict()
x = torch.rand(3, 2, 8, 6)
outputs = {"input": x.permute(0, 2, 3, 1)}


def save(name, content, state=None, **options):
    torch.save(content, os.path.join(folder, name), **options)
    other = Autoencoder().eval()
    other.load_state_dict({k: v.float() for k, v in (state or weights).items()})
    with torch.no_grad():
        outputs[name] = other(x).permute(0, 2, 3, 1)


def mapped(function):
    return OrderedDict((k, function(v)) for k, v in weights.items())


def noncontiguous(v):
    if v.dim() == 4:
        return v.contiguous(memory_format=torch.channels_last)
    if v.dim() == 2:
        return v.t().contiguous().t()
    return torch.stack([v, v + 1], -1)[..., 0]


floating = [v for v in weights.values() if v.is_floating_point()]
buffer = torch.cat([torch.zeros(7)] + [v.flatten() for v in floating])
views, begin = OrderedDict(), 7
for k, v in weights.items():
    views[k] = v
    if v.is_floating_point():
        views[k] = buffer[begin:begin + v.numel()].view(v.shape)
        begin += v.numel()

save("plain.pt", weights)
save("half.pt", mapped(lambda v: v.half()), mapped(lambda v: v.half()))
save("bfloat16.pt", mapped(lambda v: v.bfloat16()), mapped(lambda v: v.bfloat16()))
save("double.pt", mapped(lambda v: v.double()))
save("noncontiguous.pt", mapped(noncontiguous))
save("shared.pt", views)
save("parameters.pt", {**dict(model.named_parameters()), **dict(model.named_buffers())})
save("prefixed.pt", OrderedDict(("module.model." + k, v) for k, v in weights.items()))
save("protocol4.pt", weights, pickle_protocol=4)
optimizer = torch.optim.Adam(model.parameters())
model(x).mean().backward()
optimizer.step()
with torch.no_grad():
    model.load_state_dict(torch.load(os.path.join(folder, "plain.pt")))
save("checkpoint.pt", {"epoch": 3, "loss": 0.25, "best": None, "names": ["a", 2], "resumed": True,
                       "optimizer_state_dict": optimizer.state_dict(), "seed": 1 << 40,
                       "model_state_dict": weights})
save("lightning.ckpt", {"state_dict": OrderedDict(("net." + k, v) for k, v in weights.items())})
save("model.pth", {"model": weights, "step": -5})

# What is refused.
torch.save(weights, os.path.join(folder, "legacy.pt"), _use_new_zipfile_serialization=False)
torch.save(model, os.path.join(folder, "whole.pt"))
torch.save(x, os.path.join(folder, "tensor.pt"))
torch.save({"weights": 3}, os.path.join(folder, "empty.pt"))
torch.jit.trace(model, x).save(os.path.join(folder, "script.pt"))

header, data = {}, b""
for name, value in outputs.items():
    raw = value.contiguous().numpy().tobytes()
    header[name] = {"dtype": "F32", "shape": list(value.shape),
                    "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
with open(os.path.join(folder, "expected.safetensors"), "wb") as file:
    file.write(len(text).to_bytes(8, "little") + text + data)
