"""What holds for all pictures: nothing global touched, nothing clipped, every axis named."""

import subprocess
import sys

import matplotlib
import matplotlib.pyplot as plt

import morseloss as ml
from morseloss import plot


def all_pictures(landscape, graph):
    bars = ml.barcode(graph)
    return {
        "barcode": lambda ax=None: plot.barcode(bars, ax),
        "horizontal": lambda ax=None: plot.barcode(bars, ax, orientation="horizontal"),
        "diagram": lambda ax=None: plot.diagram(bars, ax),
        "merge_tree": lambda ax=None: plot.merge_tree(graph, ax),
        "graph": lambda ax=None: plot.graph(graph, ax),
        "heights": lambda ax=None: plot.heights(landscape, graph, ax),
        "landscape": lambda ax=None: plot.landscape(landscape, graph, ax=ax),
    }


def test_every_picture_gives_back_the_axes_it_got(mueller_brown):
    for draw in all_pictures(*mueller_brown).values():
        ax = plt.figure().subplots()
        assert draw(ax) is ax


def test_no_picture_touches_the_global_settings(mueller_brown):
    before = dict(matplotlib.rcParams)
    for draw in all_pictures(*mueller_brown).values():
        draw()
    assert dict(matplotlib.rcParams) == before


def test_nothing_is_clipped_by_the_figure(mueller_brown):
    for name, draw in all_pictures(*mueller_brown).items():
        ax = draw()
        figure = ax.figure
        figure.draw_without_rendering()
        box = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
        assert box.x0 >= -0.5 and box.y0 >= -0.5, name
        assert box.x1 <= figure.bbox.x1 + 0.5 and box.y1 <= figure.bbox.y1 + 0.5, name


def test_every_picture_names_its_axes(mueller_brown):
    expected = {
        "barcode": ("minimum", "value"),
        "horizontal": ("value", "minimum"),
        "diagram": ("birth", "death"),
        "merge_tree": ("minimum", "value"),
        "graph": ("x0", "x1"),
        "heights": ("part of the path's length", "value"),
        "landscape": ("x0", "x1"),
    }
    for name, draw in all_pictures(*mueller_brown).items():
        ax = draw()
        assert (ax.get_xlabel(), ax.get_ylabel()) == expected[name]


def test_importing_the_pictures_does_not_import_matplotlib():
    code = "import sys, morseloss.plot, morseloss.cli; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
