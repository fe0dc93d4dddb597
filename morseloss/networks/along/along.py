"""`along`: losses and other measures of networks along paths, on these images or others.

The one idea: a point on a path is a network; its outputs are computed once for all images, and
every measure is read off them. A test set is another landscape of the same module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.graphs.graph import many
from morseloss.landscapes.landscape import check_points
from morseloss.networks.along.curvature import Curvature, curvature
from morseloss.networks.along.places import places_on
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.rows import Tree, mapped, tensors_of
from morseloss.networks.paths.relayed import Relayed
from morseloss.search.iterate import Progress
from morseloss.search.paths.curve import Paths

__all__ = ["Along", "Metric", "along", "error_rate"]

Metric = Callable[[Tree, Tree], Tensor]
"""Gets outputs and targets of one network for all images, and returns one number."""

LOSS = "loss"
TAKEN = (LOSS, "value", "largest", "trace")  # names that are no metric's


@dataclass(frozen=True, eq=False)
class Along:
    """Measures along paths.

    Attributes
    ----------
    times : Tensor, shape (t,)
        From 0 to 1.
    values : Tensor, shape (paths, t)
        The landscape: loss and weight decay.
    measures : dict of Tensor, shape (paths, t)
        `"loss"`, the loss without weight decay, and each metric by its name.
    images : int
        Over which they were taken.
    normalised_over : int or None
        The most images that batch normalisation saw together; None without it.
    curvature : Curvature or None
        Of the landscape, rows `path * t + time`; None where it was not asked for.
    """

    times: Float[Tensor, " t"]
    values: Float[Tensor, "paths t"]
    measures: Mapping[str, Float[Tensor, "paths t"]]
    images: int
    normalised_over: int | None
    curvature: Curvature | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def convention(self) -> str:
        """How batch normalisation was taken, for it decides what a barrier is."""
        if self.normalised_over is None:
            return "no batch normalisation"
        return (
            f"batch normalisation by the statistics of {self.normalised_over} images at each point "
            "of the path (statistics reset; neither interpolated ones nor REPAIR)"
        )

    def measure(self, name: str) -> Float[Tensor, "paths t"]:
        """Return values, a measure, or a curvature by name, shape (paths, t).

        Parameters
        ----------
        name : str
            `"value"`, `"loss"`, a metric's, `"largest"` or `"trace"`.

        Raises
        ------
        ValueError
            If nothing of this name was measured.
        """
        known = {"value": self.values, **self.measures}
        if self.curvature is not None:
            parts = {"largest": self.curvature.largest, "trace": self.curvature.traces}
            known |= {k: part.reshape(self.values.shape) for k, part in parts.items()}
        if name not in known:
            raise ValueError(f"`name` must be one of {', '.join(known)}, got {name!r}")
        return known[name]

    def table(self, path: int = 0) -> str:
        """Return the measures along one path as a table, one time a line."""
        names = ["value", *self.measures]
        if self.curvature is not None:
            names += ["largest", "trace"]
        columns = [self.measure(name)[path].tolist() for name in names]
        lines = ["  ".join(["   time", *(name.rjust(11) for name in names)])]
        for time, *parts in zip(self.times.tolist(), *columns, strict=True):
            lines.append("  ".join([f"{time:7.4f}", *(f"{part:11.5g}" for part in parts)]))
        return "\n".join(lines)

    def __repr__(self) -> str:
        names = ", ".join(self.measures)
        return (
            f"Along({many(len(self), 'path')} at {len(self.times)} times, {self.images} images: "
            f"{names}; {self.convention})"
        )


def along(
    landscape: NetworkLandscape,
    paths: Paths | Relayed,
    *,
    times: Tensor | int = 25,
    metrics: Mapping[str, Metric] | None = None,
    rows: int = 16,
    lanczos: int = 0,
    probes: int = 0,
    generator: torch.Generator | None = None,
    progress: Progress | None = None,
) -> Along:
    """Evaluate networks along paths: loss, metrics, and curvature where it is asked for.

    Parameters
    ----------
    landscape : NetworkLandscape
        Of the images to measure on; for a test set, one of the same module and its images.
    paths : Paths or Relayed
        Paths, `lines` between networks, or the ways of a relay.
    times : Tensor, shape (t,), or int
        Where, or at how many even times, ends included. Of a way, each piece takes the same time.
    metrics : mapping of name to callable, optional
        Each gets outputs and targets of one network for all images, and returns a number; by
        default the error rate where targets are classes.
    rows : int
        Networks at a time.
    lanczos, probes : int
        Hessian products a point for the largest curvature, and for the trace, as of `curvature`;
        0 leaves both out.
    generator : torch.Generator, optional
        Needed with `lanczos`.
    progress : callable, optional
        Gets `(points done, points left, points)`.

    Returns
    -------
    Along
        In the precision and on the device of the paths.

    Raises
    ------
    ValueError
        If times, numbers or metrics do not fit, or a metric returns no number.

    References
    ----------
    Garipov et al., "Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018, section
    4: train loss and test error along curves.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, along, lines
    >>> seed = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(20, 4, generator=seed), torch.arange(20) % 2
    >>> module = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y)
    >>> ends = torch.randn(2, land.dim, generator=seed, dtype=torch.float64)
    >>> along(land, lines(ends[:1], ends[1:]), times=5)
    Along(1 path at 5 times, 20 images: loss, error; no batch normalisation)
    """
    if not isinstance(landscape, NetworkLandscape):
        raise ValueError(
            f"`landscape` must be a NetworkLandscape, got {type(landscape).__name__}; of others "
            "`plot.heights` draws values along paths"
        )
    if rows < 1 or (lanczos and generator is None) or (probes and not lanczos):
        raise ValueError(
            "`rows` must be 1 or more, `lanczos` needs a `generator`, and `probes` needs `lanczos`"
        )
    where = _times(times)
    metrics = _metrics(landscape, metrics)
    places = places_on(paths, where)
    shape = places.shape[:2]
    points = places.flatten(0, 1)
    check_points(landscape, points, "paths")
    parts = []
    for part in points.split(rows):
        if progress is not None:
            done = rows * len(parts)
            progress(done, len(points) - done, len(points))
        parts.append(_measured(landscape, part, metrics))
    measures = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    decay = landscape.weight_decay / 2 * (points**2).sum(1)
    bends = None
    if lanczos and generator is not None:
        bends = curvature(landscape, points, steps=lanczos, probes=probes, generator=generator)
    return Along(
        where.to(points), (measures[LOSS] + decay).reshape(shape),
        {name: part.reshape(shape) for name, part in measures.items()},
        len(landscape), landscape.normalised_over, bends,
    )  # fmt: skip


def error_rate(outputs: Tree, targets: Tree) -> Tensor:
    """Return which part of the images has its highest output at another class than its target.

    Parameters
    ----------
    outputs : Tensor, shape (images, classes, ...)
    targets : Tensor, shape (images, ...)
        Integers; of sequences, each place counts.

    Raises
    ------
    ValueError
        If they do not fit each other.

    Examples
    --------
    >>> import torch
    >>> from morseloss.networks import error_rate
    >>> error_rate(torch.eye(4), torch.tensor([0, 1, 2, 0]))
    tensor(0.2500)
    """
    both = isinstance(outputs, Tensor) and isinstance(targets, Tensor)
    if not both or not _classes(outputs, targets):
        raise ValueError(
            "outputs must have shape (images, classes, ...) and targets be classes of shape "
            "(images, ...); pass `metrics` of your own"
        )
    wrong = outputs.argmax(1) != targets
    return wrong.to(outputs.dtype).mean()


def _classes(outputs: Tensor, targets: Tensor) -> bool:
    if outputs.ndim < 2:
        return False
    whole = not targets.is_floating_point() and targets.dtype != torch.bool
    return whole and outputs.shape[:1] + outputs.shape[2:] == targets.shape


def _metrics(
    landscape: NetworkLandscape, metrics: Mapping[str, Metric] | None
) -> Mapping[str, Metric]:
    if metrics is None:
        point = torch.zeros(1, landscape.dim, device=landscape.device)
        inputs, targets, _ = next(landscape.chunks(point.dtype))
        with torch.no_grad():
            outputs = landscape.outputs(point, inputs)
        first = mapped(outputs, lambda part: part[0])
        both = isinstance(first, Tensor) and isinstance(targets, Tensor)
        return {"error": error_rate} if both and _classes(first, targets) else {}
    taken = [name for name in metrics if name in TAKEN]
    if taken or not all(callable(metric) for metric in metrics.values()):
        raise ValueError(
            f"`metrics` must hold callables under names other than {', '.join(TAKEN)}, got "
            f"{dict(metrics)}"
        )
    return metrics


def _measured(
    landscape: NetworkLandscape, points: Points, metrics: Mapping[str, Metric]
) -> dict[str, Tensor]:
    """Loss and metrics of some networks, from one pass over all images."""
    losses = points.new_zeros(len(points))
    seen: list[Tree] = []
    targets: list[Tree] = []
    with torch.no_grad():
        for inputs, wanted, share in landscape.chunks(points.dtype):
            outputs = landscape.outputs(points, inputs)
            every = [landscape.loss(_row(outputs, k), wanted) for k in range(len(points))]
            losses += share * torch.stack(every)
            if metrics:
                seen.append(outputs)
                targets.append(wanted)
        found = {LOSS: losses}
        if metrics:
            whole, right = _joined(seen, 1), _joined(targets, 0)
            for name, metric in metrics.items():
                numbers = [_number(name, metric(_row(whole, k), right)) for k in range(len(points))]
                found[name] = points.new_tensor(numbers)
    return found


def _number(name: str, found: Tensor | float) -> float:
    if isinstance(found, Tensor) and found.numel() != 1:
        raise ValueError(
            f"metric {name!r} must return one number for all images, got shape "
            f"{tuple(found.shape)}; take its mean"
        )
    return float(found)


def _row(tree: Tree, row: int) -> Tree:
    return mapped(tree, lambda part: part[row])


def _joined(trees: list[Tree], axis: int) -> Tree:
    """Trees of chunks of the images as one of all."""
    parts = [tensors_of(tree) for tree in trees]
    columns = iter([torch.cat(column, axis) for column in zip(*parts, strict=True)])
    return mapped(trees[0], lambda _: next(columns))


def _times(times: Tensor | int) -> Tensor:
    where = torch.linspace(0, 1, times, dtype=torch.float64) if isinstance(times, int) else times
    if where.ndim != 1 or not len(where) or not bool(((where >= 0) & (where <= 1)).all()):
        raise ValueError(f"`times` must hold numbers from 0 to 1, got {times}")
    return where.double()
