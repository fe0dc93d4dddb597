"""`pairwise_distances`: all distances between diagrams, on several cores.

The one idea: a matrix of distances is what clustering, nearest neighbours and scaling of
scikit-learn take as `metric="precomputed"`; which distance it is, is a function that is passed.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from jaxtyping import Float

from morseloss.kinds import kind_of
from morseloss.topology.distances import Bars, bottleneck_distance
from morseloss.topology.distances.sides import read

__all__ = ["pairwise_distances"]

TASKS = 8  # a worker, so that short rows wait for no long one


def pairwise_distances(
    X: Sequence[Bars],
    Y: Sequence[Bars] | None = None,
    distance: Callable[[Any, Any], float] = bottleneck_distance,
    *,
    n_jobs: int | None = None,
) -> Float[np.ndarray, "n m"]:
    """Return the distances of all pairs of diagrams.

    Parameters
    ----------
    X : sequence of Diagram or of ndarray of shape (k, 2)
        The diagrams; arrays hold births and deaths, as `LossBarcode` returns them.
    Y : sequence, optional
        Those to which the distances lead; by default those of `X`, and then half of the distances
        are computed, the others being the same.
    distance : callable
        Of two diagrams: `ml.bottleneck_distance`, `ml.wasserstein_distance`, or one with its
        arguments, `functools.partial(ml.wasserstein_distance, order=2)`.
    n_jobs : int, optional
        Processes that work at once, as in scikit-learn: -1 for as many as there are cores.

    Returns
    -------
    ndarray, shape (n, m)
        Entry `[i, j]` is the distance of `X[i]` and `Y[j]`; symmetric with a zero diagonal if there
        is no `Y`. `inf` where essential bars differ in number, which scikit-learn refuses: leave
        them out then, as `LossBarcode` does.

    Raises
    ------
    ValueError
        If `X` or `Y` is no sequence of diagrams; the message names the first that is none.

    Examples
    --------
    >>> X = [np.array([[0.0, np.inf], [1.0, 3.0]]), np.array([[0.5, np.inf]])]
    >>> pairwise_distances(X).round(4)
    array([[0.    , 1.4142],
           [1.4142, 0.    ]])
    """
    left = _listed("X", X)
    if Y is None:
        pairs = [(i, j) for i in range(len(left)) for j in range(i)]
        return _symmetric(_found(left, left, pairs, distance, n_jobs), pairs, len(left))
    right = _listed("Y", Y)
    pairs = [(i, j) for i in range(len(left)) for j in range(len(right))]
    return _found(left, right, pairs, distance, n_jobs).reshape(len(left), len(right))


def _symmetric(found: np.ndarray, pairs: list, n: int) -> Float[np.ndarray, "n n"]:
    matrix = np.zeros((n, n))
    rows, columns = np.array(pairs, dtype=int).reshape(-1, 2).T
    matrix[rows, columns] = matrix[columns, rows] = found
    return matrix


def _found(
    left: list, right: list, pairs: list, distance: Callable, n_jobs: int | None
) -> Float[np.ndarray, " k"]:
    """Return the distances of the pairs, as many tasks at once as there are to be."""
    from joblib import Parallel, delayed, effective_n_jobs

    workers = effective_n_jobs(n_jobs)  # pyright: ignore[reportArgumentType], None is welcome
    if workers == 1 or len(pairs) < 2:
        return np.array([distance(left[i], right[j]) for i, j in pairs], dtype=float)
    size, queue = -(-len(pairs) // (TASKS * workers)), iter(pairs)
    tasks = iter(lambda: [(left[i], right[j]) for i, j in islice(queue, size)], [])
    parts = Parallel(n_jobs=n_jobs)(delayed(_each)(distance, task) for task in tasks)
    return np.concatenate([np.asarray(part, dtype=float) for part in parts or []])


def _each(distance: Callable, task: list) -> list[float]:
    return [distance(a, b) for a, b in task]


def _listed(name: str, diagrams: Any) -> list:
    """Return the diagrams as a list, each one looked at.

    Raises
    ------
    ValueError
        If there is no sequence of them.
    """
    if not isinstance(diagrams, Sequence | np.ndarray) or isinstance(diagrams, str | bytes):
        raise ValueError(
            f"`{name}` must be a list of diagrams, got {kind_of(diagrams)}; wrap a single one, "
            f"`[{name}]`"
        )
    for row, bars in enumerate(diagrams):
        read(f"{name}[{row}]", bars, 0)
    return list(diagrams)
