"""The resnet20 of learning/models in torch, for test/benchmark/resnet20.ts: JSON questions on stdin, answers on stdout."""
import base64
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
asked = json.load(sys.stdin)


def numbers(text, kind):
    return np.frombuffer(base64.b64decode(text), kind).copy()


def part(name):
    images = torch.tensor(numbers(asked[name]["images"], np.uint8)).reshape(-1, 1, 28, 28).float() / 255
    return (images - asked["mean"]) / asked["deviation"], torch.tensor(numbers(asked[name]["labels"], np.uint8)).long()


class Block(nn.Module):
    def __init__(self, ins, outs, norm):
        super().__init__()
        self.stride, self.wider = (1, 0) if ins == outs else (2, outs - ins)
        self.first = nn.Sequential(nn.Conv2d(ins, outs, 3, self.stride, 1, bias=False), norm(outs), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(outs, outs, 3, 1, 1, bias=False), norm(outs))

    def forward(self, x):
        shortcut = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.wider))
        return F.relu(self.second(self.first(x)) + shortcut)


def network(norm):
    blocks, ins = [], 16
    for outs in (16, 32, 64):
        for _ in range(3):
            blocks.append(Block(ins, outs, norm))
            ins = outs
    stem = (nn.Conv2d(1, 16, 3, 1, 1, bias=False), norm(16), nn.ReLU())
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def tensors(model, of):
    """The parameters of each layer, in the order and layout of our flat vector."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            yield of(layer.weight).permute(2, 3, 1, 0)
        elif isinstance(layer, nn.Linear):
            yield of(layer.weight).t()
            yield of(layer.bias)
        elif isinstance(layer, (nn.GroupNorm, nn.BatchNorm2d)):
            yield of(layer.weight)
            yield of(layer.bias)


def started(norm):
    model, at, flat = network(norm), 0, torch.tensor(numbers(asked["start"], np.float32))
    for view in tensors(model, lambda parameter: parameter.data):
        view.copy_(flat[at : at + view.numel()].reshape(view.shape))
        at += view.numel()
    assert at == len(flat)
    return model


def loss_of(model, chosen):
    return F.cross_entropy(model(images[chosen]), labels[chosen])


def run(norm, rate):
    model, losses = started(norm), []
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum=0.9)
    for chosen in asked["batches"]:
        optimizer.zero_grad()
        loss = loss_of(model, chosen)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(tests.split(200), wanted.split(200)))
    return {"losses": losses, "accuracy": right / len(wanted)}


(images, labels), (tests, wanted) = part("train"), part("test")
group, batch = (lambda channels: nn.GroupNorm(channels // 8, channels)), nn.BatchNorm2d
model = started(group)
loss_of(model, asked["batches"][0]).backward()
theirs = torch.cat([view.reshape(-1) for view in tensors(model, lambda parameter: parameter.grad)]).numpy()
ours = numbers(asked["gradient"], np.float32)
runs = {name: [run(norm, rate) for rate in asked["rates"]] for name, norm in (("group", group), ("batch", batch))}
print(json.dumps({"gradient": float(np.abs(theirs - ours).max() / np.abs(theirs).max()), "runs": runs}))
