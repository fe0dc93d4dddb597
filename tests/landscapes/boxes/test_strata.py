import pytest
import torch

import morseloss as ml
from morseloss.landscapes.boxes.soft_walls import SoftWalls
from morseloss.landscapes.boxes.strata import Face, OnFace, face_polynomial, faces, nearest_face
from tests.checks import check_landscape

BOX = torch.tensor([[-1.0, 0.0, -2.0], [1.0, 3.0, 2.0]], dtype=torch.float64)
WAVY = ml.Polynomial(
    {(2, 1, 0): 1.0, (0, 3, 1): -0.5, (1, 0, 2): 2.0, (0, 0, 1): 1.0, (0, 2, 0): 3}
)


def test_a_cube_has_twenty_seven_faces_from_the_whole_to_the_corners():
    dims = [face.dim for face in faces(ml.OnBox(WAVY, BOX))]
    assert [dims.count(k) for k in range(4)] == [8, 12, 6, 1]
    assert dims == sorted(dims, reverse=True)


def test_a_landscape_on_a_face_is_a_landscape(generator):
    face = Face(BOX, (0, 1, 0))
    restricted = OnFace(WAVY, face)
    points = ml.sample_box(restricted, 5, generator=generator)
    check_landscape(restricted, points)
    assert (face.embedded(points)[:, 1] == 3.0).all()
    assert repr(face) == "x1 = 3"


@pytest.mark.parametrize("sides", [(0, 0, 0), (0, -1, 0), (1, 0, -1)])
def test_a_polynomial_on_a_face_is_one_in_fewer_variables(sides, generator):
    face = Face(BOX, sides)
    restricted = OnFace(WAVY, face)
    points = ml.sample_box(restricted, 7, generator=generator)
    low, high = face.box
    units = (points - (low + high) / 2) / ((high - low) / 2)
    torch.testing.assert_close(face_polynomial(WAVY, face).value(units), restricted.value(points))


def test_terms_that_cancel_on_a_face_do_not_raise_its_degree():
    land = ml.Polynomial({(3, 1): 0.1, (3, 0): -0.03, (0, 2): 1.0, (1, 0): 1.0})
    edge = Face(torch.tensor([[-1.0, 0.3], [1.0, 1.0]], dtype=torch.float64), (0, -1))
    assert face_polynomial(land, edge).degree == 1


def test_points_beyond_walls_come_to_the_nearest_face():
    land = ml.OnBox(WAVY, BOX)
    points = torch.tensor([[0.0, 1.0, 0.0], [2.0, 1.0, -3.0], [0.5, 9.0, 0.0]])
    moved, groups = nearest_face(land, points.double())
    assert moved.tolist() == [[0.0, 1.0, 0.0], [1.0, 1.0, -2.0], [0.5, 3.0, 0.0]]
    assert {face.sides: rows.tolist() for face, rows in groups} == {
        (0, 0, 0): [0],
        (1, 0, -1): [1],
        (0, 1, 0): [2],
    }


def test_soft_walls_are_a_landscape_that_grows(generator):
    soft = SoftWalls(ml.OnBox(WAVY, BOX), 0.05)
    around = torch.stack([BOX[0] - 0.4, BOX[1] + 0.4])
    points = ml.sample_box(soft, 40, generator=generator, box=around)
    check_landscape(soft, points)
    inside = ((points >= BOX[0]) & (points <= BOX[1])).all(-1)
    assert inside.any() and not inside.all()
    assert torch.equal(soft.value(points[inside]), WAVY.value(points[inside]))
    far = 1e3 * torch.eye(3, dtype=torch.float64)
    assert (soft.value(torch.cat([far, -far])) > 1e6).all()


def test_soft_walls_ask_nothing_far_beyond_the_box():
    """The square root ends a little beyond the wall."""
    root = ml.Function(lambda x: -torch.sqrt(x + 0.05).sum(-1), dim=1)
    soft = SoftWalls(ml.OnBox(root, torch.tensor([[0.0], [1.0]])), 1e-3)
    assert soft.value(torch.tensor([[-7.0], [9.0]]).double()).isfinite().all()


def test_soft_walls_need_walls():
    with pytest.raises(ValueError, match="has no walls; put it on a box"):
        SoftWalls(WAVY)
