"""What all tests of pictures share: a graph to draw, and no figure left open."""

import matplotlib.pyplot as plt
import pytest

import morseloss as ml


@pytest.fixture(autouse=True)
def _no_figure_left():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def mueller_brown():
    landscape = ml.analytic.MuellerBrown()
    return landscape, ml.build_graph(landscape, landscape.critical_points)
