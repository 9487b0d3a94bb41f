"""Multinomial logistic regression to convergence, several times faster than plain L-BFGS."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from emargin_core.evaluation.checks import Floats, Ints
from emargin_core.text.errors import ExplorerError

PENALTY_C = 1.0
TOLERANCE = 1e-4
MAX_ITERATIONS = 3_000
MEMORY = 20
CURVATURE = 0.1
"""Typical p (1 - p) of a class; it shapes the steps, not the solution."""


class ProbeNotConvergedError(ExplorerError, RuntimeError):
    """The logistic regression did not reach its optimum, so its accuracy would mean nothing."""


@dataclass(frozen=True, eq=False)
class LinearModel:
    """weights (D, n_classes), intercepts (n_classes,); scores are points @ weights + intercepts."""

    weights: Floats
    intercepts: Floats

    def predict(self, points: Floats) -> Ints:
        """Return the class of the highest score, (n,)."""
        return np.asarray((points @ self.weights + self.intercepts).argmax(axis=1))


def fit_logistic(points: Floats, codes: Ints, n_classes: int) -> LinearModel:
    """Minimise sum of cross-entropies + |weights|^2 / (2 C), C = 1, intercepts free.

    The problem of scikit-learn's LogisticRegression(C=1). Solved in coordinates in which the
    penalised curvature of a typical class is the identity: the solution is the same, and L-BFGS
    needs some 100 steps where an embedding of a few strong directions cost it 900. Converged when
    no coordinate of the gradient, in those coordinates, exceeds 1e-4 sqrt(n).

    Args:
        points: (n, D) standardised; codes: (n,) classes numbered from 0.

    Raises:
        ProbeNotConvergedError: after 3,000 steps, or where no step helps any more.
    """
    n_points, n_dimensions = points.shape
    eigenvalues, directions = np.linalg.eigh(points.T @ points)
    scales = 1.0 / np.sqrt(CURVATURE * np.maximum(eigenvalues, 0.0) + 1.0 / PENALTY_C)
    ones_scale = 1.0 / np.sqrt(CURVATURE * n_points)
    to_weights = directions * scales
    rotated = np.column_stack([points @ to_weights, np.full(n_points, ones_scale)])
    penalty = np.append(scales**2 / PENALTY_C, 0.0)[:, None]
    rows = np.arange(n_points)

    def objective(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(n_dimensions + 1, n_classes)
        log_shares = log_softmax(rotated @ weights, axis=1)  # n x classes
        penalised = penalty * weights
        loss = 0.5 * float((penalised * weights).sum()) - float(log_shares[rows, codes].sum())
        residuals = np.exp(log_shares)
        residuals[rows, codes] -= 1.0
        gradient = (residuals.T @ rotated).T + penalised
        return loss, gradient.reshape(-1)

    found = minimize(
        objective,
        np.zeros((n_dimensions + 1) * n_classes),
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": MAX_ITERATIONS,
            "maxfun": 2 * MAX_ITERATIONS,
            "maxcor": MEMORY,
            "gtol": TOLERANCE * np.sqrt(n_points),
            "ftol": 0.0,
        },
    )
    if not found.success:
        raise ProbeNotConvergedError(
            f"the linear probe did not converge in {found.nit} steps: {found.message}"
        )
    solution = found.x.reshape(n_dimensions + 1, n_classes)
    return LinearModel(to_weights @ solution[:-1], solution[-1] * ones_scale)
