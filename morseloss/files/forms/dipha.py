"""Diagrams of DIPHA: a number that marks its files, one for a diagram, a count, then the bars.

The one idea: a bar that never ends has the degree -1 - k in place of k, and for its death the
largest value of the complex, so that inf is nowhere needed.
"""

from typing import Any

import numpy as np

from morseloss.topology import Diagram

__all__ = ["read_dipha", "write_dipha"]

MAGIC = 8067171840
KINDS = {
    0: "a boundary matrix",
    1: "an image",
    2: "a diagram",
    3: "points, for a Rips complex",
    4: "a matrix of distances",
    5: "points, for a sparse Rips complex",
    6: "a matrix of distances",
    7: "a matrix of distances",
    8: "a sparse matrix of distances",
}
HEAD = 24  # bytes
BAR = np.dtype([("degree", "<i8"), ("birth", "<f8"), ("death", "<f8")])


def read_dipha(content: bytes) -> dict[str, Any]:
    """Return the columns of a diagram.

    Raises
    ------
    ValueError
        If the content is another file of DIPHA, or has fewer or more bars than it says.
    """
    head = np.frombuffer(content[:HEAD], "<i8", count=min(len(content), HEAD) // 8).tolist()
    if len(head) < 3 or head[1] != 2:
        kind = KINDS.get(head[1], f"the kind {head[1]}") if len(head) > 1 else "a part of a head"
        raise ValueError(f"{kind}; let DIPHA compute the diagram, and pass that")
    if head[2] * BAR.itemsize != len(content) - HEAD:
        raise ValueError(
            f"{len(content) - HEAD} bytes for {head[2]} bars of {BAR.itemsize}; copy it again"
        )
    bars = np.frombuffer(content[HEAD:], BAR)
    essential = bars["degree"] < 0
    return {
        "births": bars["birth"],
        "deaths": np.where(essential, np.inf, bars["death"]),
        "degrees": np.where(essential, -1 - bars["degree"], bars["degree"]),
    }


def write_dipha(diagram: Diagram) -> bytes:
    """Return the file of a diagram; cells and provenance have no place in it."""
    bars = np.empty(len(diagram), BAR)
    ends = diagram.finite
    highest = max(diagram.births.max(initial=-np.inf), diagram.deaths[ends].max(initial=-np.inf))
    bars["degree"] = np.where(ends, diagram.degrees, -1 - diagram.degrees)
    bars["birth"] = diagram.births
    bars["death"] = np.where(ends, diagram.deaths, highest)
    return np.array([MAGIC, 2, len(bars)], "<i8").tobytes() + bars.tobytes()
