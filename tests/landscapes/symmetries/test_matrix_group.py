import numpy as np
import pytest
import torch

import morseloss as ml

TURN = [[0.0, -1.0], [1.0, 0.0]]
MIRROR = [[-1.0, 0.0], [0.0, 1.0]]


def points(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def test_a_turn_and_a_mirror_generate_the_group_of_the_square():
    square = ml.MatrixGroup.generated_by([TURN, MIRROR])
    assert square.order == 8
    assert square.stabiliser(np.array([1.0, 1.0]), 1e-9) == 2
    assert square.stabiliser(np.array([1.0, 0.3]), 1e-9) == 1
    assert square.stabiliser(np.zeros(2), 1e-9) == 8


def test_invariants_are_equal_along_orbits_and_change_by_no_more_than_the_points(generator):
    square = ml.MatrixGroup.generated_by([TURN, MIRROR])
    rows = torch.rand(20, 2, generator=generator, dtype=torch.float64).numpy()
    for matrix in square.matrices:
        there = square.invariants(rows @ matrix.T)
        np.testing.assert_allclose(there, square.invariants(rows), atol=1e-12)
    moved = rows + 1e-3 * np.array([0.6, 0.8])
    assert np.abs(square.invariants(moved) - square.invariants(rows)).max() <= 1e-3 * (1 + 1e-9)


def test_the_nearest_copy_is_the_nearest_of_all_images(generator):
    square = ml.MatrixGroup.generated_by([TURN, MIRROR])
    here, other = (torch.randn(9, 2, generator=generator, dtype=torch.float64) for _ in range(2))
    images = torch.from_numpy(square.matrices) @ other[:, None, :, None]
    best = (images[..., 0] - here[:, None]).norm(dim=-1).amin(1)
    near = square.nearest(here, other)
    torch.testing.assert_close((near - here).norm(dim=-1), best)
    assert square.gap(near[0].numpy(), other[0].numpy(), 1e-9) < 1e-12


def test_free_directions_need_not_be_orthonormal():
    group = ml.Translations([[3.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    tangents = group.tangents(points([1.0, 2.0, 3.0]))[0]
    torch.testing.assert_close(tangents.mT @ tangents, torch.eye(2, dtype=torch.float64))
    torch.testing.assert_close(group.centred(points([1.0, 2.0, 3.0])), points([0.0, 0.0, 3.0]))
    near = group.nearest(points([0.0, 0.0, 1.0]), points([5.0, 5.0, 2.0]))
    torch.testing.assert_close(near, points([0.0, 0.0, 2.0]))


def test_permutations_move_the_coordinates_of_each_particle_together():
    group = ml.MatrixGroup.of_permutations([(1, 0)], space_dim=2)
    ((_, moved), (_, stayed)) = sorted(
        group.generated(points([1.0, 2.0, 3.0, 4.0])), key=lambda pair: float(pair[1][0, 0])
    )[::-1]
    assert moved.tolist() == [[3.0, 4.0, 1.0, 2.0]]
    assert stayed.tolist() == [[1.0, 2.0, 3.0, 4.0]]


def test_groups_that_are_none_are_refused_and_what_is_missing_is_named():
    one = np.eye(2).tolist()
    with pytest.raises(ValueError, match=r"product of matrix 1 with matrix 1, .*-1.0.* missing"):
        ml.MatrixGroup([one, TURN])
    with pytest.raises(ValueError, match="the identity is missing"):
        ml.MatrixGroup([TURN])
    with pytest.raises(ValueError, match="1 come twice"):
        ml.MatrixGroup([one, one])
    with pytest.raises(ValueError, match=r"matrix 1 must be orthogonal, and is off by 3"):
        ml.MatrixGroup([one, [[1.0, 0.0], [0.0, 2.0]]])
    with pytest.raises(ValueError, match="more than 5000"):
        c, s = np.cos(1.0), np.sin(1.0)
        ml.MatrixGroup.generated_by([[[c, -s], [s, c]]])


def test_free_directions_that_a_matrix_turns_away_are_refused():
    with pytest.raises(ValueError, match="matrix 1 must turn the free directions"):
        ml.MatrixGroup.generated_by([TURN], along=[[1.0, 0.0]])
    with pytest.raises(ValueError, match="must be independent, got rank 1"):
        ml.Translations([[0.0, 1.0], [0.0, 2.0]])
    with pytest.raises(ValueError, match="finite array of 2 axes, got shape"):
        ml.Translations([0.0, 1.0])


def test_permutations_of_unequal_lengths_and_none_are_refused():
    with pytest.raises(ValueError, match=r"one length, got lengths \[2, 3\]"):
        ml.MatrixGroup.of_permutations([(1, 0), (0, 2, 1)])
    with pytest.raises(ValueError, match=r"permutation 1 must hold each of 0, ..., 1 once"):
        ml.MatrixGroup.of_permutations([(1, 0), (1, 1)])
