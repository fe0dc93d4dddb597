"""`SoftMaximum`: how high curves climb, as a smooth landscape over their control points.

The one idea: `log sum exp(beta L) / beta` over the times of a curve lies between its highest value
there and a little above, and its gradient is a weighted mean of those of the few points near the
top. So second-order steps lower the top itself, where training lowers the mean.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Gradients, Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.search.iterate import iterate
from morseloss.search.paths.curve import Curve

__all__ = ["SoftMaximum", "lowered"]

NEGLIGIBLE = 1e-3  # weight in the sum below which a point's gradient is not asked for
SHARPNESS = 12.0  # of the maximum, over the excess of the top: the soft one lies a quarter above


class SoftMaximum(Landscape):
    """The soft maximum of a landscape over some times of curves.

    A point of it is a row of control points, the ends among them, which do not move, and last the
    sharpness `beta`, which does not either: so rows are independent, each a curve with its own.

    Parameters
    ----------
    whole : Landscape
    curve : Curve
    times : Tensor, shape (times,)
        In [0, 1], of all curves.

    Attributes
    ----------
    gradients : float
        Spent so far, in gradients of one point of `whole`; a value counts as a third.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.paths.soft_maximum import SoftMaximum
    >>> bump = ml.Function(lambda x: 1 - (x**2).sum(-1), dim=1)
    >>> soft = SoftMaximum(bump, ml.Polyline(), torch.tensor([0.25, 0.5, 0.75]).double())
    >>> row = torch.tensor([[-1.0, 0.0, 1.0, 50.0]], dtype=torch.float64)
    >>> soft.value(row)
    tensor([1.0000], dtype=torch.float64)
    """

    def __init__(self, whole: Landscape, curve: Curve, times: Float[Tensor, " times"]) -> None:
        self.whole, self.curve, self.times = whole, curve, times
        self.gradients = 0.0

    @staticmethod
    def rows(controls: Tensor, sharpness: Tensor) -> Points:
        """Return curves and their sharpness as points of this landscape."""
        return torch.cat([controls.flatten(1), sharpness[:, None]], dim=1)

    def controls(self, points: Points) -> Float[Tensor, "batch controls part"]:
        """Return the control points of each row."""
        return points[:, :-1].unflatten(1, (-1, self.whole.dim))

    def value(self, points: Points) -> Values:
        """Return the soft maximum of each curve."""
        return self._soft(points)[0]

    def gradient(self, points: Points) -> Gradients:
        """Return its gradients; those of the ends and of the sharpness are zero."""
        return self.value_and_gradient(points)[1]

    def value_and_gradient(self, points: Points) -> tuple[Values, Gradients]:
        """Return values and gradients; the latter from the points that weigh something."""
        found, shares, places, weights = self._soft(points)
        row, time = (shares > NEGLIGIBLE).nonzero(as_tuple=True)
        self.gradients += len(row)
        slopes = self.whole.gradient(places[row, time])
        part = shares[row, time][:, None] * weights[time]
        controls = torch.zeros_like(self.controls(points))
        controls.index_add_(0, row, part[:, :, None] * slopes[:, None, :])
        controls[:, 0], controls[:, -1] = 0.0, 0.0
        return found, self.rows(controls, torch.zeros_like(found))

    def _soft(self, points: Points) -> tuple[Values, Tensor, Tensor, Tensor]:
        """Soft maxima, shares of the times in them, the points there, weights of the controls."""
        controls, sharpness = self.controls(points), points[:, -1:]
        weights = self.curve.weights(self.times.to(points), controls.shape[1])
        places = weights @ controls
        with torch.no_grad():
            values = self.whole.value(places.flatten(0, 1)).unflatten(0, places.shape[:2])
        self.gradients += values.numel() / 3
        scaled = sharpness * values
        found = torch.logsumexp(scaled, 1, keepdim=True)
        return (found / sharpness)[:, 0], torch.exp(scaled - found), places, weights


def lowered(
    landscape: Landscape,
    controls: Float[Tensor, "rows controls dim"],
    curve: Curve,
    *,
    excess: Float[Tensor, " rows"],
    times: Float[Tensor, " times"],
    evaluations: int,
) -> tuple[Float[Tensor, "rows controls dim"], float]:
    """Lower the tops of curves by second-order steps, all curves together.

    Parameters
    ----------
    landscape : Landscape
    controls : Tensor, shape (rows, controls, dim)
        The ends stay.
    curve : Curve
    excess : Tensor, shape (rows,)
        Positive: how far each top lies above what it may fall to, [value]; sets the sharpness.
    times : Tensor, shape (times,)
        Where the curves are looked at.
    evaluations : int
        Of the soft maximum, for each row.

    Returns
    -------
    controls : Tensor, shape (rows, controls, dim)
    gradients : float
        What it cost, in gradients of one point.
    """
    soft = SoftMaximum(landscape, curve, times)
    soft.dim = controls[0].numel() + 1
    method = LBFGS(memory=20, gtol=0.0, ftol=0.0)
    state = method.init(soft, soft.rows(controls, SHARPNESS / excess))
    state = iterate(method, soft, state, max_steps=evaluations)
    return soft.controls(state.points), soft.gradients
