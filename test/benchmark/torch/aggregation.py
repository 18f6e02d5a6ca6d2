"""Times robust rules in torch and numpy, on one thread, for ../aggregation.ts.

Reads JSON lines. {"n": .., "d": .., "f": ..} creates the input and answers with the names of the methods.
{"run": "torch median"} runs one method once and answers {"ms": ..}.
Distances use the fastest form in torch: the Gram matrix, |x|^2 + |y|^2 - 2xy.
"""
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy
import torch

torch.set_num_threads(1)
torch.set_grad_enabled(False)


def gram(x):
    squares = (x * x).sum(1)
    distances = squares[:, None] + squares[None, :] - 2 * (x @ x.T)
    return distances.clamp_(min=0).fill_diagonal_(0)


def krum_scores(distances, f):
    n = distances.shape[0]
    return distances.sort(1).values[:, 1 : n - f - 1].sum(1)


def torch_trimmed(x, f):
    return x.sort(0).values[f : x.shape[0] - f].mean(0)


def torch_around(x, keep):
    nearest = (x - x.median(0).values).abs().topk(keep, dim=0, largest=False).indices
    return x.gather(0, nearest).mean(0)


def torch_bulyan(x, f):
    n = x.shape[0]
    theta = n - 2 * f
    distances = gram(x).numpy()
    alive = list(range(n))
    chosen = []
    while len(chosen) < theta:
        rows = numpy.sort(distances[numpy.ix_(alive, alive)], axis=1)
        count = max(1, len(alive) - f - 2)
        chosen.append(alive.pop(int(rows[:, 1 : count + 1].sum(1).argmin())))
    return torch_around(x[sorted(chosen)], theta - 2 * f)


def torch_nnm(x, f):
    n = x.shape[0]
    nearest = gram(x).topk(n - f, dim=1, largest=False).indices
    mixing = torch.zeros(n, n).scatter_(1, nearest, 1.0 / (n - f))
    return mixing @ x


def torch_geometric_median(x, steps=3, nu=1e-6):
    n = x.shape[0]
    distances = gram(x).double()
    shares = torch.full((n,), 1.0 / n, dtype=torch.float64)
    for _ in range(steps):
        to = distances @ shares
        to = (to - shares @ to / 2).clamp(min=0).sqrt().clamp(min=nu)
        shares = (1 / to) / (1 / to).sum()
    return shares.float() @ x


def numpy_partition_trimmed(x, f):
    n = x.shape[0]
    return numpy.partition(x, (f, n - f - 1), axis=0)[f : n - f].mean(0)


def numpy_around(x, keep):
    distances = numpy.abs(x - numpy.median(x, axis=0))
    return numpy.take_along_axis(x, numpy.argpartition(distances, keep - 1, axis=0)[:keep], 0).mean(0)


def numpy_around_sorted(x, keep):
    """Sorted columns: the window of `keep` values with the lowest ends nearest the median."""
    n = x.shape[0]
    ranked = numpy.sort(x, axis=0)
    middle = ranked[n // 2]
    start = (middle - ranked[: n - keep] > ranked[keep:] - middle).sum(0)
    sums = numpy.cumsum(numpy.concatenate([numpy.zeros_like(ranked[:1]), ranked]), axis=0)
    columns = numpy.arange(x.shape[1])
    return (sums[start + keep, columns] - sums[start, columns]) / keep


def methods(n, d, f):
    array = numpy.random.default_rng(1).random((n, d), dtype=numpy.float32) - 0.5
    x = torch.from_numpy(array)
    return {
        "torch average": lambda: x.mean(0),
        "torch median": lambda: x.median(0).values,
        "torch trimmed-mean": lambda: torch_trimmed(x, f),
        "torch mean-around-median": lambda: torch_around(x, n - f),
        "torch krum": lambda: x[krum_scores(gram(x), f).argmin()].clone(),
        "torch multi-krum": lambda: x[krum_scores(gram(x), f).topk(n - f, largest=False).indices].mean(0),
        "torch bulyan": lambda: torch_bulyan(x, f),
        "torch nnm (before)": lambda: torch_nnm(x, f),
        "torch geometric-median": lambda: torch_geometric_median(x),
        "numpy average": lambda: array.mean(0),
        "numpy median": lambda: numpy.median(array, axis=0),
        "numpy median, by sort": lambda: numpy.sort(array, axis=0)[n // 2],
        "numpy trimmed-mean": lambda: numpy_partition_trimmed(array, f),
        "numpy trimmed-mean, by sort": lambda: numpy.sort(array, axis=0)[f : n - f].mean(0),
        "numpy mean-around-median": lambda: numpy_around(array, n - f),
        "numpy mean-around-median, by sort": lambda: numpy_around_sorted(array, n - f),
    }


known = {}
for line in sys.stdin:
    request = json.loads(line)
    if "run" in request:
        start = time.perf_counter()
        known[request["run"]]()
        answer = {"ms": (time.perf_counter() - start) * 1000}
    else:
        known = methods(request["n"], request["d"], request["f"])
        answer = {"methods": list(known), "torch": torch.__version__, "numpy": numpy.__version__}
    print(json.dumps(answer), flush=True)
