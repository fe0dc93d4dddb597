"""`compared`: bars of two architectures or more, at equal gradients or at equal tolerance.

The one idea: bars fall with their budget, so lengths at two budgets cannot stand in one table. A
table is at equal gradients, or each row has come so far that no bar is expected to fall by more
than the tolerance; and beside each row stand its price and its nulls.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from morseloss.networks.paths.budget import check_tolerance
from morseloss.networks.relays.budget_ladder import Ladder, Price

__all__ = ["Compared", "Comparison", "Null", "compared"]

NEAR = 1.25  # looks that are farther apart, as a factor, are at two budgets


@dataclass(frozen=True)
class Null:
    """What is left over where nothing should be.

    Attributes
    ----------
    gradients : float
        On all images, a path; nan where the null was not measured.
    mean, error : float
        Over its ways, and the standard error.
    """

    gradients: float = np.nan
    mean: float = np.nan
    error: float = np.nan

    def __str__(self) -> str:
        return "not measured" if np.isnan(self.gradients) else _pm(self.mean, self.error)


@dataclass(frozen=True)
class Compared:
    """One row of a comparison.

    Attributes
    ----------
    gradients : float
        On all images, a path, that the lengths had cost.
    mean, error : float
        Of the lengths over the bars.
    with_stations : float
        Mean where stations count as lower points; nan where that was not asked for, or the row is
        not at the last look.
    limit, limit_error : float
        For a budget without end.
    price : Price
        Until bars are within the tolerance.
    closed, copies : Null
    """

    gradients: float
    mean: float
    error: float
    with_stations: float
    limit: float
    limit_error: float
    price: Price
    closed: Null
    copies: Null


@dataclass(frozen=True)
class Comparison:
    """Bars of several architectures that may stand side by side.

    Attributes
    ----------
    rows : dict
        A `Compared` for each name.
    within : float
        The tolerance of the prices, [value].
    at : float or None
        Gradients on all images, a path, of every row; None where each row has come so far that no
        bar is expected to fall by more than `within`.
    """

    rows: dict[str, Compared]
    within: float
    at: float | None

    HEAD = (
        "architecture", "gradients a path", "mean bar", "with stations", "limit", "price",
        "closed null", "copies null",
    )  # fmt: skip

    @property
    def title(self) -> str:
        """In which respect the rows are equal."""
        if self.at is None:
            return f"at equal tolerance: no bar is expected to fall by more than {self.within:g}"
        return f"at equal gradients: {self.at:.0f} on all images a path"

    def table(self) -> list[tuple[str, ...]]:
        """Return one row of words for each architecture, under `HEAD`."""
        return [
            (
                name,
                f"{row.gradients:.0f}",
                _pm(row.mean, row.error),
                "-" if np.isnan(row.with_stations) else f"{row.with_stations:.3g}",
                _pm(row.limit, row.limit_error),
                str(row.price),
                str(row.closed),
                str(row.copies),
            )
            for name, row in self.rows.items()
        ]

    def __repr__(self) -> str:
        parts = (f"{name} {_pm(row.mean, row.error)}" for name, row in self.rows.items())
        return f"Comparison({self.title}; mean bars {', '.join(parts)})"


def compared(
    ladders: Mapping[str, Ladder],
    *,
    within: float,
    at: float | None = None,
    closed: Mapping[str, Ladder] | None = None,
    copies: Mapping[str, Ladder] | None = None,
) -> Comparison:
    """Put bars of several architectures side by side, if they can be.

    Parameters
    ----------
    ladders : mapping of str to Ladder
        By the name of the architecture.
    within : float
        Tolerance, [value]: of the prices, and without `at` of the bars that are compared.
    at : float, optional
        Compare at so many gradients on all images a path: each row is the look nearest to them, and
        all lie within a factor of 1.25, but where nothing falls any more.
        Without it each row is the first look after which no bar is expected to fall by more than
        `within`; what that had cost stands beside it.
    closed, copies : mapping of str to Ladder, optional
        The nulls of the same names: ladders of what `closed_null` and `copies_null` gave. They are
        read off at the gradients of their row, and what is not given is told as not measured.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If the rows, or a null and its row, would be of different budgets, a row has not come so
        far, or a number or name makes no sense.

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.networks import ladder_of
    >>> def falling(length):
    ...     heights = [1 + length / n for n in (1, 2, 4, 8)]
    ...     graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [top]) for top in heights]
    ...     return ladder_of(graphs, [100.0, 200.0, 400.0, 800.0])
    >>> two, four = falling(0.1), falling(0.2)
    >>> table = compared({"2 layers": two, "4 layers": four}, within=0.03, at=400)
    >>> [(row[0], row[2], row[5]) for row in table.table()]
    [('2 layers', '0.025', '400'), ('4 layers', '0.05', '800')]
    >>> compared({"2 layers": two, "4 layers": four}, within=0.03, at=5000)
    Traceback (most recent call last):
        ...
    ValueError: `2 layers` was looked at last at 800 gradients a path and may still fall, so ...
    """
    if not ladders:
        raise ValueError("`ladders` must hold one or more, by name, got none")
    if at is not None and not at > 0:
        raise ValueError(f"`at` must be positive, in gradients on all images a path, got {at}")
    nulls = {"closed": closed or {}, "copies": copies or {}}
    strange = [name for part in nulls.values() for name in part if name not in ladders]
    if strange:
        raise ValueError(f"nulls must be of the names {list(ladders)}, got {strange[:3]}")
    rows = {}
    for name, found in ladders.items():
        check_tolerance(within, found.births)
        look = _settled(name, found, within) if at is None else _look(name, found, at)
        spent = float(found.budgets[look]) if at is None else at
        beside = {kind: _null(f"{kind} null of {name}", part.get(name), spent)
                  for kind, part in nulls.items()}  # fmt: skip
        rows[name] = _row(found, look, within, beside)
    if at is not None:
        _check_equal(
            {name: rows[name].gradients for name in ladders if ladders[name].falling.any()}
        )
    return Comparison(rows, within, at)


def _row(found: Ladder, look: int, within: float, nulls: dict[str, Null]) -> Compared:
    last = look == len(found.budgets) - 1
    return Compared(
        float(found.budgets[look]),
        float(found.means[look]),
        float(found.errors[look]),
        float(found.with_stations.mean()) if last else np.nan,
        *found.limit(),
        found.price(within),
        **nulls,
    )


def _look(name: str, found: Ladder, budget: float) -> int:
    """The look nearest to a budget, if it is at that budget or nothing falls after it."""
    budgets, last = found.budgets, len(found.budgets) - 1
    look = int(np.abs(np.log(budgets / budget)).argmin())
    near = 1 / NEAR <= budgets[look] / budget <= NEAR
    if near or (look == last and budgets[last] < budget and not found.falling.any()):
        return look
    if look == last and budgets[last] < budget:
        raise ValueError(
            f"`{name}` was looked at last at {budgets[last]:.0f} gradients a path and may still "
            f"fall, so a table at {budget:.0f} would mix budgets; let it go on, or compare at "
            f"{budgets[last]:.0f}"
        )
    told = " and ".join(f"{spent:.0f}" for spent in _around(budgets, budget))
    raise ValueError(
        f"`{name}` was looked at at {told} gradients a path, and not near {budget:.0f}, so a table "
        f"there would mix budgets; compare at {budgets[look]:.0f}"
    )


def _around(budgets: np.ndarray, budget: float) -> list[float]:
    """The looks before and after a budget, where there are any."""
    after = int(np.searchsorted(budgets, budget))
    return budgets[max(after - 1, 0) : after + 1].tolist()


def _check_equal(spent: dict[str, float]) -> None:
    """See that rows which may still fall are at one budget."""
    if not spent:
        return
    least, most = min(spent, key=spent.__getitem__), max(spent, key=spent.__getitem__)
    if spent[most] > NEAR * spent[least]:
        raise ValueError(
            f"the nearest looks are at {spent[least]:.0f} gradients a path of `{least}` and "
            f"{spent[most]:.0f} of `{most}`, so the table would mix budgets; compare at one of them"
        )


def _settled(name: str, found: Ladder, within: float) -> int:
    """The first look after which no bar is expected to fall by more than the tolerance."""
    for look in range(len(found.budgets)):
        if float(found.expected(look).max()) <= within:
            return look
    raise ValueError(
        f"`{name}` has a bar that is expected to fall by {found.expected().max():.2g} still, after "
        f"{found.budgets[-1]:.0f} gradients a path, so it cannot be compared within {within:g}; "
        "let it go on, take a larger tolerance, or compare `at` equal gradients"
    )


def _null(name: str, found: Ladder | None, budget: float) -> Null:
    """What a null has left at the gradients of its row, or near them."""
    if found is None:
        return Null()
    look = _look(name, found, budget)
    return Null(float(found.budgets[look]), float(found.means[look]), float(found.errors[look]))


def _pm(mean: float, error: float) -> str:
    return f"{mean:.3g}" + ("" if np.isnan(error) else f" ± {error:.2g}")
