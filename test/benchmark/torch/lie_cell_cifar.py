"""A cell of the LIE paper's Table 1 on CIFAR-10: an independent program in torch, to compare with `hearsay sweep
lie-table-1`. It uses network, settings and evaluation of the authors' code, torch's random numbers and one thread.

HEARSAY_DATA=FOLDER python3 test/benchmark/torch/lie_cell_cifar.py none:1 average:1 trimmed-mean:1 krum:1 bulyan:1
prints for each DEFENCE:SEED the accuracy at each evaluation, then the best one, the last one, and how often Krum chose
a Byzantine vector. Settings after a second colon change that cell, as in average:1:z=1.
"""

import gzip
import os
import sys

import numpy as np
import torch
from authors_rules import aggregate
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)

SETTINGS = {"n": 51, "m": 12, "z": 1.5, "batch": 128, "rate": 0.1, "momentum": 0.9, "rounds": 300, "every": 5}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 16, 3), nn.Conv2d(16, 64, 4)
        self.fc1, self.fc2, self.fc3 = nn.Linear(64, 384), nn.Linear(384, 192), nn.Linear(192, 10)
        nn.init.xavier_uniform_(self.conv1.weight)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 3)
        x = F.max_pool2d(F.relu(self.conv2(x)), 4).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def read(names):
    folder = os.path.join(os.environ["HEARSAY_DATA"], "cifar10")
    raw = b"".join(gzip.open(os.path.join(folder, f"{name}.bin.gz")).read() for name in names)
    rows = np.frombuffer(raw, np.uint8).reshape(-1, 3073)
    images = (rows[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255 - 0.5) / 0.5
    return torch.from_numpy(images).contiguous(memory_format=torch.channels_last), torch.from_numpy(rows[:, 0].astype(np.int64))


def flat(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def put(net, w):
    offset = 0
    for parameter in net.parameters():
        parameter.data = w[offset : offset + parameter.numel()].view_as(parameter)
        offset += parameter.numel()


def gradient(net, x, y):
    return flat(torch.autograd.grad(F.cross_entropy(net(x), y), list(net.parameters())))


def accuracy(net, x, y):
    with torch.no_grad():
        right = sum(int((net(a).argmax(1) == b).sum()) for a, b in zip(x.split(500), y.split(500)))
    return right / len(y)


def run(label, defence, seed, s):
    torch.manual_seed(seed)
    net = Net()
    w = flat(net.parameters())
    order = torch.randperm(len(train_x))
    padded = torch.cat([order, order[: -len(order) % s["n"]]])
    shards = [padded[i :: s["n"]] for i in range(s["n"])]
    at, velocity, best, last, liars = [0] * s["n"], torch.zeros_like(w), 0, 0, 0
    vectors = np.empty((s["n"], len(w)), np.float32)
    for turn in range(s["rounds"]):
        put(net, w)
        for i, shard in enumerate(shards):
            batch = shard[at[i] : at[i] + s["batch"]]
            at[i] = 0 if at[i] + s["batch"] >= len(shard) else at[i] + s["batch"]
            x = train_x[batch].contiguous(memory_format=torch.channels_last)
            vectors[i] = gradient(net, x, train_y[batch]).numpy()
        if defence != "none":
            liar = vectors[: s["m"]]
            vectors[: s["m"]] = liar.mean(0) - s["z"] * liar.std(0)
        update, chosen = aggregate(defence, vectors, s["m"])
        liars += chosen is not None and chosen < s["m"]
        velocity = s["momentum"] * velocity - s["rate"] * torch.from_numpy(update)
        w = w + velocity
        if (turn + 1) % s["every"] == 0 or turn + 1 == s["rounds"]:
            put(net, w)
            last = accuracy(net, test_x, test_y)
            best = max(best, last)
            print(f"{label} round {turn + 1}: {last:.4f}", flush=True)
    print(f"{label}: best {best:.4f}, last {last:.4f}, Byzantine vectors chosen in {liars} rounds", flush=True)


if __name__ == "__main__":
    train_x, train_y = read([f"data_batch_{i}" for i in range(1, 6)])
    test_x, test_y = read(["test_batch"])
    for argument in sys.argv[1:]:
        name, number, *changes = argument.split(":")
        changed = dict(change.split("=") for change in changes[0].split(",")) if changes else {}
        run(argument, name, int(number), SETTINGS | {key: type(SETTINGS[key])(value) for key, value in changed.items()})
