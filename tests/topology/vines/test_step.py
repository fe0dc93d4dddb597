"""Bars are matched by both cells, then by one, then by nearness, each within its kind."""

import numpy as np
import pytest
from hypothesis import given

from morseloss.topology import Diagram, elder_rule
from morseloss.topology.vines import match_step
from tests.topology.graphs import filtrations

INF = np.inf


def bars(*rows):
    """Rows of birth, death, birth cell, death cell and, if not 0, degree."""
    births, deaths, born, ended = np.array([row[:4] for row in rows], dtype=float).reshape(-1, 4).T
    degrees = np.array([row[4] if len(row) > 4 else 0 for row in rows], dtype=int)
    return Diagram(births, deaths, degrees, born.astype(int), ended.astype(int))


def matched(a, b, births=None, deaths=None):
    """Pairs of birth cells that are matched, and whether both cells, the first, the second stay."""
    most = 1 + max(int(part.max(initial=0)) for part in (a.birth_cells, a.death_cells))
    same = np.arange(most)
    step = match_step(a, b, same if births is None else births, same if deaths is None else deaths)
    return {
        (int(a.birth_cells[row]), int(b.birth_cells[partner])): (bool(one), bool(other))
        for row, (partner, one, other) in enumerate(zip(*step, strict=True))
        if partner >= 0
    }


@given(filtrations())
def test_a_member_is_matched_with_itself_row_by_row(filtration):
    diagram = elder_rule(filtration)
    step = match_step(
        diagram, diagram, np.arange(len(filtration)), np.arange(len(filtration.weights))
    )
    assert step.partners.tolist() == list(range(len(diagram)))
    assert step.same_birth.all() and step.same_death.all()


def test_both_cells_count_more_than_any_way():
    a = bars((0, 9, 0, 0), (1, 2, 1, 1))
    b = bars((1, 2, 0, 0), (0, 9, 1, 1))
    assert matched(a, b) == {(0, 0): (True, True), (1, 1): (True, True)}


def test_where_minima_cross_bars_go_on_along_their_edges():
    a = bars((1.0, 3.0, 1, 0), (1.1, 4.0, 2, 1))
    b = bars((1.0, 3.0, 2, 0), (1.1, 4.0, 1, 1))
    assert matched(a, b) == {(1, 2): (False, True), (2, 1): (False, True)}


def test_where_edges_cross_bars_go_on_along_their_minima():
    a = bars((1.0, 3.0, 1, 0), (2.0, 3.1, 2, 1))
    b = bars((1.0, 3.1, 1, 1), (2.0, 3.2, 2, 0))
    assert matched(a, b) == {(1, 1): (True, False), (2, 2): (True, False)}


def test_two_exchanges_in_one_step_are_told_apart_by_what_moves_less():
    # minima 3 and 4 cross, and the edges 3 and 14; no bar moves by more than 0.01
    a = bars((-0.215, 3.57, 3, 3), (-0.211, 3.043, 4, 8))
    b = bars((-0.214, 3.042, 3, 8), (-0.216, 3.564, 4, 14))
    assert matched(a, b) == {(3, 4): (False, False), (4, 3): (False, True)}


def test_a_cell_in_common_makes_a_way_half_as_long():
    a, b = bars((0, 5, 0, 0)), bars((0.2, 5.2, 1, 1), (0.3, 5.3, 0, 2))
    assert matched(a, b) == {(0, 0): (True, False)}
    assert matched(a, bars((0.1, 5.1, 1, 1), (0.3, 5.3, 0, 2))) == {(0, 1): (False, False)}


def test_a_bar_whose_cells_go_on_does_not_end_while_another_is_left():
    a, b = bars((0, 5, 0, 0)), bars((9, 9.1, 1, 1))
    assert matched(a, b) == {(0, 1): (False, False)}


def test_what_shares_no_cell_is_matched_with_what_is_near_or_ends():
    none = np.full(10, -1)
    a, b = bars((0, 5, 0, 0), (2, 2.1, 1, 1)), bars((0.2, 5, 0, 0), (9, 9.1, 1, 1))
    assert matched(a, b, none, none) == {(0, 0): (False, False)}


def test_half_lines_are_matched_with_half_lines_and_degrees_apart():
    a, b = bars((0, INF, 0, -1), (1, 3, 1, 0)), bars((0, INF, 1, -1), (0.5, 3, 0, 0))
    assert matched(a, b) == {(0, 1): (False, True), (1, 0): (False, True)}
    freed = bars((0, INF, 0, -1), (1, INF, 1, -1))
    assert matched(freed, a) == {(0, 0): (True, True)}
    a, b = bars((0, 5, 0, 0)), bars((0, 5, 0, 0, 1))
    assert matched(a, b) == {}


@pytest.mark.parametrize("cells", [0, -1])
def test_unknown_cells_are_no_cells(cells):
    a, b = bars((0, 5, cells, -1)), bars((0, 5.5, cells, -1))
    step = match_step(a, b, np.zeros(1, int), np.zeros(1, int))
    assert step.partners.tolist() == [0]
    assert step.same_birth.tolist() == [cells == 0] and not step.same_death.any()


def test_nothing_is_matched_with_nothing():
    assert matched(bars(), bars((0, 1, 0, 0))) == matched(bars((0, 1, 0, 0)), bars()) == {}
