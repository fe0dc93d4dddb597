"""Which minima lie next to each other: the pairs worth joining, without looking at all of them.

The one idea: near is what is near in the coordinates in which the wells are round on average, so
that a linear change of coordinates changes nothing. In up to three variables the neighbours are
those of the Delaunay triangulation, above that a number of nearest ones. All that is known here of
space is `whitening` and distances: other spaces need
other coordinates only.
"""

from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

__all__ = ["Adjacency", "whitening"]

TRIANGULATED = 3  # dimension up to which Delaunay's triangulation is cheap
NEAREST = 3  # times the dimension: how many neighbours count above that
FEW = 2  # nearest neighbours that count in any case
BETWEEN = 10  # minima looked at around the middle of a pair
WIDER = 1.05  # radius of the ball in which a minimum is between two others, in half distances
FLATTEST = 1e-6  # of the largest curvature of a well: no direction counts as flatter

Where = Float[np.ndarray, "minima dim"]
Pairs = Int[np.ndarray, "pairs 2"]


def whitening(hessians: Float[np.ndarray, "minima dim dim"]) -> Float[np.ndarray, "dim dim"]:
    """Return the matrix W for which the mean well is round in the coordinates `points @ W`.

    Hessians are averaged after each was divided by the geometric mean of its eigenvalues, so that
    steep wells count no more than others.
    """
    eigenvalues, modes = np.linalg.eigh(hessians)
    sizes = np.abs(eigenvalues)
    sizes = np.maximum(sizes, FLATTEST * sizes.max(axis=1, keepdims=True))
    sizes = np.where(sizes > 0, sizes, 1.0)
    sizes = sizes / np.exp(np.log(sizes).mean(axis=1, keepdims=True))
    shapes = (modes * sizes[:, None]) @ np.swapaxes(modes, 1, 2)
    eigenvalues, modes = np.linalg.eigh(shapes.mean(axis=0))
    return modes * np.sqrt(eigenvalues)


class Adjacency:
    """Neighbours among minima.

    Parameters
    ----------
    where : ndarray, shape (minima, dim)
        Coordinates in which distances mean something.

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.1]])
    >>> Adjacency(square).pairs().tolist()
    [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]
    """

    def __init__(self, where: Where) -> None:
        self.where = np.ascontiguousarray(where, dtype=float)

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import KDTree

        return KDTree(self.where)

    def pairs(self) -> Pairs:
        """Return the pairs of neighbours, the lower row first, in the order of rows."""
        count, dim = self.where.shape
        if count <= dim + 1:
            return np.argwhere(np.triu(np.ones((count, count), dtype=bool), 1))
        if dim == 1:
            order = np.argsort(self.where[:, 0], kind="stable")
            return _ordered(np.stack([order[:-1], order[1:]], axis=1))
        if dim > TRIANGULATED:
            return self._nearest(NEAREST * dim)
        return _ordered(np.concatenate([self._nearest(FEW), self._triangulated()]))

    def between(self, pairs: Pairs) -> Int[np.ndarray, "pairs some"]:
        """Return for each pair the minima that lie between the two, -1 for none.

        Those in the ball over the pair as diameter, made a little wider, and nearer to both ends
        than these are to each other.
        """
        left, right = self.where[pairs[:, 0]], self.where[pairs[:, 1]]
        length = np.linalg.norm(left - right, axis=1)[:, None]
        count = min(BETWEEN, len(self.where))
        far, rows = self._tree.query((left + right) / 2, k=count)
        far, rows = far.reshape(len(pairs), count), rows.reshape(len(pairs), count)
        others = self.where[rows]
        inside = far <= WIDER * length / 2
        for end in (left, right):
            inside &= np.linalg.norm(others - end[:, None], axis=2) < length
        inside &= (rows != pairs[:, :1]) & (rows != pairs[:, 1:])
        return np.where(inside, rows, -1)

    def across(self, pieces: Int[np.ndarray, " minima"]) -> Pairs:
        """Return for each piece the nearest pair of a minimum of it and one of another piece."""
        from scipy.spatial import KDTree

        found = []
        for piece in np.unique(pieces):
            mine = pieces == piece
            inside, outside = np.flatnonzero(mine), np.flatnonzero(~mine)
            if not len(outside):
                continue
            few, many = sorted((inside, outside), key=len)
            distance, rows = KDTree(self.where[many]).query(self.where[few])
            best = int(np.argmin(distance))
            found.append((few[best], many[np.asarray(rows)[best]]))
        return _ordered(np.array(found, dtype=np.int64).reshape(-1, 2))

    def _nearest(self, count: int) -> Pairs:
        count = min(count + 1, len(self.where))
        rows = np.asarray(self._tree.query(self.where, k=count)[1]).reshape(-1, count)
        own = np.repeat(np.arange(len(rows)), count)
        pairs = np.stack([own, rows.ravel()], axis=1)
        return _ordered(pairs[pairs[:, 0] != pairs[:, 1]])

    def _triangulated(self) -> Pairs:
        """Return the edges of Delaunay's triangulation, or neighbours where it has no room."""
        from itertools import combinations

        from scipy.spatial import Delaunay, QhullError

        try:
            cells = Delaunay(self.where).simplices
        except QhullError:
            return self._nearest(NEAREST * self.where.shape[1])
        corners = combinations(range(cells.shape[1]), 2)
        return np.concatenate([cells[:, corner] for corner in corners]).astype(np.int64)


def _ordered(pairs: Pairs) -> Int[np.ndarray, "_ 2"]:
    """Return the distinct pairs, the lower row first."""
    return np.unique(np.sort(pairs.astype(np.int64), axis=1), axis=0)
