"""`resolution`: which bars are longer than what their births may still fall.

The one idea: a bar is a difference of two heights, of which the lower one is not final either. One
that is shorter than what its birth may fall says nothing, and is marked.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.graphs.persistence import barcode
from morseloss.networks.births.births import Births
from morseloss.networks.paths.relayed import Relayed
from morseloss.status import Worded

__all__ = ["Bar", "Resolution", "resolution"]


class Bar(Worded):
    """Whether a bar is longer than what its birth may still fall; `bar.message` explains it."""

    RESOLVED = 0, "is longer than what its birth may still fall"
    UNRESOLVED = (
        1,
        "is no longer than what its birth may still fall: let the networks descend further "
        "(`finish=`), or compare no lengths",
    )
    ENDLESS = 2, "never ends: it is that of the lowest network, whose birth may fall all the same"
    UNKNOWN = 3, "has a birth of which nothing is known; use `births`"


@dataclass(frozen=True, eq=False)
class Resolution:
    """Bars beside what their births may fall, lowest birth first.

    Attributes
    ----------
    minima : ndarray, shape (bars,)
        Row of the network whose bar it is.
    births, lengths : ndarray, shape (bars,)
        [value]; the length of the lowest is infinite.
    may_fall : ndarray, shape (bars,)
        nan where nothing is known.
    status : ndarray, shape (bars,)
        A `Bar` for each.
    """

    minima: Int[np.ndarray, " bars"]
    births: Float[np.ndarray, " bars"]
    lengths: Float[np.ndarray, " bars"]
    may_fall: Float[np.ndarray, " bars"]
    status: Int[np.ndarray, " bars"]

    def __len__(self) -> int:
        return len(self.births)

    def rows(self) -> list[tuple[str, ...]]:
        """Return minimum, birth, length, may still fall and verdict of each bar, as text."""
        return [
            (
                str(minimum), f"{birth:.6g}", f"{length:.2e}",
                "-" if np.isnan(fall) else f"{fall:.1e}", Bar(int(status)).name.lower(),
            )
            for minimum, birth, length, fall, status in zip(
                self.minima, self.births, self.lengths, self.may_fall, self.status, strict=True
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        names = "minimum", "birth", "length", "may still fall", "verdict"
        lines = [names, *self.rows()]
        widths = [max(len(line[k]) for line in lines) for k in range(len(names))]
        return "\n".join(
            "  ".join(part.rjust(width) for part, width in zip(line, widths, strict=True))
            for line in lines
        )

    def __repr__(self) -> str:
        counts = [(kind, int((self.status == kind).sum())) for kind in Bar]
        told = ", ".join(f"{count} {kind.name.lower()}" for kind, count in counts if count)
        return f"Resolution({many(len(self), 'bar')}: {told})"


def resolution(
    graph: LandscapeGraph | Relayed, births: Births | Float[np.ndarray, " n"]
) -> Resolution:
    """Return which bars of a graph are longer than what their births may still fall.

    Parameters
    ----------
    graph : LandscapeGraph or Relayed
        Of networks: `run.best(...)`, or what `relay` gave.
    births : Births or ndarray, shape (n,)
        Of these networks in this order, or what each may fall, nan where that is not known.

    Raises
    ------
    ValueError
        If they are not of the same networks.

    Examples
    --------
    >>> import morseloss as ml, numpy as np
    >>> from morseloss.networks import resolution
    >>> graph = ml.LandscapeGraph([0.1, 0.2, 0.3], [[0, 1], [0, 2]], [0.5, 0.30001])
    >>> print(resolution(graph, np.full(3, 1e-3)))
    minimum  birth    length  may still fall     verdict
          0    0.1       inf         1.0e-03     endless
          1    0.2  3.00e-01         1.0e-03    resolved
          2    0.3  1.00e-05         1.0e-03  unresolved
    """
    graph = graph.graph() if isinstance(graph, Relayed) else graph
    falls = _falls(graph, births)
    bars = barcode(graph)
    minima = np.asarray(bars.birth_cells, dtype=np.int64)
    may_fall = falls[minima]
    lengths = bars.lifetimes
    status = np.where(lengths > may_fall, int(Bar.RESOLVED), int(Bar.UNRESOLVED))
    status = np.where(np.isnan(may_fall), int(Bar.UNKNOWN), status)
    status = np.where(np.isinf(lengths), int(Bar.ENDLESS), status)
    return Resolution(minima, bars.births, lengths, may_fall, status)


def _falls(graph: LandscapeGraph, births: Births | np.ndarray) -> np.ndarray:
    falls = births.may_fall if isinstance(births, Births) else births
    known = falls.cpu().double().numpy() if isinstance(falls, Tensor) else np.asarray(falls, float)
    if known.shape != graph.values.shape:
        raise ValueError(
            f"`births` must be of the {len(graph)} networks of the graph, one number each, got "
            f"shape {known.shape}"
        )
    if isinstance(births, Births):
        values = births.values.cpu().double().numpy()
        if not np.allclose(values, graph.values, rtol=1e-6, equal_nan=True):
            raise ValueError(
                "`births` must be of the networks of the graph, in their order, and their losses "
                "differ; pass the points of the graph to `births`"
            )
    return known
