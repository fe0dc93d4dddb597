"""Barcodes in the forms of other tools, and back; and as a step of scikit-learn's pipelines.

The one idea: what comes from elsewhere is turned into a `Diagram` or a graph at the door, and what
goes there is plain arrays. Other packages are imported where they are needed, scikit-learn when
`LossBarcode` is first asked for.
"""

from typing import TYPE_CHECKING, Any

from morseloss.interop.converters import (
    from_dgms,
    from_giotto,
    from_gudhi,
    to_array,
    to_dgms,
    to_giotto,
    to_gudhi,
)
from morseloss.interop.pairwise import pairwise_distances
from morseloss.interop.simplex_trees import model_simplex_tree, to_columns, to_simplex_tree

if TYPE_CHECKING:
    from morseloss.interop.estimator import LossBarcode

__all__ = [
    "LossBarcode",
    "from_dgms",
    "from_giotto",
    "from_gudhi",
    "model_simplex_tree",
    "pairwise_distances",
    "to_array",
    "to_columns",
    "to_dgms",
    "to_giotto",
    "to_gudhi",
    "to_simplex_tree",
]


def __getattr__(name: str) -> Any:
    """Import scikit-learn with its estimator, when that is first asked for."""
    if name == "LossBarcode":
        from morseloss.interop.estimator import LossBarcode

        return LossBarcode
    raise AttributeError(f"module 'morseloss.interop' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name the estimator that is not imported yet, too."""
    return sorted({*globals(), *__all__})
