"""The rules of the authors' code (Baruch et al. 2019) over an n x d matrix of vectors, m of them Byzantine."""

import numpy as np


def around_median(vectors, keep):
    """Mean of the values nearest the median: in sorted order, drop the farther end until `keep` are left."""
    ordered = np.sort(np.ascontiguousarray(vectors.T), 1)
    columns, count = np.arange(len(ordered)), ordered.shape[1]
    median = np.median(ordered, 1)
    low, high = np.zeros(len(ordered), int), np.full(len(ordered), count - 1)
    for _ in range(count - keep):
        below = median - ordered[columns, low] > ordered[columns, high] - median
        low, high = low + below, high - ~below
    window = low[:, None] + np.arange(keep)
    return np.take_along_axis(ordered, window, 1).mean(1)


def distances(vectors):
    wide = vectors.astype(np.float64)
    squares = (wide * wide).sum(1)
    return np.sqrt(np.maximum(0, squares[:, None] + squares[None] - 2 * wide @ wide.T))


def krum(distance, candidates, neighbours):
    """Unsquared distances, as in the authors' code."""
    score = lambda i: sum(sorted(distance[i, j] for j in candidates if j != i)[:neighbours])
    return min(candidates, key=score)


def aggregate(defence, vectors, m):
    n = len(vectors)
    if defence in ("none", "average"):
        return vectors.mean(0), None
    if defence == "trimmed-mean":
        return around_median(vectors, n - m - 1), None
    distance, left = distances(vectors), list(range(n))
    if defence == "krum":
        chosen = krum(distance, left, n - m)
        return vectors[chosen], chosen
    chosen = []
    while len(chosen) < n - 2 * m:
        chosen.append(krum(distance, left, len(left) - m))
        left.remove(chosen[-1])
    return around_median(vectors[chosen], n - 4 * m - 1), None
