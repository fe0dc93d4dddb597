"""Graphs, barcodes and complexes are what other tools compute the same bars from."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morseloss.complexes.morse import MorseComplex
from morseloss.interop import model_simplex_tree, to_columns, to_gudhi, to_simplex_tree
from morseloss.topology import ChainComplex, Diagram, Filtration, canonical_form

NOTHING = Diagram(births=[], deaths=[])


def test_simplex_tree_holds_every_value_the_lowest_parallel_edge_and_no_loop():
    filtration = Filtration(
        [0.0, -1.0, 2.0], np.array([[1, 0], [0, 1], [1, 1]], np.int32), [5.0, 4.0, 3.0]
    )
    tree = to_simplex_tree(filtration)
    simplices = {tuple(simplex): value for simplex, value in tree.get_filtration()}
    assert simplices == {(0,): 0.0, (1,): -1.0, (2,): 2.0, (0, 1): 4.0}


def test_simplex_tree_of_a_single_minimum_has_its_half_line():
    tree = to_simplex_tree(Filtration([2.0], [], []))
    assert tree.persistence(persistence_dim_max=True) == [(0, (2.0, np.inf))]


@st.composite
def diagrams(draw):
    """Bars of any space: one essential bar of degree 0 is born first."""
    number = st.integers(0, 4).map(float) | st.floats(0, 10)
    rows = draw(st.lists(st.tuples(st.integers(0, 3), number, number | st.just(np.inf))))
    rows = [(0, 0.0, np.inf), *((k, min(a, b), max(a, b)) for k, a, b in rows)]
    return Diagram(*np.array([row[1:] for row in rows]).T, [row[0] for row in rows])


@given(diagrams(), st.sampled_from([2, 3, 11]))
@settings(deadline=None)
def test_a_model_has_the_same_barcode_in_every_degree_over_every_field(bars, field):
    tree = model_simplex_tree(bars)
    theirs = tree.persistence(field, min_persistence=-1, persistence_dim_max=True)
    ours = to_gudhi(bars)
    long = [sorted(bar for bar in some if bar[1][0] < bar[1][1]) for some in (ours, theirs)]
    assert long[0] == long[1]
    assert Counter(ours) <= Counter(theirs)


def test_a_model_of_a_morse_complex_has_its_bars():
    sphere = MorseComplex.from_matrices(
        [[0.0], [], [1.0, 2.0]], [np.zeros((1, 0)), np.zeros((0, 2))]
    )
    tree = model_simplex_tree(sphere.diagram())
    assert sorted(tree.persistence(persistence_dim_max=True)) == sorted(to_gudhi(sphere.diagram()))


def test_a_model_of_nothing_is_empty():
    assert model_simplex_tree(NOTHING).num_vertices() == 0


@pytest.mark.parametrize(
    "bars",
    [
        Diagram([0.0], [1.0]),
        Diagram([0.0], [np.inf], [1]),
        Diagram([0.5, 0.0], [np.inf, 1.0]),
        Diagram([0.5, 0.0], [np.inf, np.inf], [0, 1]),
    ],
)
def test_bars_that_no_space_has_are_refused(bars):
    with pytest.raises(ValueError, match=r"an essential bar of degree 0 born no later .* got Diag"):
        model_simplex_tree(bars)


def pairs_mod_2(columns):
    """The pairs of places that a reduction without any cleverness finds."""
    reduced, owners = [], {}
    for place, (_, rows) in enumerate(columns):
        rows = set(rows)
        while rows and max(rows) in owners:
            rows ^= reduced[owners[max(rows)]]
        reduced.append(rows)
        if rows:
            owners[max(rows)] = place
    return sorted(owners.items())


def test_columns_are_the_boundary_mod_2_in_filtration_order():
    edges, twice = [[-1, 0, 1], [1, -1, 0], [0, 1, -1]], [[2], [2], [2]]
    complex = ChainComplex.from_matrices([[0.0, 3.0, 1.0], [5.0, 3.0, 4.0], [6.0]], [edges, twice])
    columns = to_columns(complex)
    assert columns == [(0, []), (0, []), (0, []), (1, [1, 2]), (1, [0, 1]), (1, [0, 2]), (2, [])]
    pairs = canonical_form(complex, characteristic=2).pairs
    order = complex.order()
    assert sorted(pairs.tolist()) == sorted(
        order[list(pair)].tolist() for pair in pairs_mod_2(columns)
    )
    morse = MorseComplex(complex.values, complex.degrees, complex.boundary)
    assert to_columns(morse) == columns
