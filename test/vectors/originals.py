"""Writes the answers of originals.json anew: a second implementation, in numpy float64, of the code that each source names.

The requests do not change, and the answers are computed from them alone. Numbers are rounded to 12 decimals.
Run: python3 test/vectors/originals.py; then `git diff` shows whether anything moved.
"""
import itertools
import json
import math
import pathlib

import numpy as np

norm = np.linalg.norm


def between_pairs(x):
    return ((x[:, None] - x[None]) ** 2).sum(-1)


# Rules. Each takes the request and gives the output.


def sketchguard(request):
    """Cloudslab/murmura, aggregation/sketchguard.py, with a threshold that never loosens."""
    rule, x, own = request["rule"], np.array(request["inputs"]), request["own"]
    sketches = [np.bincount(rule["hash"], rule["sign"] * row, rule["sketchSize"]) for row in x]
    decay = np.exp(-rule["kappa"] * request["round"] / max(1, request["rounds"]))
    away = {j: norm(sketches[own] - sketches[j]) for j in range(len(x)) if j != own}
    accepted = [j for j in away if away[j] <= rule["gamma"] * decay * norm(sketches[own])]
    if not accepted and away and rule["whenNone"] == "nearest":
        accepted = [min(away, key=away.get)]
    return rule["alpha"] * x[own] + (1 - rule["alpha"]) * x[accepted].mean(0) if accepted else x[own]


def bridge(request):
    """BRIDGE-T: drops the f largest and f smallest values of the neighbours; the peer's own vector always counts."""
    x, own, f = np.array(request["inputs"]), request["own"], request["rule"]["f"]
    others = np.sort(np.delete(x, own, 0), 0)[f : len(x) - 1 - f]
    return (others.sum(0) + x[own]) / (len(others) + 1)


def bridge_of_the_code(request):
    """DecLearning.communication: trims the peer's own vector with the others, which makes it the trimmed mean."""
    x, f = np.array(request["inputs"]), request["rule"]["f"]
    return np.sort(x, 0)[f : len(x) - f].mean(0)


# Attacks. Each takes the request and gives the parts of the answer.


def halved(request):
    """NDSS21-Model-Poisoning, our_attack_dist and our_attack_score: the factor by halving, from 10 down to 1e-13."""
    attack, x = request["attack"], np.array(request["honest"])
    mean, distances = x.mean(0), between_pairs(x)
    away = {"unit": lambda: mean / norm(mean), "sign": lambda: np.sign(mean), "std": lambda: x.std(0)}[attack["perturbation"]]()
    least_max = attack["name"] == "min-max"
    limit = distances.max() if least_max else distances.sum(1).max()
    factor, step, good = 10.0, 10.0, 0.0
    while abs(good - factor) > 1e-13:
        reach = ((x - (mean - factor * away)) ** 2).sum(1)
        fits = (reach.max() if least_max else reach.sum()) <= limit
        good = factor if fits else good
        factor += step / 2 if fits else -step / 2
        step /= 2
    return {"output": mean - good * away}


def adjacency(request):
    linked = np.zeros((request["n"], request["n"]))
    for i, j in request["edges"]:
        linked[i, j] = linked[j, i] = 1
    return linked


def dissensus(request):
    """epfml/byzantine-robust-decentralized-optimizer, DissensusWorker, with Metropolis weights."""
    x, victim, linked = np.array(request["honest"]), request["victim"], adjacency(request)
    degrees = linked.sum(1)
    weights = linked[victim] / (1 + np.maximum(degrees, degrees[victim]))
    pull = (weights[: len(x), None] * (x - x[victim])).sum(0)
    return {"output": x[victim] - request["attack"]["epsilon"] * pull / weights[len(x) :].sum()}


def spectral(request):
    """renaudgaucher/Byzantine-Robust-Gossip: the Fiedler vector of the honest peers' graph, every edge of weight 1."""
    x, victim = np.array(request["honest"]), request["victim"]
    linked = adjacency(request)[: len(x), : len(x)]
    fiedler = np.linalg.eigh(np.diag(linked.sum(1)) - linked)[1][:, 1]
    return {"output": x[victim] + request["attack"]["t"] * fiedler[victim] * (fiedler @ x)}


def trimmed_mean_attack(request):
    """full_trim and partial_trim of Fang et al.: the two ends of the interval for the crafted vector."""
    attack, x = request["attack"], np.array(request["honest"])
    mean = x.mean(0)
    if attack["knowledge"] == "omniscient":
        side = np.sign(mean - np.array(request.get("previous", 0)))
        near, b = np.where(side > 0, x.min(0), x.max(0)), attack["factor"]
        far = np.where(side * near > 0, near / b, near * b)
    else:
        near, far = (mean - times * x.std(0) * np.sign(mean) for times in (3, 4))
    return {"between": [np.minimum(near, far), np.maximum(near, far)]}


def krum_attack(request):
    """full_krum of Fang et al., against Krum as published, which sums squared distances."""
    x, n, m = np.array(request["honest"]), request["n"], request["m"]
    start = np.array(request.get("previous", np.zeros(x.shape[1])))
    side, root = np.sign(x.mean(0) - start), math.sqrt(x.shape[1])
    nearest = np.sort(np.sqrt(between_pairs(x)), 1)[:, : n - m - 1].sum(1).min()
    factor = nearest / ((n - 2 * m - 1) * root) + norm(x - start, axis=1).max() / root
    while factor > 1e-5:
        sent = np.vstack([np.tile(start - factor * side, (m, 1)), x])
        if np.argmin(np.sort(between_pairs(sent), 1)[:, : n - m - 1].sum(1)) < m:
            return {"output": start - factor * side}
        factor /= 2
    return {"output": start}


# Searches: ByzFL's line search against the victim's own pipeline.


def by_score(x, f):
    return np.argsort(np.sort(between_pairs(x), 1)[:, 1 : len(x) - f].mean(1), kind="stable")


def near_median(x, f):
    order = np.argsort(np.abs(x - np.median(x, 0)), axis=0, kind="stable")[: len(x) - f]
    return np.take_along_axis(x, order, 0).mean(0)


def least_diameter(x, f):
    distances = between_pairs(x)
    subsets = itertools.combinations(range(len(x)), len(x) - f)
    return x[list(min(subsets, key=lambda s: distances[np.ix_(s, s)].max()))].mean(0)


def weiszfeld(x, nu, steps):
    z = np.zeros(x.shape[1])
    for _ in range(steps):
        pull = 1 / np.maximum(nu, norm(x - z, axis=1))
        z = (pull[:, None] * x).sum(0) / pull.sum()
    return z


def centered_clipping(x, tau, steps):
    z = np.zeros(x.shape[1])
    for _ in range(steps):
        lengths = np.maximum(norm(x - z, axis=1), 1e-300)
        z = z + ((x - z) * np.minimum(1, tau / lengths)[:, None]).mean(0)
    return z


rules = {
    "average": lambda x, r: x.mean(0),
    "median": lambda x, r: np.median(x, 0),
    "trimmed-mean": lambda x, r: np.sort(x, 0)[r["f"] : len(x) - r["f"]].mean(0),
    "mean-around-median": lambda x, r: near_median(x, r["f"]),
    "krum": lambda x, r: x[by_score(x, r["f"])[0]],
    "multi-krum": lambda x, r: x[by_score(x, r["f"])[: len(x) - r["f"]]].mean(0),
    "geometric-median": lambda x, r: weiszfeld(x, r["nu"], r["iterations"]),
    "centered-clipping": lambda x, r: centered_clipping(x, r["tau"], r["iterations"]),
    "mda": lambda x, r: least_diameter(x, r["f"]),
    "monna": lambda x, r: x[np.argsort(norm(x - x[0], axis=1), kind="stable")[: len(x) - r["f"]]].mean(0),
}


def nearest_mixed(x, f):
    return np.array([x[np.argsort(row, kind="stable")[: len(x) - f]].mean(0) for row in between_pairs(x)])


def clipped(x, radius):
    return x * np.minimum(1, radius / norm(x, axis=1))[:, None]


def arc(x, f):
    n = len(x)
    return clipped(x, np.sort(norm(x, axis=1))[n - (2 * f * (n - f)) // n - 1])


pre_aggregators = {
    "nnm": lambda x, p: nearest_mixed(x, p["f"]),
    "clipping": lambda x, p: clipped(x, p["radius"]),
    "arc": lambda x, p: arc(x, p["f"]),
}


def line_search(gain, evaluations, start, delta, ratio):
    """ByzFL, line_maximize: forward in doubling steps while it gains, then in steps that shrink."""
    best, most = start, gain(start)
    forward = True
    for _ in range(evaluations - 1):
        here = gain(best + delta)
        better = here > most
        if better:
            best, most = best + delta, here
        forward = forward and better
        delta *= 2 if forward else ratio
    return best


def searched(request):
    attack, x = request["attack"], np.array(request["honest"])
    mean, spread, rule = x.mean(0), x.std(0, ddof=1), request["aggregation"]
    sent = (lambda z: mean + z * spread) if attack["name"] == "little-is-enough" else (lambda z: -z * mean)

    def gain(z):
        rows = np.vstack([x, np.tile(sent(z), (request["m"], 1))])
        for stage in request["before"]:
            rows = pre_aggregators[stage["name"]](rows, stage)
        return norm(rules[rule["name"]](rows, rule) - mean)

    z = line_search(gain, **attack["search"])
    return {"output": sent(z), "z": z}


# WFAgg over rounds, with the memory of the simulator's caller (update_temporal_statistics).


def smoothed(first, second):
    """Mean of pandas' ewm(alpha=0.01) means over two values, and its deviation after the second."""
    share = np.array([0.99, 1.0])
    values = np.array([first, second])
    mean = share @ values / share.sum()
    variance = share @ (values - mean) ** 2 / share.sum() * share.sum() ** 2 / (share.sum() ** 2 - share @ share)
    return (first + mean) / 2, math.sqrt(variance)


def turn(x, y):
    return 1 - x @ y / (norm(x) * norm(y))


def least(values, count):
    return np.argsort(values, kind="stable")[:count]


def wfagg(run):
    f, pull, own = run["rule"]["f"], 1 - run["rule"]["alpha"], run["own"]
    last, changes, outputs = {}, {}, []
    for x in (np.array(step["inputs"]) for step in run["rounds"]):
        peers = [i for i in range(len(x)) if i != own]
        others = x[peers]
        for i in peers:
            if i in last:
                changes.setdefault(i, []).append((norm(x[i] - last[i]) ** 2, turn(x[i], last[i])))
            last[i] = x[i]
        middle, keep = np.median(others, 0), max(1, len(peers) - f - 1)
        weights = np.zeros(len(peers))
        weights[least([norm(row - middle) ** 2 for row in others], keep)] += 0.4
        weights[least([turn(row, middle) for row in others], keep)] += 0.4
        for at, i in enumerate(peers):
            if len(changes.get(i, [])) < 3:
                continue
            steady = True
            for older, newer, now in zip(*changes[i][-3:]):
                # The simulator hands the newer of the two to pandas first.
                centre, deviation = smoothed(newer, older)
                steady = steady and abs(now - centre) <= deviation
            weights[at] += 0.2 * steady
        weights[weights < 0.6 - 1e-12] = 0
        mixed = weights @ others / weights.sum() if weights.any() else x[own]
        outputs.append((1 - pull) * x[own] + pull * mixed)
    return outputs


def rounded(value):
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return [float(v) for v in np.round(value, 12)] if np.ndim(value) else value


def answer(entry):
    request = entry.get("aggregate") or entry["craft"]
    if "aggregate" in entry:
        ours = {"sketchguard": sketchguard, "bridge": bridge, "trimmed-mean": bridge_of_the_code}
        return {"output": ours[request["rule"]["name"]](request)}
    attack = request["attack"]
    if attack["name"] == "fang":
        return krum_attack(request) if attack.get("form") == "krum" else trimmed_mean_attack(request)
    ours = {"min-max": halved, "min-sum": halved, "dissensus": dissensus, "spectral": spectral}
    return ours.get(attack["name"], searched)(request)


def main():
    file = pathlib.Path(__file__).with_name("originals.json")
    vectors = json.loads(file.read_text())
    for entry in vectors["entries"]:
        entry.update({key: rounded(value) for key, value in answer(entry).items()})
    for run in vectors["wfagg"]:
        for step, output in zip(run["rounds"], wfagg(run)):
            step["output"] = rounded(output)
    parts = [f'"meta": {json.dumps(vectors["meta"])}']
    parts += [f'"{key}": [\n' + ",\n".join(json.dumps(e) for e in vectors[key]) + "\n]" for key in ("entries", "wfagg")]
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()
