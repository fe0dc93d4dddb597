"""`LossBarcode`: barcodes as a step of scikit-learn's pipelines.

The one idea: graphs in, arrays of births and deaths out, which is what `gudhi.representations` and
`persim` take; whatever makes vectors, images or kernels of them is theirs.
"""

from typing import Any, Literal

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, TransformerMixin

from morseloss.graphs.graph import as_graph
from morseloss.graphs.persistence import barcode
from morseloss.kinds import kind_of
from morseloss.tables.table import Tabled
from morseloss.topology.diagram import Diagram
from morseloss.topology.door import reals
from morseloss.topology.grids import grid_barcode

__all__ = ["LossBarcode"]

FORMS, BARS = ("auto", "graph", "grid"), ("finite", "all")


class LossBarcode(TransformerMixin, BaseEstimator):
    """Turn graphs, matrices or sampled landscapes into their barcodes of degree 0.

    There is nothing to fit. A sample is whatever `ml.barcode` takes: a `LandscapeGraph`, a networkx
    graph, a tuple `(values, edges, weights)`, a scipy sparse matrix, a symmetric matrix with
    barriers (or distances) off the diagonal and births on it; or the values of a function on a
    regular grid of any dimension.

    Parameters
    ----------
    form : {"auto", "graph", "grid"}
        What an array is: a matrix, or values on the vertices of a grid, neighbours along the axes.
        With "auto" an array with two axes that is square and symmetric is a matrix, any other one a
        grid.
    bars : {"finite", "all"}
        Whether half-lines stay out, as most vectorisers want it, or come along with death `inf`, as
        distances want it. Bars of length zero stay out in any case.
    value, weight : str
        Attributes of the nodes and edges of networkx graphs.

    Examples
    --------
    >>> graphs = [([0.0, 1.0], [[0, 1]], [3.0]), np.array([[0.0, 2.0], [2.0, 0.5]])]
    >>> LossBarcode().fit_transform(graphs)
    [array([[1., 3.]]), array([[0.5, 2. ]])]

    A function on a line, with two wells:

    >>> LossBarcode(bars="all").fit_transform([[0.0, 2.0, 1.0, 5.0]])
    [array([[ 0., inf],
           [ 1.,  2.]])]
    """

    def __init__(
        self,
        *,
        form: Literal["auto", "graph", "grid"] = "auto",
        bars: Literal["finite", "all"] = "finite",
        value: str = "value",
        weight: str = "weight",
    ) -> None:
        self.form = form
        self.bars = bars
        self.value = value
        self.weight = weight

    def fit(self, X: Any, y: Any = None) -> "LossBarcode":
        """Check parameters and samples; there is nothing to learn.

        Parameters
        ----------
        X : list, or ndarray with one sample a row
            Samples; see the class.
        y : object, optional
            Not looked at.

        Returns
        -------
        LossBarcode
            Itself.

        Raises
        ------
        ValueError
            If `transform` would refuse them.
        """
        self.transform(X)
        return self

    def fit_transform(
        self, X: Any, y: Any = None, **fit_params: Any
    ) -> list[Float[np.ndarray, "_ 2"]]:
        """Return what `transform` does, computed once.

        Parameters
        ----------
        X, y
            As in `fit`.
        fit_params
            Not looked at.

        Returns
        -------
        list of ndarray, each of shape (k, 2)

        Raises
        ------
        ValueError
            As `transform` does.
        """
        return self.transform(X)

    def transform(self, X: Any) -> list[Float[np.ndarray, "_ 2"]]:
        """Return births and deaths of the bars of each sample.

        Parameters
        ----------
        X : list, or ndarray with one sample a row
            Samples; see the class.

        Returns
        -------
        list of ndarray, each of shape (k, 2)
            Sorted by birth.

        Raises
        ------
        ValueError
            If `X` is no list of samples, or a sample is no filtered graph and no grid of numbers;
            the message says which.
        """
        self._check()
        found = []
        for row, sample in enumerate(_samples(X)):
            try:
                diagram = self._diagram(sample)
            except ValueError as error:
                raise ValueError(f"sample {row}: {error}") from error
            kept = diagram.births < diagram.deaths
            kept &= diagram.finite | (self.bars == "all")
            found.append(np.column_stack([diagram.births, diagram.deaths])[kept])
        return found

    def _check(self) -> None:
        for name, allowed in (("form", FORMS), ("bars", BARS)):
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"`{name}` must be one of {', '.join(map(repr, allowed))}, got "
                    f"{getattr(self, name)!r}"
                )

    def _diagram(self, sample: Any) -> Diagram:
        """Return the bars of one sample."""
        if hasattr(sample, "nodes") and hasattr(sample, "edges"):
            return barcode(as_graph(sample, value=self.value, weight=self.weight))
        if not isinstance(sample, np.ndarray | list) and not hasattr(sample, "detach"):
            return barcode(sample)
        detach = getattr(sample, "detach", None)  # of a tensor
        array = np.asarray(sample if detach is None else detach().cpu())
        if self.form == "graph" or (self.form == "auto" and _is_matrix(array)):
            return barcode(array)
        return _grid_bars(array)

    def __sklearn_is_fitted__(self) -> bool:
        """There is nothing to fit."""
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []  # births and deaths are float64
        tags.input_tags.three_d_array = True
        return tags


def _samples(X: Any) -> list:
    """Return the samples as a list.

    Raises
    ------
    ValueError
        If there is no list of them.
    """
    if hasattr(X, "tocoo"):
        raise ValueError("`X` is one sparse matrix; sparse graphs come in a list, `[matrix]`")
    if hasattr(X, "__array__") and not isinstance(X, list | Tabled):
        X = _rows(np.asarray(X))
    if not isinstance(X, list):
        raise ValueError(
            "`X` must be a list of graphs, matrices or grids, or an array of them, got "
            f"{kind_of(X)}; wrap a single one, `[graph]`"
        )
    if not X:
        raise ValueError("`X` must hold at least one sample, got none")
    return X


def _rows(X: np.ndarray) -> list:
    """Return the samples of an array, in the words of scikit-learn where it holds none.

    Raises
    ------
    ValueError
        If it has one axis only, is empty or complex.
    """
    if X.dtype.kind == "c":
        raise ValueError("Complex data not supported: bars are born and die at real numbers")
    if X.ndim < 2 and X.dtype.kind != "O":
        raise ValueError(
            f"`X` must hold one sample a row, got shape {X.shape}. Reshape your data: "
            "`X.reshape(1, -1)` is one function on a line"
        )
    if X.ndim > 1 and X.size == 0 and len(X):
        raise ValueError(
            f"`X` has 0 feature(s) (shape={X.shape}) while a minimum of 1 is required."
        )
    return list(X)


def _is_matrix(array: np.ndarray) -> bool:
    """Tell whether an array is a matrix of distances or barriers: square and symmetric."""
    square = array.ndim == 2 and array.shape[0] == array.shape[1]
    return square and np.array_equal(array, array.T, equal_nan=array.dtype.kind == "f")


def _grid_bars(values: np.ndarray) -> Diagram:
    """Return the bars of a function on the vertices of a grid, neighbours along the axes.

    Raises
    ------
    ValueError
        If the values are not finite, or there are none.
    """
    values = reals("grid", values, axes=values.ndim)
    if not values.size or not np.isfinite(values).all():
        raise ValueError(
            f"a grid must hold finite numbers, got shape {values.shape}, {np.isnan(values).sum()} "
            f"of them nan and {np.isinf(values).sum()} infinite"
        )
    return grid_barcode(values)
