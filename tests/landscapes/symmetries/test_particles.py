import math

import numpy as np
import pytest
import torch

import morseloss as ml

GOLDEN = (1 + 5**0.5) / 2
ICOSAHEDRON = [
    [0.0, 0.0, 0.0],
    *([0.0, a, b * GOLDEN] for a in (-1.0, 1.0) for b in (-1.0, 1.0)),
    *([a, b * GOLDEN, 0.0] for a in (-1.0, 1.0) for b in (-1.0, 1.0)),
    *([b * GOLDEN, 0.0, a] for a in (-1.0, 1.0) for b in (-1.0, 1.0)),
]
OCTAHEDRON = [[s * float(i == axis) for i in range(3)] for axis in range(3) for s in (-1, 1)]
TETRAHEDRON = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
PENTAGON = [[math.cos(t * math.tau / 5), math.sin(t * math.tau / 5), 0.0] for t in range(5)]
BIPYRAMID = [*PENTAGON, [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]
CHIRAL = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.3, 0.0], [1.0, 1.3, 0.7]]


def moved(cloud, generator, *, reflected=False, order=None):
    """The cloud turned, shifted, renumbered."""
    places = torch.tensor(cloud, dtype=torch.float64)
    space = places.shape[1]
    turn = torch.linalg.qr(torch.randn(space, space, generator=generator, dtype=torch.float64))[0]
    if (torch.linalg.det(turn) < 0) != reflected:
        turn[0] *= -1
    order = torch.randperm(len(places), generator=generator) if order is None else order
    return (places[order] @ turn.mT + 3.0).flatten()


@pytest.mark.parametrize(
    ("cloud", "order"),
    [(ICOSAHEDRON, 120), (OCTAHEDRON, 48), (TETRAHEDRON, 24), (BIPYRAMID, 20), (PENTAGON, 20),
     (CHIRAL, 1), ([[0.0] * 3, [1.0, 0.0, 0.0]], 4)],
)  # fmt: skip
def test_the_order_of_the_point_group_is_that_of_the_books(cloud, order, generator):
    group = ml.Particles(len(cloud))
    point = group.centred(moved(cloud, generator)).numpy()
    assert group.stabiliser(point, 1e-8) == order
    assert group.order == 2 * math.factorial(len(cloud))


def test_polygons_in_the_plane_have_dihedral_groups(generator):
    for sides in (3, 4, 7):
        corners = [
            [math.cos(t * math.tau / sides), math.sin(t * math.tau / sides)] for t in range(sides)
        ]
        point = moved(corners, generator).numpy()
        assert ml.Particles(sides, space_dim=2).stabiliser(point, 1e-8) == 2 * sides
        turns = ml.Particles(sides, space_dim=2, reflections=False)
        assert turns.stabiliser(point, 1e-8) == sides


def test_particles_in_one_place_may_be_exchanged_there():
    group = ml.Particles(4, space_dim=2)
    assert group.stabiliser(np.array([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0]), 1e-8) == 2
    assert group.stabiliser(np.zeros(8), 1e-8) == 48


@pytest.mark.parametrize("cloud", [ICOSAHEDRON, BIPYRAMID, CHIRAL, PENTAGON])
def test_moved_copies_are_on_one_orbit_and_others_are_not(cloud, generator):
    group = ml.Particles(len(cloud))
    one, other = (moved(cloud, generator, reflected=r).numpy() for r in (False, True))
    assert group.gap(one, other, 1e-8) < 1e-13
    np.testing.assert_allclose(*group.invariants(np.stack([one, other])), atol=1e-12)
    bent = other + np.eye(len(other))[0] * 1e-4
    assert 1e-5 < group.gap(one, bent, 1e-3) < 1.01e-4
    assert group.gap(one, bent, 1e-6) == np.inf
    told = group.invariants(np.stack([other, bent]))
    assert np.abs(told[0] - told[1]).max() <= 1e-4


def test_a_chiral_cloud_and_its_mirror_image_are_two_without_reflections(generator):
    left, right = (moved(CHIRAL, generator, reflected=r).numpy() for r in (False, True))
    assert ml.Particles(4, reflections=False).gap(left, right, 1e-6) == np.inf
    assert ml.Particles(4).gap(left, right, 1e-6) < 1e-12


def test_particles_of_other_kinds_keep_their_places(generator):
    group = ml.Particles(4, kinds="AABB")
    assert group.order == 2 * 2 * 2
    order = torch.tensor([1, 0, 3, 2])
    one = moved(CHIRAL, generator, order=torch.arange(4)).numpy()
    assert group.gap(one, moved(CHIRAL, generator, order=order).numpy(), 1e-6) < 1e-12
    crossed = moved(CHIRAL, generator, order=torch.tensor([2, 1, 0, 3])).numpy()
    assert group.gap(one, crossed, 1e-6) == np.inf


def test_without_shifts_rotations_are_about_the_origin(generator):
    fixed = ml.Particles(5, translations=False)
    here = torch.tensor(PENTAGON, dtype=torch.float64).flatten().numpy()
    assert fixed.gap(here, here + np.tile([0.0, 0.0, 1.0], 5), 1e-6) == np.inf
    assert fixed.continuous == 3
    assert ml.Particles(5, rotations=False).continuous == 3


@pytest.mark.parametrize(("cloud", "count"), [(CHIRAL, 6), ([[0.0] * 3, [1.0, 0, 0]], 5)])
def test_tangents_are_orthonormal_and_a_row_does_not_turn_about_itself(cloud, count, generator):
    group = ml.Particles(len(cloud))
    point = moved(cloud, generator)[None]
    tangents = group.tangents(point)[0]
    there = tangents[:, tangents.norm(dim=0) > 0.5]
    assert there.shape[1] == count
    torch.testing.assert_close(there.mT @ there, torch.eye(count, dtype=torch.float64))
    assert float(tangents.norm() ** 2) == pytest.approx(count)


def test_no_value_changes_along_the_tangents(generator):
    land = ml.LennardJones(5)
    points = ml.sample_box(land, 4, generator=generator)
    slopes = (land.symmetry.tangents(points).mT @ land.gradient(points)[..., None])[..., 0]
    assert float((slopes.abs().amax(1) / land.gradient(points).norm(dim=1)).max()) < 1e-13


@pytest.mark.parametrize("space_dim", [2, 3])
def test_the_nearest_copy_of_a_moved_cloud_is_the_cloud(space_dim, generator):
    group = ml.Particles(6, space_dim=space_dim)
    cloud = torch.randn(6, space_dim, generator=generator, dtype=torch.float64)
    near = group.nearest(cloud.flatten()[None], moved(cloud.tolist(), generator)[None])
    torch.testing.assert_close(near[0], cloud.flatten())


def test_symmetries_of_particles_that_are_none_are_refused():
    with pytest.raises(ValueError, match="one label a particle, 3, got 2"):
        ml.Particles(3, kinds="AB")
    with pytest.raises(ValueError, match="must be 2 or 3"):
        ml.Particles(3, space_dim=4)
    with pytest.raises(ValueError, match="reflections come with rotations"):
        ml.Particles(3, rotations=False, reflections=True)
