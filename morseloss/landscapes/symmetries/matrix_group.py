"""`MatrixGroup`: finitely many orthogonal matrices, and translations along directions.

The one idea: with the free directions taken out, the images of a point under all matrices are a
table; everything is read there.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points, SomePoints
from morseloss.kinds import check_count, kind_of
from morseloss.landscapes.spaces.space import Places
from morseloss.landscapes.symmetries.action import GroupAction, Moved

__all__ = ["MatrixGroup", "Translations"]

ROUND_OFF = 1e-9  # by which an entry of a product or a direction may be off
MOST = 5000  # elements
MOST_COPIES = 64  # of a point, to which ways lead
SHOWN = 32  # of the values of a point's images along one direction, as invariants
SHIFT = 0.37  # [point], of a translation that is tried


class MatrixGroup(GroupAction):
    """A finite group of orthogonal matrices, with translations along given directions or without.

    Parameters
    ----------
    matrices : Tensor or array, shape (order, dim, dim)
        All of them, the identity too; `MatrixGroup.generated_by` makes them of a few.
    along : Tensor or array, shape (k, dim), optional
        Directions along which everything may be shifted.

    Raises
    ------
    ValueError
        If a matrix is not orthogonal, comes twice, or turns the free directions out of their span,
        or a product of two, or the identity, is missing.

    Examples
    --------
    >>> import numpy as np, morseloss as ml
    >>> ml.MatrixGroup(np.array([np.eye(2), -np.eye(2)]))
    MatrixGroup(2 matrices in R^2)
    """

    def __init__(self, matrices: object, along: object = None) -> None:
        self.matrices = _matrices(matrices)
        self.order, self.dim = self.matrices.shape[:2]
        self.along = _directions(along, self.dim)
        self.continuous = len(self.along)
        self.free = self.order == 1
        _check_orthogonal(self.matrices)
        _check_closed(self.matrices)
        _check_span(self.matrices, self.along)

    @classmethod
    def generated_by(cls, matrices: object, along: object = None) -> "MatrixGroup":
        """Return the group of all products of the given matrices.

        Raises
        ------
        ValueError
            If there are more than 5000, or what `MatrixGroup` refuses.

        Examples
        --------
        >>> import morseloss as ml
        >>> ml.MatrixGroup.generated_by([[[0.0, -1.0], [1.0, 0.0]]])
        MatrixGroup(4 matrices in R^2)
        """
        given = _matrices(matrices)
        _check_orthogonal(given)
        known = {_key(unit): unit for unit in (np.eye(given.shape[1]),)}
        fresh = list(known.values())
        while fresh:
            products = [left @ right for left in given for right in fresh]
            unseen = {_key(matrix): matrix for matrix in products}
            fresh = [matrix for key, matrix in unseen.items() if key not in known]
            known.update((_key(matrix), matrix) for matrix in fresh)
            if len(known) > MOST:
                raise ValueError(
                    f"`matrices` generate more than {MOST} products, too many for a table; for "
                    "particles that may be exchanged use `Particles`"
                )
        return cls(np.stack(list(known.values())), along)

    @classmethod
    def of_permutations(
        cls, permutations: Sequence[Sequence[int]], *, space_dim: int = 1
    ) -> "MatrixGroup":
        """Return the group that renumbers particles of `space_dim` coordinates each.

        Parameters
        ----------
        permutations : sequence of sequences of int
            Each lists where the particles come from; all that they generate is added.
        space_dim : int

        Raises
        ------
        ValueError
            If they are of unequal lengths, or one is no permutation.

        Examples
        --------
        >>> import morseloss as ml
        >>> ml.MatrixGroup.of_permutations([(1, 0, 2), (1, 2, 0)])
        MatrixGroup(6 matrices in R^3)
        """
        check_count("space_dim", space_dim)
        rows = [list(permutation) for permutation in permutations]
        lengths = [len(row) for row in rows]
        if not rows or len(set(lengths)) > 1:
            raise ValueError(
                f"`permutations` must all be of one length, got lengths {lengths}; list where "
                "every particle comes from, those that stay too"
            )
        for place, row in enumerate(rows):
            if sorted(row) != list(range(len(row))):
                raise ValueError(
                    f"permutation {place} must hold each of 0, ..., {len(row) - 1} once, got {row}"
                )
        units = np.eye(lengths[0])
        return cls.generated_by([np.kron(units[row], np.eye(space_dim)) for row in rows])

    def tangents(self, points: Points) -> Float[Tensor, "batch dim continuous"]:
        """Return the free directions, the same at every point."""
        return torch.from_numpy(self.along.T.copy()).to(points).expand(len(points), -1, -1)

    def centred(self, points: Places) -> Places:
        """Return the points without their parts along the free directions."""
        along = torch.from_numpy(self.along).to(points)
        return points - (points @ along.mT) @ along

    def generated(self, points: Points) -> Iterator[Moved]:
        """Yield the points shifted along each free direction, and under each matrix."""
        for place, way in enumerate(torch.from_numpy(self.along).to(points)):
            yield f"the translation along direction {place}", points + SHIFT * way
        for place, matrix in enumerate(torch.from_numpy(self.matrices).to(points)):
            yield f"matrix {place}", points @ matrix.mT

    def invariants(self, points: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, "n _"]:
        """Return norms, and how far the images reach along one direction of no symmetry."""
        held = self._held(points)
        way = np.sqrt(np.arange(2.0, self.dim + 2))
        reached = np.sort(held @ (way @ self.matrices / np.linalg.norm(way)).T, axis=1)
        some = np.unique(np.linspace(0, self.order - 1, SHOWN).round().astype(int))
        return np.column_stack([np.linalg.norm(held, axis=1), reached[:, some]])

    def gap(
        self, point: Float[np.ndarray, " dim"], other: Float[np.ndarray, " dim"], slack: float
    ) -> float:
        """Return the distance from the point to the nearest image of the other."""
        left = float(self._gaps(point, other).min())
        return left if left <= slack else np.inf

    def stabiliser(self, point: Float[np.ndarray, " dim"], slack: float) -> int:
        """Return how many matrices leave the point where it is, free directions apart."""
        return int((self._gaps(point, point) <= slack).sum())

    def nearest(self, points: Points, others: SomePoints) -> Points:
        """Return the nearest images of the others, exactly."""
        ways = self._ways(points, others)
        rows = ways.norm(dim=-1).argmin(1)
        return points + ways[torch.arange(len(points)), rows]

    def copies(self, points: Points, others: SomePoints) -> Float[Tensor, "copies batch dim"]:
        """Return the images of the others under all matrices, or the 64 nearest of them.

        A point that a matrix leaves in place stands there more than once.
        """
        ways = self._ways(points, others)
        near = ways.norm(dim=-1).argsort(dim=1, stable=True)[:, :MOST_COPIES]
        return (points[:, None] + ways.take_along_dim(near[..., None], 1)).movedim(1, 0)

    def _ways(self, points: Points, others: SomePoints) -> Float[Tensor, "batch order dim"]:
        """The ways to the images of the others under each matrix, without free directions."""
        along = torch.from_numpy(self.along).to(points)
        images = torch.einsum("gij,nj->ngi", torch.from_numpy(self.matrices).to(points), others)
        ways = images - points[:, None]
        return ways - (ways @ along.mT) @ along

    def __repr__(self) -> str:
        shifts = f", {self.continuous} translations" if self.continuous else ""
        return f"MatrixGroup({self.order} matrices in R^{self.dim}{shifts})"

    def _held(self, points: Float[np.ndarray, "*n dim"]) -> Float[np.ndarray, "*n dim"]:
        return points - points @ self.along.T @ self.along

    def _gaps(
        self, point: Float[np.ndarray, " dim"], other: Float[np.ndarray, " dim"]
    ) -> Float[np.ndarray, " order"]:
        return np.linalg.norm(self._held(self.matrices @ other - point), axis=1)


class Translations(MatrixGroup):
    """Translations along given directions: the landscape does not change along them.

    Parameters
    ----------
    directions : Tensor or array, shape (k, dim)

    Raises
    ------
    ValueError
        If they are no such array, or not independent.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.Translations([[0.0, 0.0, 1.0]])
    Translations(1 direction in R^3)
    """

    def __init__(self, directions: object) -> None:
        dim = np.shape(_array("directions", directions, 2))[1]
        super().__init__(np.eye(dim)[None], directions)

    def __repr__(self) -> str:
        plural = "" if self.continuous == 1 else "s"
        return f"Translations({self.continuous} direction{plural} in R^{self.dim})"


def _array(name: str, given: object, axes: int) -> Float[np.ndarray, "..."]:
    """Return finite numbers of so many axes, in float64."""
    if isinstance(given, Tensor):
        given = given.detach().cpu().numpy()
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"`{name}` must be an array of {axes} axes, got {kind_of(given)} ({error}); give all "
            "rows the same length"
        ) from None
    if array.ndim != axes or not array.size or not np.isfinite(array).all():
        raise ValueError(
            f"`{name}` must be a finite array of {axes} axes, got shape {array.shape}; add an axis "
            "for a single one"
        )
    return array


def _matrices(given: object) -> Float[np.ndarray, "order dim dim"]:
    array = _array("matrices", given, 3)
    if array.shape[1] != array.shape[2]:
        raise ValueError(f"`matrices` must have shape (order, dim, dim), got {array.shape}")
    return array


def _directions(given: object, dim: int) -> Float[np.ndarray, "k dim"]:
    """Return an orthonormal basis of the span."""
    if given is None:
        return np.zeros((0, dim))
    array = _array("along", given, 2)
    if array.shape[1] != dim:
        raise ValueError(f"`along` must have shape (k, {dim}), got {array.shape}")
    sizes, basis = np.linalg.svd(array, full_matrices=False)[1:]
    if len(array) > dim or sizes.min() <= ROUND_OFF * sizes.max():
        raise ValueError(
            f"the {len(array)} directions must be independent, got rank "
            f"{int((sizes > ROUND_OFF * sizes.max()).sum())}; drop those that others make up"
        )
    return basis


def _check_orthogonal(matrices: Float[np.ndarray, "order dim dim"]) -> None:
    off = np.abs(matrices.swapaxes(1, 2) @ matrices - np.eye(matrices.shape[1])).max((1, 2))
    row = int(off.argmax())
    if off[row] > ROUND_OFF:
        raise ValueError(
            f"matrix {row} must be orthogonal, and is off by {off[row]:.3g} in M^T M = 1; "
            "symmetries keep distances here: in other coordinates use `Pullback` first"
        )


def _check_closed(matrices: Float[np.ndarray, "order dim dim"]) -> None:
    rows = {_key(matrix): row for row, matrix in enumerate(matrices)}
    if len(rows) < len(matrices):
        raise ValueError(f"`matrices` must be distinct, and {len(matrices) - len(rows)} come twice")
    if _key(np.eye(matrices.shape[1])) not in rows:
        raise ValueError("the identity is missing in `matrices`; add it: a group has it")
    for first, left in enumerate(matrices):
        for second, product in enumerate(left @ matrices):
            if _key(product) not in rows:
                raise ValueError(
                    f"`matrices` must be closed, and the product of matrix {first} with matrix "
                    f"{second}, {product.round(6).tolist()}, is missing; add it, or use "
                    "`MatrixGroup.generated_by`"
                )


def _check_span(
    matrices: Float[np.ndarray, "order dim dim"], along: Float[np.ndarray, "k dim"]
) -> None:
    turned = along @ matrices.swapaxes(1, 2)
    off = np.abs(turned - turned @ along.T @ along).max((1, 2), initial=0.0)
    row = int(off.argmax())
    if off[row] > ROUND_OFF:
        raise ValueError(
            f"matrix {row} must turn the free directions into one another, and leaves their span "
            f"by {off[row]:.3g}; add the directions that it leads to"
        )


def _key(matrix: Float[np.ndarray, "dim dim"]) -> bytes:
    """The matrix to a few digits."""
    return ((matrix / 1e-6).round() + 0.0).tobytes()
