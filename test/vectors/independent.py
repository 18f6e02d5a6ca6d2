"""Writes independent.json: requests of `hearsay aggregate` and the answers of a second implementation of its rules.

Written from the papers' definitions in numpy float64, with direct search and direct sums instead of Hearsay's shortcuts.
Run: python3 test/vectors/independent.py > test/vectors/independent.json
"""
import itertools
import json
import sys

import numpy as np

norm = np.linalg.norm


def nearest(distances, count, own=None):
    order = sorted(range(len(distances)), key=lambda i: (-1 if i == own else distances[i], i))
    return sorted(order[:count])


def around_median(x, keep):
    out = []
    for column in x.T:
        distances = np.abs(column - np.median(column))
        out.append(column[sorted(range(len(column)), key=lambda i: (distances[i], i))[:keep]].mean())
    return np.array(out)


def krum_scores(x, f):
    n = len(x)
    return [sum(sorted(norm(x[i] - x[j]) ** 2 for j in range(n) if j != i)[: n - f - 2]) for i in range(n)]


def bulyan(x, f):
    rest, chosen = list(range(len(x))), []
    while len(chosen) < len(x) - 2 * f:
        count = max(1, len(rest) - f - 2)
        scores = [sum(sorted(norm(x[i] - x[j]) ** 2 for j in rest if j != i)[:count]) for i in rest]
        chosen.append(rest.pop(int(np.argmin(scores))))
    return around_median(x[sorted(chosen)], len(x) - 4 * f)


def weiszfeld(x, nu, steps, z):
    for _ in range(steps):
        pull = 1 / np.maximum(nu, norm(x - z, axis=1))
        z = (pull[:, None] * x).sum(0) / pull.sum()
    return z


def subset(x, f, cost):
    best = min(itertools.combinations(range(len(x)), len(x) - f), key=lambda s: (cost(x[list(s)]), s))
    return x[list(best)].mean(0)


def diameter(y):
    return max((norm(a - b) for a in y for b in y), default=0)


def top_eigenvalue(y):
    return np.linalg.eigvalsh(np.cov(y.T, bias=True)).max()


def caf(x, f):
    c, best, least = np.ones(len(x)), None, np.inf
    while c.sum() > len(x) - 2 * f:
        mu = (c[:, None] * x).sum(0) / c.sum()
        y = x - mu
        values, vectors = np.linalg.eigh((c[:, None] * y).T @ y / c.sum())
        if values[-1] < least:
            least, best = values[-1], mu
        parts = (y @ vectors[:, -1]) ** 2
        c = np.where(c > 0, c * (1 - parts / parts[c > 0].max()), 0)
    return best


def dnc(x, f, filter=1):
    y = x - x.mean(0)
    scores = (y @ np.linalg.svd(y)[2][0]) ** 2
    return x[nearest(scores, len(x) - int(filter * f))].mean(0)


def scissor(x, f, w, own=None):
    rest = list(range(len(x)))
    for _ in range(f):
        mu = (w[rest][:, None] * x[rest]).sum(0) / w[rest].sum()
        rest.remove(max((i for i in rest if i != own), key=lambda i: norm(x[i] - mu)))
    return (w[rest][:, None] * x[rest]).sum(0) / w[rest].sum()


def gossip(x, own, w, tau):
    d = norm(x - x[own], axis=1)
    return x[own] + sum(w[j] * (x[j] - x[own]) * min(1, tau / d[j]) for j in range(len(x)) if j != own)


def by_weight(x, own, w, most):
    d, kept, total = norm(x - x[own], axis=1), [], 0
    for i in sorted(range(len(x)), key=lambda i: -1 if i == own else d[i]):
        total += w[i]
        if total > most + 1e-9:
            break
        kept.append(i)
    return d, kept


def byzantine_weight(w, own, f):
    return sum(sorted(np.delete(w, own))[::-1][:f])


def mixed(x, own, kept, alpha):
    return alpha * x[own] + (1 - alpha) * x[kept].mean(0)


def answers(x, f, own, w, losses):
    n, d = x.shape
    mean, b, others = x.mean(0), byzantine_weight(w, own, f), [i for i in range(n) if i != own]
    to_own = norm(x - x[own], axis=1)
    norms = norm(x, axis=1)
    rule = lambda name, out, **p: ({"rule": {"name": name, **p}}, out)
    yield rule("average", (w[:, None] * x).sum(0))
    yield rule("median", np.median(x, axis=0))
    yield rule("trimmed-mean", np.sort(x, axis=0)[f : n - f].mean(0), f=f)
    yield rule("trimmed-mean", around_median(x, n - 2 * f), f=f, variant="around-median")
    yield rule("mean-around-median", around_median(x, n - f), f=f)
    yield rule("krum", x[int(np.argmin(krum_scores(x, f)))], f=f)
    yield rule("multi-krum", x[nearest(krum_scores(x, f), n - f)].mean(0), f=f)
    if n >= 4 * f + 3:
        yield rule("bulyan", bulyan(x, f), f=f)
    yield rule("geometric-median", weiszfeld(x, 1e-6, 3, mean))
    yield rule("geometric-median", weiszfeld(x, 0.1, 50, mean), nu=0.1, iterations=50)
    yield rule("mda", subset(x, f, diameter), f=f)
    yield rule("smea", subset(x, f, top_eigenvalue), f=f)
    yield rule("monna", x[nearest(to_own, n - f, own)].mean(0), f=f)
    yield rule("caf", caf(x, f), f=f)
    yield rule("cge", x[nearest(norms, n - f)].mean(0), f=f)
    yield rule("dnc", dnc(x, f), f=f)
    yield rule("dnc", dnc(x, f, 0.5), f=f, filter=0.5)
    yield rule("faba", scissor(x, f, np.ones(n)), f=f)
    yield rule("ios", scissor(x, f, w, own), f=f)
    yield rule("clipped-gossip", gossip(x, own, w, 0.7), radius=0.7)
    distances, kept = by_weight(x, own, w, 1 - b)
    yield rule("clipped-gossip", gossip(x, own, w, np.sqrt((w[kept] * distances[kept] ** 2).sum() / b)), f=f)
    yield rule("gts", x[own] + sum(w[j] * (x[j] - x[own]) for j in kept), f=f)
    distances, kept = by_weight(x, own, w, 1 - 2 * b)
    yield rule("cs-plus", gossip(x, own, w, distances[kept].max(initial=0)) if kept else x[own], f=f)
    within = [i for i in others if to_own[i] <= 0.9 * np.exp(-0.3) * norms[own]]
    within = within or [min(others, key=lambda i: to_own[i])]
    yield rule("balance", mixed(x, own, within, 0.25), gamma=0.9, alpha=0.25)
    near = sorted(others, key=lambda i: to_own[i])[: max(1, int(0.7 * (n - 1)))]
    low = [i for i in near if losses[i] <= losses[own]] or [min(near, key=lambda i: losses[i])]
    yield rule("ubar", mixed(x, own, low, 0.5), rho=0.7)
    trimmed = np.sort(x[others], axis=0)[f : n - 1 - f]
    yield rule("bridge", np.vstack([trimmed, x[own]]).mean(0), f=f)
    order = list(range(n))[::-1]
    buckets = [x[order[i : i + 2]].mean(0) for i in range(0, n, 2)]
    yield {"rule": None, "before": [{"name": "bucketing", "size": 2, "permutation": order}]}, buckets
    radius = np.sort(norms)[n - 2 * f * (n - f) // n - 1]
    arc = x * np.minimum(1, radius / norms)[:, None]
    yield {"rule": None, "before": [{"name": "arc", "f": f}]}, arc
    nnm = np.array([arc[nearest(norm(arc - y, axis=1), n - f, i)].mean(0) for i, y in enumerate(arc)])
    before = [{"name": "arc", "f": f}, {"name": "nnm", "f": f}]
    yield {"rule": {"name": "median"}, "before": before}, np.median(nnm, axis=0)


random = np.random.default_rng(1)
entries = []
for n, d, f in [(5, 2, 1), (7, 3, 1), (9, 6, 2), (12, 5, 2), (11, 4, 3)]:
    x = random.normal(1, 1, (n, d))
    x[-f:] = x[:-f].mean(0) - 1.5 * x[:-f].std(0) + random.normal(0, 0.01, (f, d))
    x = x.astype(np.float32).astype(float)
    w = random.integers(1, 6, n) / 1.0
    w /= w.sum()
    losses = random.normal(2, 1, n).round(3)
    own = int(random.integers(n - f))
    given = {"inputs": x.tolist(), "own": own, "weights": w.tolist(), "losses": losses.tolist(), "round": 3, "rounds": 10}
    for request, output in answers(x, f, own, w, losses):
        entries.append({"request": {**request, **given}, "output": np.array(output).tolist()})

meta = {"made by": "test/vectors/independent.py", "numpy": np.__version__, "python": sys.version.split()[0]}
lines = ",\n  ".join(json.dumps(entry) for entry in entries)
print(f'{{\n "meta": {json.dumps(meta)},\n "entries": [\n  {lines}\n ]\n}}')
