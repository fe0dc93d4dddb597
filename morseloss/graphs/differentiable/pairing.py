"""`TensorDiagram`: the bars of graphs whose values and weights are tensors.

The one idea: birth and death of a bar are the value of its minimum and the weight of its edge, two
entries of the tensors. So the elder rule runs once, on plain numbers, and all that torch sees is
which entries are taken. A batch of graphs has one row of bars a graph, for each has as many bars as
minima.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss.graphs.differentiable.operators import operator_of
from morseloss.graphs.differentiable.tensors import check_same_device, floats, integers_of, numbers
from morseloss.topology.diagram import Diagram
from morseloss.topology.door import borrowing
from morseloss.topology.elder import elder_rule
from morseloss.topology.filtration import Filtration

__all__ = ["TensorDiagram", "barcode"]


@dataclass(frozen=True, eq=False)
class TensorDiagram:
    """Hold the bars of one graph or of a batch of them, births and deaths with their gradients.

    Bars stand in the order of a `Diagram`: by birth, then by minimum.

    Parameters
    ----------
    births, deaths : Tensor, shape (..., n)
        Entries of the values and of the weights; the death of an essential bar is `inf`.
    birth_cells, death_cells : Tensor, shape (..., n), int64
        Rows of the minima and of the edges that they are, -1 for no edge.

    Examples
    --------
    >>> bars = barcode(torch.tensor([0.0, 1.0]), [[0, 1]], torch.tensor([3.0]))
    >>> bars, bars.lifetimes
    (TensorDiagram(2 bars), tensor([inf, 2.]))
    """

    births: Float[Tensor, "*batch n"]
    deaths: Float[Tensor, "*batch n"]
    birth_cells: Int[Tensor, "*batch n"]
    death_cells: Int[Tensor, "*batch n"]

    def __len__(self) -> int:
        return len(self.births)

    def __repr__(self) -> str:
        *batch, bars = self.births.shape
        each = f" in each of {' x '.join(map(str, batch))} graphs" if batch else ""
        return f"TensorDiagram({bars} bar{'' if bars == 1 else 's'}{each})"

    def __getitem__(self, graph: Any) -> "TensorDiagram":
        """Return the bars of one graph of a batch, or of some.

        Raises
        ------
        IndexError
            If there is no batch.
        """
        if self.births.ndim == 1:
            raise IndexError("these are the bars of one graph; index `.births` or `.deaths`")
        columns = self.births, self.deaths, self.birth_cells, self.death_cells
        return TensorDiagram(*(column[graph] for column in columns))

    @property
    def lifetimes(self) -> Float[Tensor, "*batch n"]:
        """Lengths of the bars, in the unit of the values; `inf` for essential ones."""
        return self.deaths - self.births

    @property
    def finite(self) -> Bool[Tensor, "*batch n"]:
        """Mask of the bars that end."""
        return self.death_cells >= 0

    def detached(self) -> Diagram:
        """Return the bars of one graph as plain numbers, row by row the same.

        Raises
        ------
        ValueError
            If these are the bars of a batch.

        Examples
        --------
        >>> barcode(torch.tensor([0.0, 1.0]), [[0, 1]], torch.tensor([3.0])).detached()
        Diagram(2 bars: 2 of degree 0, 1 essential)
        """
        if self.births.ndim > 1:
            raise ValueError(f"expected the bars of one graph, got {self}; take one, `bars[0]`")
        cells = (cells.cpu().numpy() for cells in (self.birth_cells, self.death_cells))
        births, deaths = numbers(self.births), numbers(self.deaths)
        born, ended = cells
        return Diagram(births, deaths, birth_cells=born, death_cells=ended, highest=0)


def barcode(
    values: Float[Tensor, "*#batch n"], edges: Any, weights: Float[Tensor, "*#batch m"]
) -> TensorDiagram:
    """Return the loss barcode of a graph, or of each of a batch, differentiable in its numbers.

    Parameters
    ----------
    values : Tensor, shape (..., n)
        Values of the minima. Leading axes are those of a batch; they are broadcast.
    edges : Tensor or array_like of int, shape (m, 2) or (..., m, 2)
        Rows of the two minima which each edge joins, the same for all graphs or their own.
    weights : Tensor, shape (..., m)
        Barriers, at or above the values of both ends; of the same dtype and device.

    Returns
    -------
    TensorDiagram
        The bars that `ml.barcode` finds, to the bit, in the dtype and on the device of the values.

    Raises
    ------
    ValueError
        If `values` or `weights` are no tensors of floats, lie on two devices or have two dtypes, a
        shape does not fit, or a graph is no filtration; see `Filtration`.

    Notes
    -----
    Where no two values and no two weights are equal, a small change of the numbers leaves each bar
    its cells: the gradient of its birth is 1 at its minimum, that of its death 1 at its edge. At
    ties one side is taken: of equal values the earlier row counts as lower, and of equal weights
    too. So the gradient is that of the graph whose rows `i` are raised by `i` times something tiny.

    Graphs of different sizes make no batch: use a list of calls.

    References
    ----------
    Barannikov et al., Loss barcode, Definitions 1 and 2.

    Examples
    --------
    >>> values = torch.tensor([0.0, 2.0, 1.0], requires_grad=True)
    >>> weights = torch.tensor([3.0, 4.0, 9.0], requires_grad=True)
    >>> bars = barcode(values, [[0, 1], [1, 2], [0, 2]], weights)
    >>> bars.lifetimes[bars.finite].sum().backward()
    >>> values.grad, weights.grad
    (tensor([ 0., -1., -1.]), tensor([1., 1., 0.]))
    """
    values, weights = floats("values", values, "(..., n)"), floats("weights", weights, "(..., m)")
    edges = integers_of("edges", edges)
    check_same_device(values=values, weights=weights)
    if values.dtype != weights.dtype:
        raise ValueError(
            f"`values` and `weights` must have one dtype, got {values.dtype} and {weights.dtype}; "
            "use `weights.to(values.dtype)`"
        )
    values, edges, weights = _batched(values, edges, weights)
    births, deaths = CELLS(values.detach(), edges, weights.detach()).unbind(-2)
    never = weights.new_full((*weights.shape[:-1], 1), torch.inf)
    ends = torch.cat([weights, never], dim=-1)  # the edge after the last one: none
    rows = torch.where(deaths < 0, weights.shape[-1], deaths)
    return TensorDiagram(values.gather(-1, births), ends.gather(-1, rows), births, deaths)


def _batched(values: Tensor, edges: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the three with the same leading axes.

    Raises
    ------
    ValueError
        If they do not fit.
    """
    if edges.shape == (0,):
        edges = edges.reshape(0, 2)
    shapes = [tuple(part.shape) for part in (values, edges, weights)]
    fits = values.ndim and weights.ndim and edges.ndim > 1 and edges.shape[-1] == 2
    try:
        if not fits or edges.shape[-2] != weights.shape[-1]:
            raise ValueError
        batch = torch.broadcast_shapes(shapes[0][:-1], shapes[1][:-2], shapes[2][:-1])
    except (ValueError, RuntimeError):
        raise ValueError(
            "`values`, `edges` and `weights` must have shapes (..., n), (m, 2) or (..., m, 2), and "
            f"(..., m), got {shapes[0]}, {shapes[1]} and {shapes[2]}; graphs of different sizes "
            "make no batch, but a list of calls"
        ) from None
    values, weights = (part.expand(*batch, part.shape[-1]) for part in (values, weights))
    return values, edges.expand(*batch, *edges.shape[-2:]), weights


def _cells(values: Tensor, edges: Tensor, weights: Tensor) -> Tensor:
    """Return the cells of births and of deaths, shape (..., 2, n), of all graphs."""
    *batch, n = values.shape
    count, m = math.prod(batch), weights.shape[-1]
    heights = numbers(values).reshape(count, n), numbers(weights).reshape(count, m)
    ends = edges.cpu().numpy().reshape(count, m, 2)
    found = np.empty((count, 2, n), dtype=np.int64)
    for row, graph in enumerate(zip(heights[0], ends, heights[1], strict=True)):
        found[row] = _cells_of(graph, f" (graph {row} of the batch)" if batch else "")
    return torch.from_numpy(found).reshape(*batch, 2, n).to(values.device)


def _no_cells(values: Tensor, edges: Tensor, weights: Tensor) -> Tensor:
    """Return a tensor like that of the cells, for tracing."""
    *batch, n = values.shape
    return values.new_empty((*batch, 2, n), dtype=torch.int64)


CELLS = operator_of("barcode_cells(Tensor values, Tensor edges, Tensor weights)", _cells, _no_cells)


def _cells_of(graph: tuple[np.ndarray, np.ndarray, np.ndarray], where: str) -> np.ndarray:
    """Return birth and death cells of one graph.

    Raises
    ------
    ValueError
        If it is no filtration; the message says which graph of a batch.
    """
    try:
        with borrowing():
            bars = elder_rule(Filtration(*graph))
    except ValueError as error:
        raise ValueError(f"{error}{where}") from None
    return np.stack([bars.birth_cells, bars.death_cells])
