import torch

import morseloss as ml


def test_a_slice_has_the_closed_forms_of_its_base(generator):
    base = ml.Quotient(
        ml.Function(lambda v: torch.sin(v[:, 0] - v[:, 1]) * v[:, 2] ** 2, dim=3),
        ml.Translations([[1.0, 1.0, 0.0]]),
    )
    part = base.slice()
    points, ways = (torch.randn(5, 2, generator=generator, dtype=torch.float64) for _ in "ab")
    derived = ml.Function(part.value, dim=2)
    for name in ("value", "gradient", "hessian"):
        torch.testing.assert_close(getattr(part, name)(points), getattr(derived, name)(points))
    torch.testing.assert_close(part.hvp(points, ways), derived.hvp(points, ways))
    assert part.box is None


def test_a_slice_along_an_axis_keeps_the_coordinates_and_the_box_of_the_others():
    box = torch.tensor([[-1.0, -2.0, -3.0], [1.0, 2.0, 3.0]], dtype=torch.float64)
    base = ml.Function(lambda v: v[:, 0] ** 2 + 3 * v[:, 2], dim=3, box=box)
    part = ml.Quotient(base, ml.Translations([[0.0, 5.0, 0.0]])).slice()
    assert part.box.tolist() == box[:, [0, 2]].tolist()
    assert part.value(torch.tensor([[2.0, 1.0]], dtype=torch.float64)).tolist() == [7.0]
