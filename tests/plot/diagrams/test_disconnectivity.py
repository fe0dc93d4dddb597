"""Disconnectivity graphs: merges lifted to levels, branches that do not cross."""

import numpy as np
import pytest

import morseloss as ml
from morseloss import plot
from tests.plot.drawn import PIECES

CHAIN = ([0.0, 1.0, 0.5, 2.0], [[0, 1], [2, 3], [0, 2]], [3.0, 2.5, 5.0])
RUNGS = np.array([2.6, 4.0, 6.0])


def branches(ax):
    (lines,) = ax.collections
    return [path.tolist() for path in lines.get_segments()]


def test_a_merge_is_drawn_at_the_next_level_above_it():
    ax = plot.disconnectivity_graph(CHAIN, levels=RUNGS)
    ends = {round(path[0][1], 9): path[-1][1] for path in branches(ax)}
    assert ends == {0.0: 4.0, 1.0: 4.0, 0.5: 2.6, 2.0: 2.6, 4.0: 6.0, 2.6: 6.0}


def test_every_minimum_hangs_at_its_value_and_rises_to_the_level_below_its_end():
    ax = plot.disconnectivity_graph(CHAIN, levels=RUNGS)
    leaves = [path for path in branches(ax) if path[0][1] in CHAIN[0]]
    assert len(leaves) == 4
    for start, knee, end in leaves:
        assert start[0] == knee[0]
        assert knee[1] == (2.6 if end[1] == 4.0 else start[1])


def test_merges_of_one_level_make_one_branching():
    star = ([0.0, 1.0, 2.0, 3.0], [[0, 1], [0, 2], [0, 3]], [4.1, 4.2, 4.3])
    paths = branches(plot.disconnectivity_graph(star, levels=np.array([5.0])))
    assert len(paths) == 4
    assert len({tuple(path[-1]) for path in paths}) == 1


@pytest.mark.parametrize("levels", [1, 7, 60])
def test_no_two_branches_cross(levels):
    draws = np.random.default_rng(0)
    values = draws.random(60)
    edges = draws.integers(0, 60, (400, 2))
    weights = values[edges].max(1) + 3 * draws.random(400)
    paths = branches(plot.disconnectivity_graph((values, edges, weights), levels=levels))
    pieces = [np.array(path)[k : k + 2] for path in paths for k in (0, 1)]
    for n, (a, b) in enumerate(pieces):
        for c, d in pieces[:n]:
            apart = _side(a, b, c) * _side(a, b, d) >= 0 or _side(c, d, a) * _side(c, d, b) >= 0
            assert apart


def _side(a, b, c):
    across = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0.0 if abs(across) < 1e-12 else across


def test_each_piece_has_a_line_that_leaves_the_axes():
    ax = plot.disconnectivity_graph(PIECES)
    assert len([line for line in ax.lines if not line.get_clip_on()]) == 3


def test_basins_have_colours_and_what_lies_above_them_is_grey():
    ax = plot.disconnectivity_graph(CHAIN, levels=RUNGS, basins=3.5)
    (lines,) = ax.collections
    starts = [round(path[0][1], 9) for path in branches(ax)]
    colours = dict(zip(starts, map(tuple, lines.get_color()), strict=True))
    assert colours[0.0] == colours[1.0] == colours[4.0]
    assert colours[0.5] == colours[2.0] == colours[2.6] != colours[0.0]


def test_hundreds_of_minima_are_counted_and_not_named():
    count = 200
    chain = np.column_stack([np.zeros(count - 1, dtype=int), np.arange(1, count)])
    ax = plot.disconnectivity_graph((np.arange(count) / count, chain, np.full(count - 1, 2.0)))
    assert ax.get_xlabel() == "200 minima" and not len(ax.get_xticks())


@pytest.mark.parametrize("levels", [0, np.array([6.0, 6.0]), np.array([3.0]), np.array([np.nan])])
def test_levels_that_are_no_ladder_up_to_the_highest_merge_are_refused(levels):
    with pytest.raises(ValueError, match="`levels` must be"):
        plot.disconnectivity_graph(CHAIN, levels=levels)


def test_a_tree_of_one_minimum_is_drawn():
    ax = plot.disconnectivity_graph(([0.5], np.zeros((0, 2), dtype=int), []))
    low, high = ax.get_ylim()
    assert low < 0.5 < high
    assert ml.merge_tree(PIECES).roots.size == 3
