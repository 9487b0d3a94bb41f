"""Rank correlation of two columns on resampled groups of rows, all resamples at once."""

import numpy as np

from emargin_core.evaluation.checks import Floats, Ints

CONSTANT = 1e-12
"""Share of the largest possible variance of ranks below which a column does not vary."""


def spearman(first: Floats, second: Floats, group: Ints, counts: Ints) -> Floats:
    """Return Pearson's correlation of the ranks, tied values sharing their mean rank.

    first, second: (n_rows,). group: (n_rows,) numbers the groups of rows from 0. counts:
    (n_resamples, n_groups) says how often each group is drawn. Returns (n_resamples,), -1 to 1,
    exactly the coefficient of the drawn rows written out; NaN where one of the columns is the
    same in all of them. Source: Spearman 1904.
    """
    weights = counts[:, group].astype(np.float64)
    totals = weights.sum(axis=1, keepdims=True)
    one, two = (_centred(_ranks(column, weights), weights, totals) for column in (first, second))
    variances = (weights * one**2).sum(axis=1), (weights * two**2).sum(axis=1)
    floor = CONSTANT * totals[:, 0] ** 3
    defined = (variances[0] > floor) & (variances[1] > floor)
    scale = np.sqrt(np.where(defined, variances[0] * variances[1], 1.0))
    return np.where(defined, np.clip((weights * one * two).sum(axis=1) / scale, -1, 1), np.nan)


def _ranks(column: Floats, weights: Floats) -> Floats:
    """Mean rank of each row among the drawn ones, (n_resamples, n_rows)."""
    order = np.argsort(column, kind="stable")
    codes, sizes = np.unique(column, return_inverse=True, return_counts=True)[1:]
    starts = np.cumsum(sizes) - sizes
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    return np.asarray((np.cumsum(tied, axis=1) - (tied - 1.0) / 2)[:, codes])


def _centred(ranks: Floats, weights: Floats, totals: Floats) -> Floats:
    return np.asarray(ranks - (weights * ranks).sum(axis=1, keepdims=True) / totals)
