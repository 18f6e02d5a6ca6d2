"""A cell of the LIE paper's Table 1 on MNIST: an independent program in numpy, to compare its accuracies with
`hearsay sweep lie-table-1`. It uses the settings of the authors' code and numpy's random numbers.

HEARSAY_DATA=FOLDER python3 test/benchmark/torch/lie_cell.py average:1 trimmed-mean:1 krum:1 bulyan:1
prints for each DEFENCE:SEED the best accuracy of 60 evaluations, the last one, and how often Krum chose a Byzantine
vector.
"""

import gzip
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np
from authors_rules import aggregate

N, M, Z, BATCH, RATE, MOMENTUM, ROUNDS = 51, 12, 1.5, 128, 0.1, 0.9, 300
CUTS = (78400, 78500, 79500)


def read(name, offset):
    with gzip.open(os.path.join(os.environ["HEARSAY_DATA"], "mnist", name)) as file:
        return np.frombuffer(file.read(), np.uint8, offset=offset)


def images(name):
    return (read(name, 16).reshape(-1, 784).astype(np.float32) / 255 - 0.1307) / 0.3081


def layers(w):
    w1, b1, w2, b2 = np.split(w, CUTS)
    return w1.reshape(100, 784), b1, w2.reshape(10, 100), b2


def gradient(w, x, y):
    w1, b1, w2, b2 = layers(w)
    hidden = x @ w1.T + b1
    active = np.maximum(hidden, 0)
    logits = active @ w2.T + b2
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    slope = (p @ w2) * (hidden > 0)
    return np.concatenate([(slope.T @ x).ravel(), slope.sum(0), (p.T @ active).ravel(), p.sum(0)])


def accuracy(w, x, y):
    w1, b1, w2, b2 = layers(w)
    return ((np.maximum(x @ w1.T + b1, 0) @ w2.T + b2).argmax(1) == y).mean()


def run(defence, seed):
    random = np.random.default_rng(seed)
    uniform = lambda bound, count: random.uniform(-bound, bound, count)
    w = np.concatenate([uniform((6 / 884) ** 0.5, 78400), uniform(1 / 28, 100), uniform(0.1, 1010)]).astype(np.float32)
    order = random.permutation(len(train_x))
    shards = [order[i::N] for i in range(N)]
    at, velocity, accuracies, liars = [0] * N, np.zeros_like(w), [], 0
    for turn in range(ROUNDS):
        vectors = np.empty((N, len(w)), np.float32)
        for i, shard in enumerate(shards):
            batch = shard[at[i] : at[i] + BATCH]
            at[i] = 0 if at[i] + BATCH >= len(shard) else at[i] + BATCH
            vectors[i] = gradient(w, train_x[batch], train_y[batch])
        vectors[:M] = vectors[:M].mean(0) - Z * vectors[:M].std(0)
        update, chosen = aggregate(defence, vectors, M)
        liars += chosen is not None and chosen < M
        velocity = MOMENTUM * velocity - RATE * update
        w = w + velocity
        if (turn + 1) % 5 == 0:
            accuracies.append(accuracy(w, test_x, test_y))
    return max(accuracies), accuracies[-1], liars


train_x, train_y = images("train-images-idx3-ubyte.gz"), read("train-labels-idx1-ubyte.gz", 8)
test_x, test_y = images("t10k-images-idx3-ubyte.gz"), read("t10k-labels-idx1-ubyte.gz", 8)
for argument in sys.argv[1:]:
    name, number = argument.split(":")
    best, last, liars = run(name, int(number))
    print(f"{name} seed {number}: best {best:.4f}, last {last:.4f}, Byzantine vectors chosen in {liars} rounds", flush=True)
