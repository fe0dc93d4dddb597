"""Polylines measured by their length: even points for a picture, however the nodes lie."""

import numpy as np
from jaxtyping import Float

__all__ = ["lengths_along", "spread"]


def spread(
    path: Float[np.ndarray, "k dim"], count: int
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, "points dim"]]:
    """Return `count` even points on a polyline, its nodes among them, and their lengths."""
    nodes = lengths_along(path)
    lengths = np.union1d(nodes, np.linspace(0, 1, count))
    return lengths, np.stack([np.interp(lengths, nodes, axis) for axis in path.T], axis=1)


def lengths_along(path: Float[np.ndarray, "k dim"]) -> Float[np.ndarray, " k"]:
    """Return the part of the length behind each node, in [0, 1]."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    behind = np.concatenate([[0.0], np.cumsum(steps)])
    return behind / behind[-1] if behind[-1] > 0 else np.linspace(0, 1, len(path))
