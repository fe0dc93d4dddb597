"""Numbers of a row that claims are judged by: minima, tops, bars, and what the method leaves.

The one idea: two means are told apart in standard errors over bars; a bar is one of the landscape
only where it is longer than what closed ways climb and births may still fall.
"""

from typing import Any

import numpy as np

__all__ = [
    "SIGNIFICANT",
    "apart",
    "bars",
    "births",
    "left",
    "resolved",
    "said",
    "tops",
    "untrained",
]

SIGNIFICANT = 2.0  # standard errors
UNTRAINED = 0.1  # of its own images wrong, and a network is said not to have trained
NULLS = ("closed", "copies")

Row = dict[str, Any]


def births(row: Row) -> np.ndarray:
    """Return the losses of all networks, weight decay included."""
    return np.array(row["births"])


def bars(row: Row, look: int = -1) -> np.ndarray:
    """Return the lengths of the bars at a look, by default the last."""
    return np.array(row["sample"]["lengths"][look])


def tops(row: Row, look: int = -1) -> np.ndarray:
    """Return the losses at which the bars end."""
    return np.array(row["sample"]["births"]) + bars(row, look)


def apart(ones: np.ndarray, others: np.ndarray) -> float:
    """Return by how many standard errors the mean of the first lies above that of the others.

    Bars share networks, so it is somewhat too many.
    """
    off = float(np.mean(ones) - np.mean(others))
    error = float(np.hypot(_error(ones), _error(others)))
    return off / error if error else float(np.sign(off)) * np.inf if off else 0.0


def left(row: Row) -> dict[str, float]:
    """Return what the method leaves: mean climbs of the nulls, and how far births may fall."""
    nulls = {kind: float(np.mean(row[kind]["lengths"][-1])) for kind in NULLS if kind in row}
    return {**nulls, "falls": float(np.max(row["falls"]))}


def resolved(row: Row) -> bool:
    """Whether the mean bar is longer than all that, by two standard errors."""
    found = bars(row)
    return bool(found.mean() - SIGNIFICANT * _error(found) > max(left(row).values()))


def said(row: Row) -> str:
    """Return the numbers of a row in words."""
    found, nulls = bars(row), left(row)
    others = ", ".join(f"{kind} {number:.1e}" for kind, number in nulls.items())
    return (
        f"{row['name']}: minima {births(row).mean():.4f} ({np.mean(row['train_losses']):.1e} "
        f"without weight decay), tops {tops(row).mean():.4f} at "
        f"{row['sample']['budgets'][-1]:.0f} gradients, bars {found.mean():.1e} ± "
        f"{_error(found):.1e} ({others})"
    )


def _error(numbers: np.ndarray) -> float:
    return float(np.std(numbers, ddof=1) / len(numbers) ** 0.5) if len(numbers) > 1 else 0.0


def untrained(row: Row) -> int:
    """Return how many networks have more than a tenth of their own images wrong."""
    return sum(wrong > UNTRAINED for wrong in row["train_errors"])
