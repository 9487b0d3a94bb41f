"""The losses written again from their formulas: NumPy, loops, no shared code."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GAMMA = 0.05


def cosines(rows: Array) -> Array:
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    units = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-12)
    return units @ units.T


def log_sum_exp(values: list[float]) -> float:
    if not values:
        return -math.inf
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def transitions(inputs: Array, threshold: float, segments: list[int]) -> list[bool]:
    n, c = len(inputs), cosines(inputs)
    flags = []
    for i in range(n):
        if i + 1 < n and segments[i + 1] == segments[i]:
            cosine = c[i, i + 1]
        elif i > 0 and segments[i - 1] == segments[i]:
            cosine = c[i, i - 1]
        else:
            cosine = 1.0
        flags.append(bool(np.clip(cosine, -1.0, 1.0) <= threshold))
    return flags


def emargin(z: Array, marked: list[bool], scale: float, tau: float, segments: list[int]) -> float:
    n, s = len(z), cosines(z)
    terms = []
    for j in range(n):
        pairs = [p for p in (j - 1, j + 1) if 0 <= p < n and segments[p] == segments[j]]
        if not pairs:
            continue
        energies = [
            GAMMA / tau * (max(0.0, scale - s[i, j]) ** 2 / 2 if marked[j] else -(s[i, j] ** 2) / 2)
            for i in range(n)
            if i != j and i not in pairs
        ]
        gap = log_sum_exp(energies) - log_sum_exp([s[p, j] / tau for p in pairs])
        terms.append(max(gap, 0.0) + math.log1p(math.exp(-abs(gap))) if gap > -math.inf else 0.0)
    return sum(terms) / len(terms) if terms else 0.0


def info_nce(z: Array, tau: float, double: bool, segments: list[int]) -> float:
    n, s = len(z), cosines(z) / tau
    if n == 2:
        return 0.0
    terms = []
    for j in range(n - 1 - double):
        run = segments[j : j + 2 + double]
        if len(set(run)) > 1:
            continue
        near = [s[j + 1, j]]
        far = [s[i, j] for i in range(n) if i not in (j, j + 1)]
        if double:
            near.append(s[j + 2, j + 1])
            far += [s[i, j + 1] for i in range(n) if i not in (j, j + 1, j + 2)]
        terms.append(log_sum_exp(far) - log_sum_exp(near))
    return sum(terms) / len(terms) if terms else 0.0


def triplet(z: Array, scale: float, segments: list[int]) -> float:
    n, s = len(z), cosines(z)
    hinges = []
    for a in range(n):
        near = [p for p in (a - 1, a + 1) if 0 <= p < n and segments[p] == segments[a]]
        for p in near:
            hinges += [s[a, o] - s[a, p] + scale for o in range(n) if o != a and o not in near]
    hinges = [hinge for hinge in hinges if hinge > 0.0]
    return sum(hinges) / len(hinges) if hinges else 0.0


def supcon(z: Array, labels: list[int], tau: float) -> float:
    known = [i for i, label in enumerate(labels) if label >= 0]
    s = cosines(z) / tau
    terms = []
    for j in known:
        others = [i for i in known if i != j]
        same = [i for i in others if labels[i] == labels[j]]
        if same:
            total = log_sum_exp([s[i, j] for i in others])
            terms.append(sum(total - s[p, j] for p in same) / len(same))
    return sum(terms) / len(terms)


def soft(z: Array, tau: float, segments: list[int]) -> float:
    n, s = len(z), cosines(z) / tau
    window = [sum(segments[k] != segments[k - 1] for k in range(1, t + 1)) for t in range(n)]
    terms = []
    for t in range(n):
        others = [r for r in range(n) if r != t]
        total = log_sum_exp([s[t, r] for r in others])
        near = [r for r in others if window[r] == window[t] and abs(r - t) <= 10]
        weights = [2.0 / (1.0 + math.exp(abs(r - t))) for r in near]
        if near:
            pulls = [w * (total - s[t, r]) for w, r in zip(weights, near, strict=True)]
            terms.append(sum(pulls) / sum(weights))
    return sum(terms) / len(terms) if terms else 0.0


def uniformity(z: Array) -> float:
    lengths = np.sqrt((z**2).sum(axis=1, keepdims=True))
    units = np.divide(z, lengths, out=np.zeros_like(z), where=lengths > 1e-12)
    n = len(z)
    kernels = [
        math.exp(-2.0 * ((units[i] - units[j]) ** 2).sum()) for i in range(n) for j in range(i)
    ]
    return math.log(sum(kernels) / len(kernels))


def variance_covariance(z: Array) -> float:
    n, d = z.shape
    centred = z - z.mean(axis=0)
    variance, covariance = 0.0, 0.0
    for a in range(d):
        variance += max(0.0, 1.0 - math.sqrt((centred[:, a] ** 2).sum() / (n - 1) + 1e-4)) / d
        for b in range(d):
            if a != b:
                covariance += ((centred[:, a] * centred[:, b]).sum() / (n - 1)) ** 2 / d
    return variance + covariance / 25.0
