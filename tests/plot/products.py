"""Products of double wells, whose Morse complexes are known, and small families to draw."""

import itertools

import numpy as np
import torch

import morseloss as ml

EMPTY = ml.Diagram(births=[], deaths=[])
CUBE = torch.tensor([[-2.0, -2.0, -2.0], [2.0, 2.0, 2.0]])
SQUARE = torch.tensor([[-2.0, -2.0], [2.0, 2.0]])


def product_complex(landscape):
    """The complex of a sum of functions in one variable each: its flow lines are straight."""
    found = landscape.critical_points.points.numpy()
    roots = [np.unique(axis.round(9)) for axis in found.T]
    cells = list(itertools.product(*(range(len(axis)) for axis in roots)))
    points = np.array([[axis[c] for axis, c in zip(roots, cell, strict=True)] for cell in cells])
    row = {cell: n for n, cell in enumerate(cells)}
    lines = []
    for cell, axis, step in itertools.product(cells, range(landscape.dim), (-1, 1)):
        if cell[axis] % 2:  # at a maximum along this axis
            down = (*cell[:axis], cell[axis] + step, *cell[axis + 1 :])
            lines.append((row[cell], row[down], step * (-1) ** sum(c % 2 for c in cell[:axis])))
    sources, targets, signs = np.array(lines).T
    return ml.MorseComplex.from_lines(
        landscape.value(torch.from_numpy(points)).numpy(),
        np.array([sum(c % 2 for c in cell) for cell in cells]),
        ml.FlowLines(sources, targets, signs, list(points[np.stack([sources, targets], axis=1)])),
        points,
    )


PLANE = ml.analytic.DoubleWell(2)
SPACE = ml.analytic.DoubleWell(3)
ON_PLANE = product_complex(PLANE)
IN_SPACE = product_complex(SPACE)
LARGE = product_complex(ml.analytic.DoubleWell(4))


def without_paths(complex, *, lines=True):
    bare = complex.lines
    kept = ml.FlowLines(bare.sources, bare.targets, bare.signs) if lines else None
    return ml.MorseComplex(complex.values, complex.indices, complex.boundary, complex.points, kept)


def no_complex(dim):
    return ml.MorseComplex([], [], np.zeros((0, 0), int), np.zeros((0, dim)))


def one_point(dim):
    return ml.MorseComplex([0.0], [0], [[0]], np.full((1, dim), -1.0))


FAMILY = [ml.Diagram(births=[0.0, 0.0], deaths=[np.inf, 1.0 - t]) for t in (0.0, 0.5, 1.0)]


def labelled(ax, label):
    return [line for line in ax.lines if line.get_label() == label]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]
