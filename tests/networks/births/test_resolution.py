"""Bars against what their births may fall."""

import numpy as np
import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import Bar, NetworkLandscape, Relay, births, relay, resolution
from tests.networks.models import cross_entropy, labelled, mlp, vectors


def of_arrays(*parts):
    """A graph of lists, as arrays of numpy."""
    return ml.as_graph(tuple(map(np.asarray, parts)))


GRAPH = of_arrays([0.3, 0.1, 0.2], [[0, 1], [1, 2]], [0.31, 0.5])


def test_each_bar_is_held_against_its_own_birth():
    found = resolution(GRAPH, np.array([0.02, 0.5, 0.1]))
    assert found.minima.tolist() == [1, 2, 0]
    assert found.status.tolist() == [Bar.ENDLESS, Bar.RESOLVED, Bar.UNRESOLVED]
    np.testing.assert_allclose(found.lengths[1:], [0.3, 0.01])
    np.testing.assert_allclose(found.may_fall, [0.5, 0.1, 0.02])
    assert repr(found) == "Resolution(3 bars: 1 resolved, 1 unresolved, 1 endless)"


def test_a_bar_as_long_as_the_fall_is_not_resolved():
    lengths = resolution(GRAPH, np.zeros(3)).lengths
    falls = np.array([lengths[2], 0.0, np.nextafter(lengths[1], 0)])
    assert resolution(GRAPH, falls).status.tolist() == [Bar.ENDLESS, Bar.RESOLVED, Bar.UNRESOLVED]


def test_of_an_unknown_birth_nothing_is_said():
    found = resolution(GRAPH, np.array([np.nan, 0.0, 0.0]))
    assert found.status.tolist() == [Bar.ENDLESS, Bar.RESOLVED, Bar.UNKNOWN]
    assert found.rows()[2][3:] == ("-", "unknown")


def test_a_bar_of_no_length_is_unresolved_even_at_a_perfect_birth():
    flat = of_arrays([0.1, 0.2], [[0, 1]], [0.2])
    assert resolution(flat, np.zeros(2)).status.tolist() == [Bar.ENDLESS, Bar.UNRESOLVED]


def test_the_ways_of_a_relay_are_marked_by_births_of_its_networks():
    seed = torch.Generator().manual_seed(0)
    x, y = labelled(seed, 6, images=30)
    land = NetworkLandscape(mlp(nn.ReLU, width=3), cross_entropy, x, y, weight_decay=1e-2)
    points = vectors(land, seed, 3)
    ways = relay(land, points, Relay(size=10, first=5, join=5, descent=5), budget=1, generator=seed)
    told = births(land, points, gradients=20)
    found = resolution(ways, told)
    np.testing.assert_allclose(found.births, np.sort(ways.values))
    np.testing.assert_allclose(found.may_fall, told.may_fall.numpy()[found.minima])
    others = births(land, points.flip(0), gradients=8)
    with pytest.raises(ValueError, match="their losses differ"):
        resolution(ways, others)


def test_another_number_of_networks_is_refused():
    with pytest.raises(ValueError, match="of the 3 networks of the graph"):
        resolution(GRAPH, np.zeros(2))


def test_the_page_has_a_line_a_bar():
    page = str(resolution(GRAPH, np.array([0.02, 0.5, 0.1]))).splitlines()
    assert page[0].split() == ["minimum", "birth", "length", "may", "still", "fall", "verdict"]
    assert [line.split()[-1] for line in page[1:]] == ["endless", "resolved", "unresolved"]
