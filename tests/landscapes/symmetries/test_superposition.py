import numpy as np

from morseloss.landscapes.symmetries.superposition import matches, superposed

SQUARE = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
ALIKE = np.zeros(4, dtype=int)


def test_a_square_is_carried_to_itself_in_eight_ways_and_in_four_without_mirrors():
    found = matches(SQUARE, SQUARE, ALIKE, (True, True), 1e-9)
    assert len(found) == 8
    assert sum(match.reflected for match in found) == 4
    assert max(match.gap for match in found) < 1e-12
    assert len(matches(SQUARE, SQUARE, ALIKE, (True, False), 1e-9)) == 4
    assert len(matches(SQUARE, SQUARE, ALIKE, (False, False), 1e-9)) == 1


def test_clouds_that_differ_by_more_than_the_slack_do_not_match():
    bent = SQUARE + np.array([[1e-3, 0.0], [0, 0], [0, 0], [0, 0]])
    assert matches(bent, SQUARE, ALIKE, (True, True), 1e-4) == []
    (best, *_) = matches(bent, SQUARE, ALIKE, (True, True), 1e-3)
    assert 1e-4 < best.gap < 1e-3


def test_a_cloud_that_is_only_alike_is_laid_beside_the_other():
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(6, 2))
    other = (cloud @ turn.T)[[3, 1, 0, 2, 5, 4]] + 1e-2 * rng.normal(size=(6, 2))
    near = superposed(cloud, other, np.zeros(6, dtype=int), (True, True))
    assert np.linalg.norm(near - cloud) < 0.05
    again = superposed(cloud, other, np.zeros(6, dtype=int), (True, True))
    assert (near == again).all()


def test_unequal_particles_are_not_exchanged_to_come_nearer():
    labels = np.array([0, 1, 0, 1])
    near = superposed(SQUARE, SQUARE[[1, 0, 3, 2]], labels, (False, False))
    assert np.abs(near[0] - SQUARE[1]).max() < 1e-12 or np.abs(near[0] - SQUARE[3]).max() < 1e-12
