"""Names for the shapes that search signatures use: one row a point, rows independent."""

from jaxtyping import Float, Inexact, Int
from torch import Tensor

__all__ = [
    "AnyGradients",
    "AnyHessians",
    "AnyPoints",
    "AnyValues",
    "Gradients",
    "Hessians",
    "Indices",
    "Points",
    "Rows",
    "SomePoints",
    "SomeRows",
    "SomeValues",
    "Values",
]

Points = Float[Tensor, "batch dim"]
Values = Float[Tensor, " batch"]
Gradients = Float[Tensor, "batch dim"]
Hessians = Float[Tensor, "batch dim dim"]
Indices = Int[Tensor, " batch"]
Rows = Int[Tensor, " rows"]

# real or complex: polynomials are evaluated at both
AnyPoints = Inexact[Tensor, "batch dim"]
AnyValues = Inexact[Tensor, " batch"]
AnyGradients = Inexact[Tensor, "batch dim"]
AnyHessians = Inexact[Tensor, "batch dim dim"]

# where several lengths meet in one signature
SomePoints = Float[Tensor, "_ dim"]
SomeRows = Int[Tensor, " _"]
SomeValues = Float[Tensor, " _"]
