"""Writes cnn.json: loss and gradient of the LIE paper's CIFAR-10 network, by PyTorch's own layers in 64-bit floats.

A formula gives images and parameters. Run with Debian's python3-torch.
"""

import json
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SHAPES = [(3, 3, 3, 16), (4, 4, 16, 64), (64, 384), (384, 192), (192, 10)]
COUNT, EVERY = 6, 499


def noise(count):
    """Integers from 0 to 65536, the same as in test/learning/engines/cnn-torch.test.ts."""
    return np.arange(count) * 48271 % 65537


images = torch.tensor((noise(COUNT * 3072) % 256).reshape(COUNT, 32, 32, 3) / 127.5 - 1).permute(0, 3, 1, 2)
labels = torch.arange(COUNT) * 3 % 10
network = nn.Sequential(
    *(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(3), nn.Conv2d(16, 64, 4), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten()),
    *(nn.Linear(64, 384), nn.ReLU(), nn.Linear(384, 192), nn.ReLU(), nn.Linear(192, 10)),
).double()
# Each layer's weights as inputs x outputs, a convolution's as height x width x inputs x outputs; then its bias.
flat, start = torch.tensor((noise(117706) - 32768) / 2**18), 0
layers = [layer for layer in network if hasattr(layer, "weight")]
for layer, shape in zip(layers, SHAPES):
    end = start + layer.weight.numel()
    weights = flat[start:end].reshape(shape)
    layer.weight.data = weights.permute(3, 2, 0, 1) if len(shape) == 4 else weights.T
    start = end + shape[-1]
    layer.bias.data = flat[end:start]
loss = F.cross_entropy(network(images), labels)
loss.backward()
parts = []
for layer in layers:
    slopes = layer.weight.grad
    parts += [(slopes.permute(2, 3, 1, 0) if slopes.dim() == 4 else slopes.T).flatten(), layer.bias.grad]
gradient = torch.cat(parts)
document = {
    "loss": loss.item(),
    "norm": gradient.norm().item(),
    "every": EVERY,
    "gradient": [float(f"{value:.9g}") for value in gradient[::EVERY].tolist()],
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cnn.json"), "w") as file:
    json.dump(document, file, indent=2)
    file.write("\n")
