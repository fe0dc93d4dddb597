"""Polynomials in other coordinates, with the rounding that expanding them leaves."""

import itertools
import math

import numpy as np

import morseloss as ml


def turned(dim, angle):
    """A turn by an angle in each pair of neighbouring axes."""
    axes = np.eye(dim)
    for axis in range(dim - 1):
        turn = np.eye(dim)
        turn[axis, axis] = turn[axis + 1, axis + 1] = math.cos(angle)
        turn[axis + 1, axis] = math.sin(angle)
        turn[axis, axis + 1] = -math.sin(angle)
        axes = axes @ turn
    return axes


def in_axes(terms, axes, origin):
    """The polynomial in y, where `axes @ y + origin` is the point, term by term in floats."""
    dim = len(axes)
    one, steps = (0,) * dim, [tuple(int(k == j) for k in range(dim)) for j in range(dim)]
    total = {}
    for exponents, coefficient in terms.items():
        product = {one: coefficient}
        for axis, power in enumerate(exponents):
            line = {one: origin[axis], **dict(zip(steps, axes[axis], strict=True))}
            for _ in range(power):
                product = multiplied(product, line)
        for e, c in product.items():
            total[e] = total.get(e, 0.0) + float(c)
    return ml.Polynomial(total)


def multiplied(left, right):
    product = {}
    for (a, c), (b, d) in itertools.product(left.items(), right.items()):
        e = tuple(i + j for i, j in zip(a, b, strict=True))
        product[e] = product.get(e, 0.0) + c * d
    return product
