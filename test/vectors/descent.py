"""Writes descent.json: softmax regression trained by PyTorch's own SGD, clipping and schedules.

Run with Debian's python3-torch.
"""

import json
import os

import numpy as np
import torch

rng = np.random.default_rng(5)
images = rng.integers(0, 256, size=(12, 4))
labels = rng.integers(0, 3, size=12)
# Exact in 32-bit floats.
weights = np.round(rng.normal(size=(4, 3)) * 256) / 256
bias = np.round(rng.normal(size=3) * 256) / 256
batches = [rng.permutation(12)[:4].tolist() for _ in range(9)]


def run(learning_rate, momentum, weight_decay, clip, schedule):
    w = torch.tensor(weights, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(bias, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([w, b], lr=learning_rate, momentum=momentum, weight_decay=weight_decay)
    if schedule["name"] == "step":
        scheduler = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones=schedule["at"], gamma=schedule["factor"])
    elif schedule["name"] == "fading":
        rate = schedule["rate"]
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda t: rate / (t + rate))
    else:
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda _: 1)
    rates, trajectory = [], []
    for batch in batches:
        rates.append(optimiser.param_groups[0]["lr"])
        x = torch.tensor(images[batch] / 255, dtype=torch.float64)
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(x @ w + b, torch.tensor(labels[batch])).backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([w, b], clip)
        optimiser.step()
        scheduler.step()
        trajectory.append(torch.cat([w.flatten(), b]).tolist())
    return {"rates": rates, "parameters": trajectory}


cases = []
for learning_rate, momentum, weight_decay, clip, schedule in [
    (0.5, 0.0, 0.0, None, {"name": "constant"}),
    (0.5, 0.9, 0.05, None, {"name": "constant"}),
    (0.5, 0.5, 0.0, 0.2, {"name": "constant"}),
    (0.5, 0.9, 0.01, 0.25, {"name": "step", "at": [3, 3, 6], "factor": 0.5}),
    (0.5, 0.9, 0.01, None, {"name": "fading", "rate": 4}),
]:
    settings = {
        "learningRate": learning_rate,
        "beta": momentum,
        "weightDecay": weight_decay,
        **({} if clip is None else {"gradientClip": clip}),
        "schedule": schedule,
    }
    cases.append({"settings": settings, **run(learning_rate, momentum, weight_decay, clip, schedule)})

document = {
    "meta": {"tool": "PyTorch, float64, torch.optim.SGD and clip_grad_norm_", "version": torch.__version__, "made by": "descent.py"},
    "images": images.tolist(),
    "labels": labels.tolist(),
    "start": np.concatenate([weights.flatten(), bias]).tolist(),
    "batches": batches,
    "cases": cases,
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "descent.json")
with open(path, "w") as file:
    json.dump(document, file, indent=1)
    file.write("\n")
