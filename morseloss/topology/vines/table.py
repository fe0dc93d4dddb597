"""`Vineyard`: a table of bars, one row for each bar of each member, and which are one.

The one idea: a vine is what becomes of one bar along the family; the rows of a vine stand together,
in the order of the members.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.topology.diagram import Diagram
from morseloss.topology.door import owned, reals, rebuilt, sealed
from morseloss.topology.vines.step import Step

__all__ = ["Vineyard", "check_family", "follow"]

CELLS, SAME = ("degrees", "birth_cells", "death_cells"), ("same_birth", "same_death")


@dataclass(frozen=True, eq=False)
class Vineyard:
    """Hold the bars of a family, each followed from member to member.

    Parameters
    ----------
    parameters : ndarray, shape (n,), float64
        The parameter of each member, increasing.
    vines, members : ndarray, shape (k,), int64
        Of each row: which vine it belongs to, numbered from 0 by degree and first bar, and which
        member it is a bar of.
    births, deaths : ndarray, shape (k,), float64
        Values at which the bar begins and ends, `inf` for essential bars.
    degrees, birth_cells, death_cells : ndarray, shape (k,), int64
        As in the `Diagram` of the member.
    same_birth, same_death : ndarray, shape (k,), bool
        Whether the bar has the cells which it had in the member before; False in the first row of a
        vine. Where both are False and the vine goes on, nothing but nearness says so.

    Raises
    ------
    ValueError
        If the columns have several lengths.

    Examples
    --------
    >>> from morseloss.topology.vines import match_step
    >>> a, b = (Diagram(births=[0.0], deaths=[length]) for length in (2.0, 1.5))
    >>> step = match_step(a, b, np.zeros(0, int), np.zeros(0, int))
    >>> vines = follow(np.array([0.0, 0.5]), [a, b], [step])
    >>> vines, vines.lengths.tolist()
    (Vineyard(1 vine of 2 members), [[2.0], [1.5]])
    """

    parameters: Float[np.ndarray, " n"]
    vines: Int[np.ndarray, " k"]
    members: Int[np.ndarray, " k"]
    births: Float[np.ndarray, " k"]
    deaths: Float[np.ndarray, " k"]
    degrees: Int[np.ndarray, " k"]
    birth_cells: Int[np.ndarray, " k"]
    death_cells: Int[np.ndarray, " k"]
    same_birth: Bool[np.ndarray, " k"]
    same_death: Bool[np.ndarray, " k"]

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, owned(np.asarray(getattr(self, field.name))))
        shapes = {field.name: getattr(self, field.name).shape for field in fields(self)[1:]}
        wrong = [name for name, shape in shapes.items() if shape != self.vines.shape]
        if wrong or self.vines.ndim != 1:
            raise ValueError(
                f"all columns must have the shape of `vines`, (k,), got {shapes}; `ml.vineyard` "
                "makes the table of a family"
            )

    __reduce__ = rebuilt

    def __len__(self) -> int:
        """Return the number of vines."""
        return int(self.vines.max(initial=-1)) + 1

    def __repr__(self) -> str:
        vines, members = len(self), len(self.parameters)
        return (
            f"Vineyard({vines} vine{'' if vines == 1 else 's'} of {members} "
            f"member{'' if members == 1 else 's'})"
        )

    @property
    def lengths(self) -> Float[np.ndarray, "n vines"]:
        """Length of each vine's bar in each member; nan where it has none, `inf` if essential."""
        return self._spread(self.deaths - self.births)

    @property
    def switched(self) -> Bool[np.ndarray, " k"]:
        """Mask of the rows where a vine goes on with a cell that is another, or that is unknown."""
        first = np.append(True, self.vines[1:] != self.vines[:-1])[: len(self.vines)]
        return ~first & ~(self.same_birth & self.same_death)

    @property
    def table(self) -> np.ndarray:
        """The rows as a structured array, which `pandas.DataFrame` takes as it is."""
        columns = {"vine": self.vines, "parameter": self.parameters[self.members]}
        columns |= {"birth": self.births, "death": self.deaths}
        columns |= {"length": self.deaths - self.births, "degree": self.degrees}
        names = ("birth_cells", "death_cells", "same_birth", "same_death")
        columns |= {name.removesuffix("s"): getattr(self, name) for name in names}
        table = np.empty(len(self.vines), [(name, part.dtype) for name, part in columns.items()])
        for name, part in columns.items():
            table[name] = part
        return table

    def _spread(self, column: Float[np.ndarray, " k"]) -> Float[np.ndarray, "n vines"]:
        table = np.full((len(self.parameters), len(self)), np.nan)
        table[self.members, self.vines] = column
        return table


def follow(
    parameters: Float[np.ndarray, " n"], diagrams: Sequence[Diagram], steps: Sequence[Step]
) -> Vineyard:
    """Put together the vines of a family.

    Parameters
    ----------
    parameters : ndarray, shape (n,)
        Increasing, one for each member.
    diagrams : sequence of Diagram, length n
        The bars of the members.
    steps : sequence of Step, length n - 1
        How the bars of each member go on in the next.
    """
    starts = np.cumsum([0, *map(len, diagrams)])
    roots, same = np.arange(starts[-1]), np.zeros((2, starts[-1]), dtype=bool)
    for member, step in enumerate(steps):
        old = np.flatnonzero(step.partners >= 0)
        new = starts[member + 1] + step.partners[old]
        roots[new] = roots[starts[member] + old]
        same[:, new] = step.same_birth[old], step.same_death[old]
    members = np.repeat(np.arange(len(diagrams)), np.diff(starts))
    columns = {
        name: np.concatenate([nothing, *(getattr(bars, name) for bars in diagrams)])
        for names, nothing in ((("births", "deaths"), np.zeros(0)), (CELLS, np.zeros(0, int)))
        for name in names
    }
    # a root is the first row of its vine
    order = np.lexsort((members, roots, columns["degrees"]))
    vines = np.cumsum(np.diff(roots[order], prepend=-1) != 0) - 1
    rows = {name: sealed(column[order]) for name, column in columns.items()}
    flags = {name: sealed(row[order]) for name, row in zip(SAME, same, strict=True)}
    return Vineyard(
        parameters=reals("parameters", parameters),
        vines=sealed(vines),
        members=sealed(members[order]),
        **rows,
        **flags,
    )


def check_family(parameters: Sequence[float] | np.ndarray, members: Sequence) -> np.ndarray:
    """Return the parameters as an array, one for each member.

    Raises
    ------
    ValueError
        If the numbers of parameters and members differ, or a parameter is not finite or comes
        twice.

    Examples
    --------
    >>> check_family([0.0, 1.0], "ab")
    array([0., 1.])
    """
    at = np.asarray(parameters, dtype=np.float64)
    if at.shape != (len(members),):
        raise ValueError(
            f"`parameters` must hold one number for each of the {len(members)} diagrams, got "
            f"shape {at.shape}; pass as many of the one as of the other"
        )
    if not np.isfinite(at).all() or len(np.unique(at)) < len(at):
        raise ValueError(
            f"`parameters` must be finite and all different, got {at.tolist()}; leave out the "
            "member whose parameter is unknown or comes twice"
        )
    return at
