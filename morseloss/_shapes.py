"""Names for the shapes that search signatures use: one row a point, rows independent."""

from jaxtyping import Float, Int
from torch import Tensor

__all__ = ["Gradients", "Hessians", "Indices", "Points", "Rows", "Values"]

Points = Float[Tensor, "batch dim"]
Values = Float[Tensor, " batch"]
Gradients = Float[Tensor, "batch dim"]
Hessians = Float[Tensor, "batch dim dim"]
Indices = Int[Tensor, " batch"]
Rows = Int[Tensor, " rows"]
