"""What tests read off axes: segments, texts, lines by their label."""

import matplotlib

matplotlib.use("Agg")

import numpy as np

import morseloss as ml

ESSENTIAL = ml.Diagram(births=[0.3], deaths=[np.inf], birth_cells=[0])
BARS = ml.Diagram(
    births=[0.0, 1.0, 2.0], deaths=[np.inf, 3.0, 2.0], birth_cells=[2, 0, 1], death_cells=[-1, 0, 1]
)
PIECES = ([0.0, 1.0, 0.5, 2.0, 0.2], [[0, 1], [2, 3]], [3.0, 2.5])


def segments(ax):
    """All straight segments of the line collections of the axes."""
    return [s for c in ax.collections if hasattr(c, "get_segments") for s in c.get_segments()]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def labelled(ax, label):
    """All lines of this label."""
    return [line for line in ax.lines if line.get_label() == label]


def legend(ax):
    """The texts of the legend."""
    return [text.get_text() for text in ax.get_legend().get_texts()]
