"""`Reduction`: the Witten Laplacian reduced to one node a well, in logarithms.

The one idea: what is left on the wells is an equation between positive numbers of any size. Its
eigenvalues are squared singular values of a factor whose columns are scaled by exponentials, and
one-sided Jacobi rotations find them to the last digit without ever taking those exponentials.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

__all__ = ["ORDER", "Reduction"]

ORDER = 4  # solves; the eigenvalue enters up to the power 2 * ORDER + 1
BELOW = 0.125  # of the rate, up to which the powers left out are below 1e-8
MOST_ROUNDS = 60
MOST_SWEEPS = 60
PARALLEL = 1e-15  # cosine of the angle between two columns at which they are orthogonal

Logs = Float[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Reduction:
    """The equation `S y = lambda (G_0 + lambda G_1 + lambda^2 G_2 + ...) y` on the wells.

    All numbers are natural logarithms, `-inf` for zero.

    Attributes
    ----------
    conductances : ndarray, shape (k, k)
        Of the conductances between the wells: minus the off-diagonal part of S.
    ground : ndarray, shape (k,)
        Of the conductance from each well to the ground: the row sums of S.
    moments : ndarray, shape (2 ORDER + 1, k, k)
        Of the matrices `G_0, G_1, ...`, all of them positive.

    References
    ----------
    Grassmann, Taksar and Heyman, Regenerative analysis and steady state distributions for Markov
    chains, 1985: elimination without subtraction. Demmel and Veselic, Jacobi's method is more
    accurate than QR, 1992.
    """

    conductances: Float[np.ndarray, "k k"]
    ground: Float[np.ndarray, " k"]
    moments: Float[np.ndarray, "order k k"]

    def __len__(self) -> int:
        return len(self.ground)

    def __repr__(self) -> str:
        return f"Reduction({len(self)} wells, the rest above {np.exp(self.log_rate):.3g})"

    @cached_property
    def log_rate(self) -> float:
        """Logarithm of about the lowest eigenvalue of the network whose wells are grounded.

        No eigenvalue but one a well lies below it. Infinite where there is no other node.
        """
        first, second = (
            np.logaddexp.reduce(np.diag(moment) - self._masses) for moment in self.moments[-2:]
        )
        return float(first - second) if second > -np.inf else np.inf

    def log_eigenvalues(self) -> Logs:
        """Return the logarithms of the eigenvalues above zero, ascending, to twelve digits or so.

        There is one a well, less one for each group of connected wells that does not reach the
        ground. An eigenvalue that does not lie well below the rate is nan: the powers of it that
        are left out would count.
        """
        highest = np.log(BELOW) + self.log_rate
        found = self._frozen(-np.inf)
        for row, value in enumerate(found):
            for _ in range(MOST_ROUNDS):
                before = value
                value = self._frozen(value)[row] if value < highest else np.nan
                if not abs(value - before) > 1e-15 * max(1.0, abs(value)):
                    break
            found[row] = value
        return found

    @property
    def _masses(self) -> Float[np.ndarray, " k"]:
        return np.diag(self.moments[0])

    def _frozen(self, value: float) -> Logs:
        """The logarithms of the eigenvalues of `S y = lambda G(value) y`."""
        from scipy.linalg import solve_triangular

        signs, logs = self._factor
        if not logs.size:
            return np.zeros(0)
        half = self._masses / 2
        powers = [0.0, *(n * value for n in range(1, len(self.moments)))]
        terms = [moment + power for moment, power in zip(self.moments, powers, strict=True)]
        matrix = np.exp(np.logaddexp.reduce(terms) - half[:, None] - half)
        scaled = logs - half[:, None]
        sizes = scaled.max(axis=0)
        lower = np.linalg.cholesky(matrix)
        columns = solve_triangular(lower, signs * np.exp(scaled - sizes), lower=True)
        return 2 * np.sort(log_singular_values(columns, sizes))

    @cached_property
    def _factor(self) -> tuple[Float[np.ndarray, "k n"], Float[np.ndarray, "k n"]]:
        """Signs and logarithms of F with `S = F F^T`, wells eliminated in order of their rates."""
        between, ground = self.conductances.copy(), self.ground.copy()
        left, signs, logs = list(range(len(ground))), [], []
        while left:
            totals = np.logaddexp(np.logaddexp.reduce(between[left][:, left], axis=1), ground[left])
            row = left[int(np.argmax(totals - self._masses[left]))]
            left.remove(row)
            total = np.logaddexp.reduce([*between[row, left], ground[row]])
            if total == -np.inf:  # the last of a group from which nothing leads to the ground
                continue
            share = between[row, left] - total
            sign, log = np.zeros(len(ground)), np.full(len(ground), -np.inf)
            sign[row], sign[left] = 1.0, -1.0
            log[row], log[left] = total / 2, total / 2 + share
            signs.append(sign)
            logs.append(log)
            gained = share[:, None] + between[row, left]
            np.fill_diagonal(gained, -np.inf)
            between[np.ix_(left, left)] = np.logaddexp(between[np.ix_(left, left)], gained)
            ground[left] = np.logaddexp(ground[left], share + ground[row])
        shape = len(ground), len(signs)
        return np.array(signs).reshape(shape[::-1]).T, np.array(logs).reshape(shape[::-1]).T


def log_singular_values(columns: Float[np.ndarray, "k n"], sizes: Logs) -> Logs:
    """Return the logarithms of the singular values of `columns * exp(sizes)`, in any order.

    One-sided Jacobi rotations. A rotation mixes two columns in proportion to the ratio of their
    lengths, of which no more than the exponential of a difference is needed; where that is 0 the
    rotation is a step of Gram and Schmidt.

    Parameters
    ----------
    columns : ndarray, shape (k, n)
        Independent, of moderate length.
    sizes : ndarray, shape (n,)
        Logarithms of their scales, of any size.

    Examples
    --------
    >>> import numpy as np
    >>> log_singular_values(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([0.0, -5000.0]))
    array([    0., -5000.])
    """
    order = np.argsort(-sizes, kind="stable")
    columns, sizes = columns[:, order].copy(), sizes[order].copy()
    for _ in range(MOST_SWEEPS):
        lengths = np.linalg.norm(columns, axis=0)
        columns, sizes = columns / lengths, sizes + np.log(lengths)
        turned = False
        for i in range(len(sizes)):
            for j in range(i + 1, len(sizes)):
                turned |= _turned(columns, sizes, i, j)
        if not turned:
            break
    return sizes + np.log(np.linalg.norm(columns, axis=0))


def _turned(columns: Float[np.ndarray, "k n"], sizes: Logs, i: int, j: int) -> bool:
    """Make two columns orthogonal, in place; false where they were."""
    if sizes[i] < sizes[j]:
        i, j = j, i
    first, second = columns[:, i].copy(), columns[:, j].copy()
    long, short = first @ first, second @ second
    along = first @ second
    if abs(along) <= PARALLEL * np.sqrt(long * short):
        return False
    ratio = np.exp(sizes[j] - sizes[i])
    gap = long - short * ratio**2
    tangent = 2 * along / (gap + np.copysign(np.hypot(gap, 2 * along * ratio), gap))
    # the tangent of the angle is `tangent * ratio`, at most 1 in absolute value
    cosine = 1 / np.hypot(1, tangent * ratio)
    columns[:, i] = cosine * (first + tangent * ratio**2 * second)
    columns[:, j] = cosine * (second - tangent * first)
    return True
