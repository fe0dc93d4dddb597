"""The law of the budget: how a height falls with the gradients that were spent on it.

The one idea: a height at a budget is a bound, and its length mostly tells how unfinished it is.
What can be compared is its limit, with an error, and the price: gradients until it lies below a
tolerance.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

__all__ = [
    "BudgetLaw",
    "budget_law",
    "check_tolerance",
    "expected_fall",
    "least_tolerance",
    "price",
]

FEWEST = 4  # looks that a fit needs


@dataclass(frozen=True)
class BudgetLaw:
    """How one excess falls with the budget.

    Attributes
    ----------
    power : float
        Slope of the logarithm of the excess over that of the budget, in the later half of looks:
        -1 where it falls like one over the budget; nan where it is zero or looks are too few.
    limit, error : float
        Of the excess for a budget without end, from a line in one over the budget through them, and
        its standard error, [value]. The limit is no less than 0.
    """

    power: float
    limit: float
    error: float


def budget_law(
    budgets: Float[np.ndarray, " looks"], excess: Float[np.ndarray, " looks"]
) -> BudgetLaw:
    """Return power and limit of an excess that was looked at along its budget.

    Parameters
    ----------
    budgets : ndarray, shape (looks,)
        Ascending, positive: gradients on all images.
    excess : ndarray, shape (looks,)
        Height above the higher end, or length of a bar, at each of them.

    Raises
    ------
    ValueError
        If shapes differ, or budgets do not ascend from above 0.

    Examples
    --------
    >>> import numpy as np
    >>> budgets = np.array([100.0, 200.0, 400.0, 800.0, 1600.0])
    >>> law = budget_law(budgets, 1e-3 + 1 / budgets)
    >>> round(law.limit, 9), law.error < 1e-12
    (0.001, True)
    """
    budgets, excess = np.asarray(budgets, float), np.asarray(excess, float)
    if budgets.shape != excess.shape or budgets.ndim != 1 or (np.diff(budgets) <= 0).any():
        raise ValueError(
            "`budgets` must ascend, with one excess each, got shapes "
            f"{budgets.shape} and {excess.shape}"
        )
    if len(budgets) and not budgets[0] > 0:
        raise ValueError(f"`budgets` must be positive, got {budgets[0]}")
    finite = np.isfinite(excess)
    late = -max(FEWEST, int(finite.sum()) // 2)
    x, y = budgets[finite][late:], excess[finite][late:]
    if len(x) < FEWEST:
        return BudgetLaw(np.nan, 0.0, float(y[-1]) if len(y) else np.inf)
    power = np.polyfit(np.log(x), np.log(y), 1)[0] if (y > 0).all() else np.nan
    design = np.column_stack([np.ones_like(x), 1 / x])
    line = np.linalg.lstsq(design, y, rcond=None)[0]
    off = y - design @ line
    spread = off @ off / (len(x) - line.size) * np.linalg.inv(design.T @ design)[0, 0]
    return BudgetLaw(float(power), float(max(line[0], 0.0)), float(np.sqrt(spread)))


def price(
    budgets: Float[np.ndarray, " looks"], excess: Float[np.ndarray, " looks"], tolerance: float
) -> float:
    """Return the budget at which an excess was first seen at the tolerance or below.

    Parameters
    ----------
    budgets, excess : ndarray, shape (looks,)
        As for `budget_law`.
    tolerance : float
        Positive, [value].

    Returns
    -------
    float
        In gradients on all images; infinite where it was not reached: more than the last budget.

    Raises
    ------
    ValueError
        If `tolerance` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> price(np.array([10.0, 20.0, 40.0]), np.array([0.3, 0.1, 0.02]), 0.05)
    40.0
    """
    if not tolerance > 0:
        raise ValueError(f"`tolerance` must be positive, got {tolerance}")
    below = np.flatnonzero(np.asarray(excess) <= tolerance)
    return float(np.asarray(budgets)[below[0]]) if len(below) else np.inf


def expected_fall(
    spent: Float[Tensor, " looks"], excess: Float[Tensor, "looks ways"]
) -> Float[Tensor, " ways"]:
    """Return by how much each excess is expected to fall still, however much were spent.

    It is the last excess above the limit of `budget_law`, less its error; all of it where looks are
    too few.
    """
    found = []
    for column in excess.T.tolist():
        law = budget_law(spent.numpy(), np.array(column))
        found.append(column[-1] - max(law.limit - law.error, 0.0))
    return torch.tensor(found, dtype=excess.dtype).clamp_min(0)


def least_tolerance(losses: Float[np.ndarray, " losses"]) -> float:
    """Return the least tolerance that can be told from the round-off of losses of this size."""
    return 8 * float(np.finfo(float).eps) * float(np.abs(losses).max(initial=0.0))


def check_tolerance(within: float, losses: Float[np.ndarray, " losses"]) -> None:
    """See that a tolerance can be told from round-off.

    Raises
    ------
    ValueError
        If it cannot.
    """
    if not within > 0:
        raise ValueError(f"a tolerance must be positive, got {within}")
    least = least_tolerance(losses)
    if within < least:
        raise ValueError(
            f"a tolerance of {within:g} lies below the round-off of losses of "
            f"{np.abs(losses).max():.3g}, {least:.1g}; take a larger one"
        )
