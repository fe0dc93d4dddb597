"""Heights along paths."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss import plot
from tests.plot.drawn import texts


def test_heights_start_and_end_at_the_minima_and_peak_at_the_weight(mueller_brown):
    landscape, graph = mueller_brown
    ax = plot.heights(landscape, graph)
    curves = [line for line in ax.lines if line.get_marker() == "None"]
    tops = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "D"]
    for edge, (curve, top) in enumerate(zip(curves, tops, strict=True)):
        lengths, values = curve.get_data()
        np.testing.assert_allclose(values[[0, -1]], graph.values[graph.edges[edge]], rtol=1e-9)
        assert (lengths[0], lengths[-1]) == (0.0, 1.0)
        assert top[1] == graph.weights[edge]
        assert np.interp(top[0], lengths, values) == pytest.approx(top[1], rel=1e-6)
    assert len({line.get_linestyle() for line in curves}) == len(curves)


def test_heights_of_paths_mark_the_top_of_the_continuum():
    landscape = ml.analytic.DoubleWell(1, tilt=(0.0,))
    line = torch.tensor([[[-1.0], [1.0]]], dtype=torch.float64)
    ax = plot.heights(landscape, ml.Paths(line, ml.Polyline(), torch.tensor([1])))
    (top,) = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "D"]
    np.testing.assert_allclose(top, [0.5, 1.0], atol=1e-6)


def test_heights_need_paths_unless_there_are_no_edges():
    bowl = ml.analytic.DoubleWell(1)
    assert texts(plot.heights(bowl, ([0.0], np.zeros((0, 2), dtype=int), []))) == ["no paths"]
    with pytest.raises(ValueError, match=r"a graph with paths.*build_graph"):
        plot.heights(bowl, ([0.0, 1.0], [[0, 1]], [2.0]))
