"""All distances of diagrams, one by one and in parallel."""

from functools import partial

import numpy as np
import pytest

import morseloss as ml
from morseloss.interop import pairwise_distances
from tests.topology.graphs import random_graph

GENERATOR = np.random.default_rng(0)
DIAGRAMS = [ml.barcode(random_graph(5, 30, GENERATOR)) for _ in range(7)]
DISTANCES = [
    ml.bottleneck_distance,
    partial(ml.bottleneck_distance, metric="chebyshev"),
    partial(ml.wasserstein_distance, order=2),
]


@pytest.mark.parametrize("distance", DISTANCES)
def test_entries_are_the_distances_of_pairs(distance):
    square = pairwise_distances(DIAGRAMS, distance=distance)
    table = pairwise_distances(DIAGRAMS, DIAGRAMS[:3], distance)
    wanted = [[distance(a, b) for b in DIAGRAMS] for a in DIAGRAMS]
    np.testing.assert_allclose(square, wanted, rtol=1e-12)
    np.testing.assert_array_equal(table, np.array(wanted)[:, :3])
    assert np.array_equal(square, square.T) and not square.diagonal().any()


def test_two_processes_find_what_one_does():
    from joblib import parallel_config

    one = pairwise_distances(DIAGRAMS, distance=DISTANCES[2])
    with parallel_config(backend="threading"):
        assert np.array_equal(pairwise_distances(DIAGRAMS, distance=DISTANCES[2], n_jobs=2), one)


@pytest.mark.slow
def test_processes_of_their_own_find_what_one_does():
    one = pairwise_distances(DIAGRAMS, DIAGRAMS[:2], DISTANCES[2])
    assert np.array_equal(pairwise_distances(DIAGRAMS, DIAGRAMS[:2], DISTANCES[2], n_jobs=2), one)


def test_persim_finds_the_same_distances_of_finite_bars():
    from persim import bottleneck

    arrays = ml.interop.LossBarcode().fit_transform([([0.0, 1, 2], [[0, 1], [1, 2]], [4.0, 7.5])])
    arrays.append(np.array([[0.5, 3.0]]))
    found = pairwise_distances(arrays, distance=DISTANCES[1])
    assert found[0, 1] == pytest.approx(bottleneck(*arrays))


def test_one_diagram_and_none_have_their_matrices():
    assert pairwise_distances(DIAGRAMS[:1], n_jobs=2).tolist() == [[0.0]]
    assert pairwise_distances([]).shape == (0, 0)
    assert pairwise_distances(DIAGRAMS, []).shape == (7, 0)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (DIAGRAMS[0], r"`X` must be a list of diagrams, got Diagram; wrap a single one, `\[X\]`"),
        (
            [DIAGRAMS[0], np.zeros((2, 3))],
            r"`X\[1\]` must be a Diagram or an array of shape \(k",
        ),
        (np.zeros((3, 2)), r"`X\[0\]` must have two axes"),
        (["a"], r"`X\[0\]` must"),
    ],
)
def test_what_is_no_list_of_diagrams_is_refused(X, message):
    with pytest.raises(ValueError, match=message):
        pairwise_distances(X)
    with pytest.raises(ValueError, match=message.replace("X", "Y")):
        pairwise_distances(DIAGRAMS, X)
