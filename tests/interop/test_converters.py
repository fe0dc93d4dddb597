"""Diagrams go to the forms of other tools and come back with every bar."""

import numpy as np
import pytest

from morseloss.interop import (
    from_dgms,
    from_giotto,
    from_gudhi,
    to_array,
    to_dgms,
    to_giotto,
    to_gudhi,
    to_simplex_tree,
)
from morseloss.topology import Diagram, Filtration, elder_rule

BARS = Diagram(
    births=[0.0, 1.0, 1.0, 0.5],
    deaths=[np.inf, 3.0, 1.0, 2.5],
    degrees=[0, 0, 0, 1],
    birth_cells=[3, 4, 5, 0],
)
NOTHING = Diagram(births=[], deaths=[])
FORMS = [(to_gudhi, from_gudhi), (to_dgms, from_dgms), (to_giotto, from_giotto)]


@pytest.mark.parametrize(("there", "back"), FORMS)
@pytest.mark.parametrize("bars", [BARS, NOTHING])
def test_every_form_leads_back_to_the_same_bars_without_cells(there, back, bars):
    returned = back(there(bars))
    rows = [sorted(zip(d.degrees, d.births, d.deaths, strict=True)) for d in (bars, returned)]
    assert rows[0] == rows[1]
    assert np.all(returned.birth_cells == -1)
    assert np.all(returned.death_cells == -1)


def test_gudhi_form_has_the_highest_degree_first_then_the_longest_bar():
    assert to_gudhi(BARS) == [
        (1, (0.5, 2.5)),
        (0, (0.0, np.inf)),
        (0, (1.0, 3.0)),
        (0, (1.0, 1.0)),
    ]


def test_gudhi_form_is_what_gudhi_itself_returns():
    generator = np.random.default_rng(0)
    values, edges = generator.random(20), generator.integers(0, 20, (60, 2))
    filtration = Filtration(values, edges, values[edges].max(axis=1) + generator.random(60))
    bars = elder_rule(filtration)
    theirs = to_simplex_tree(filtration).persistence(min_persistence=-1)
    assert sorted(to_gudhi(bars)) == sorted(theirs)
    assert [d - b for _, (b, d) in to_gudhi(bars)] == [d - b for _, (b, d) in theirs]


def test_arrays_of_a_degree_without_bars_have_two_columns():
    assert to_array(BARS, 7).shape == (0, 2)
    assert [dgm.shape for dgm in to_dgms(NOTHING)] == [(0, 2)]
    assert to_giotto(NOTHING).shape == (0, 3)


def test_a_missing_degree_leaves_an_empty_array():
    bars = Diagram(births=[0.0], deaths=[1.0], degrees=[2])
    assert [len(dgm) for dgm in to_dgms(bars)] == [0, 0, 1]


def test_padding_of_giotto_comes_back_as_bars_of_length_zero():
    assert from_giotto(np.array([[0.5, 0.5, 0.0]])).lifetimes.tolist() == [0.0]


@pytest.mark.parametrize(
    ("read", "source", "message"),
    [
        (from_gudhi, [(0.0, 1.0)], r"entries \(degree, \(birth, death\)\)"),
        (from_gudhi, [(0, (2.0, 1.0))], "a bar must have"),
        (from_dgms, [np.zeros((2, 3))], r"`dgms\[0\]` must have shape \(k, 2\)"),
        (from_dgms, np.zeros((2, 2)), "wrap the array of a single degree in a list"),
        (from_giotto, np.zeros((1, 2, 3)), r"`rows\[i\]`"),
        (from_giotto, np.array([[0.0, 1.0, 0.5]]), "whole numbers, got 0.5 in row 0"),
        (from_giotto, np.array([[0.0, np.nan, 0.0]]), "in row 0"),
    ],
)
def test_another_form_is_refused(read, source, message):
    with pytest.raises(ValueError, match=message):
        read(source)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: from_gudhi([(1.5, (0.0, 1.0))]), "`degrees` must hold integers, got 1.5"),
        (lambda: from_gudhi([(True, (0.0, 1.0))]), "`degrees` must hold integers, got True"),
        (lambda: from_gudhi([(0, ("0", 1.0))]), "`births` must hold real numbers, got '0'"),
        (lambda: from_dgms([np.array([[1j, 2.0]])]), "real numbers, got dtype complex128"),
        (lambda: from_dgms([np.ma.array([[0.0, 1.0]], mask=[[0, 1]])]), "a masked entry"),
        (lambda: from_dgms([[[0.0, True]]]), "got True of bool in row 0"),
        (lambda: from_giotto(np.array([["0", "1", "0"]])), "real numbers, got dtype <U1"),
        (lambda: from_giotto(np.array([[0, 3, 0]], "m8[s]")), "got dtype timedelta64"),
    ],
)
def test_what_is_no_number_is_refused_in_every_form(read, message):
    with pytest.raises(ValueError, match=message):
        read()
