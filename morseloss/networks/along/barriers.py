"""`barriers`: the barriers of the literature, each by its name, from measures along paths.

The one idea: papers subtract different things from the highest point of a path, in loss or in
error, with or without weight decay; printed side by side, a number can stand beside theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss.graphs.graph import many
from morseloss.networks.along.along import Along

__all__ = ["SOURCES", "Barriers", "barriers"]

SOURCES = {
    "top": "the highest point itself: Garipov et al. 2018",
    "above_higher_end": "above the higher end: what a bar of that end is at most",
    "above_mean": "above the mean of both ends: Frankle et al. 2020; Ainsworth et al. 2023",
    "above_interpolated": "above the ends interpolated in time: Entezari et al. 2022, (1)",
    "at_midpoint": "half way, above the mean of both ends: Jordan et al. 2023 (REPAIR)",
}
"""What is subtracted from what, by the name of the barrier, and who does so."""


@dataclass(frozen=True, eq=False)
class Barriers:
    """Barriers along paths, each of shape (paths,).

    Attributes
    ----------
    of : dict of dict of Tensor
        By measure (`"value"`, `"loss"`, `"error"`, ...), then by a name of `SOURCES`.
    times : int
        Sampled on each path: the true highest point may lie a little above.
    images : int
        Over which measures were taken.
    convention : str
        How batch normalisation was taken.
    """

    of: Mapping[str, Mapping[str, Float[Tensor, " paths"]]]
    times: int
    images: int
    convention: str

    def __getitem__(self, measure: str) -> Mapping[str, Float[Tensor, " paths"]]:
        """Return the barriers of one measure, by name."""
        if measure not in self.of:
            raise ValueError(f"`measure` must be one of {', '.join(self.of)}, got {measure!r}")
        return self.of[measure]

    def __len__(self) -> int:
        return len(next(iter(self.of.values()))["top"])

    def __str__(self) -> str:
        wide = max(len(name) for name in SOURCES)
        heads = "  ".join(name.rjust(10) for name in self.of)
        paths = many(len(self), "path")
        lines = [
            f"{paths} at {self.times} times, {self.images} images; {self.convention}",
            f"{'mean over paths'.ljust(wide)}  {heads}",
        ]
        for name, source in SOURCES.items():
            means = "  ".join(f"{float(part[name].mean()):10.4g}" for part in self.of.values())
            lines.append(f"{name.ljust(wide)}  {means}  {source}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Barriers({many(len(self), 'path')}, of {', '.join(self.of)})"


def barriers(found: Along) -> Barriers:
    """Return the barriers of the literature along paths.

    Parameters
    ----------
    found : Along
        Over straight lines for linear barriers, over trained paths for those of mode connectivity.
        Its times must hold 0 and 1. Measures of which less is better: an error rate, no accuracy.

    Returns
    -------
    Barriers
        Of `"value"` (with weight decay), `"loss"` (without), and of each metric.

    Raises
    ------
    ValueError
        If the times do not hold both ends, or do not ascend.

    Notes
    -----
    With `E(t)` along the path: `above_mean` is `max E - (E(0) + E(1)) / 2`, the error barrier
    height; `above_interpolated` is `max (E(t) - (1 - t) E(0) - t E(1))`. Half way is nan where 1/2
    is not among the times.

    References
    ----------
    Garipov et al., "Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018, Table 2.
    Draxler et al., "Essentially no barriers in neural network energy landscape", 2018. Frankle et
    al., "Linear mode connectivity and the lottery ticket hypothesis", 2020, section 2. Entezari et
    al., "The role of permutation invariance in linear mode connectivity", 2022, Equation 1.
    Ainsworth et al., "Git Re-Basin", 2023. Jordan et al., "REPAIR", 2023.

    Examples
    --------
    >>> import torch
    >>> from morseloss.networks import Along, barriers
    >>> times, values = torch.tensor([0.0, 0.5, 1.0]), torch.tensor([[0.0, 3.0, 1.0]])
    >>> found = barriers(Along(times, values, {"loss": values}, 10, None))
    >>> {name: float(part) for name, part in found["loss"].items() if name != "at_midpoint"}
    {'top': 3.0, 'above_higher_end': 2.0, 'above_mean': 2.5, 'above_interpolated': 2.5}
    """
    times = found.times
    if len(times) < 2 or times[0] != 0 or times[-1] != 1 or bool((times.diff() <= 0).any()):
        raise ValueError(
            "`found` must be taken at ascending times from 0 to 1, both among them, got "
            f"{times.tolist()[:5]}"
        )
    measures = {"value": found.values, **found.measures}
    of = {name: _barriers(times, part) for name, part in measures.items()}
    return Barriers(of, len(times), found.images, found.convention)


def _barriers(times: Tensor, heights: Float[Tensor, "paths t"]) -> dict[str, Tensor]:
    first, last = heights[:, :1], heights[:, -1:]
    between = torch.lerp(first, last, times.to(heights))
    top, mean = heights.amax(1), (first + last)[:, 0] / 2
    half = ((times - 0.5).abs() < 1e-9).nonzero().flatten()  # as rounded by `linspace`
    middle = heights[:, half[0]] if len(half) else torch.full_like(top, torch.nan)
    return {
        "top": top,
        "above_higher_end": top - torch.maximum(first, last)[:, 0],
        "above_mean": top - mean,
        "above_interpolated": (heights - between).amax(1),
        "at_midpoint": middle - mean,
    }
