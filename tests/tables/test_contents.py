import pickle

import numpy as np
import pytest
import torch

import morseloss as ml

LAND = ml.analytic.SixHumpCamel()
POINTS = LAND.critical_points


def diagram():
    return ml.Diagram([0.0, 1.0], [np.inf, 3.0], lower=[np.nan, 2.5])


def graph():
    places, peaks = [[0.0], [2.0]], [[1.0]]
    paths = [np.array([[0.0], [2.0]])]
    return ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.5], places, peaks, [True], paths, ["a", "b"])


def complex_():
    lines = ml.FlowLines(sources=[2, 2], targets=[0, 1], signs=[-1, 1])
    return ml.MorseComplex.from_lines(values=[0.0, 0.5, 1.0], indices=[0, 0, 1], lines=lines)


def points():
    return POINTS.take(torch.arange(len(POINTS)))


MADE = pytest.mark.parametrize("made", [diagram, graph, complex_, points])


@MADE
def test_objects_that_hold_the_same_are_equal_and_have_one_hash(made):
    one, other = made(), made()
    assert one is not other
    assert (one == other) is True and (one != other) is False
    assert len({one, other}) == 1
    assert pickle.loads(pickle.dumps(one)) == one


@MADE
def test_objects_of_other_kinds_are_not_equal_and_that_is_a_plain_bool(made):
    for other in (None, 3, "bars", np.zeros(2), torch.zeros(2), object()):
        assert (made() == other) is False and (made() != other) is True
    assert [made() == other() for other in (diagram, graph, complex_, points)].count(True) == 1


DIFFERENT = {
    "a death": (diagram(), ml.Diagram([0.0, 1.0], [np.inf, 3.5], lower=[np.nan, 2.5])),
    "a lower end": (diagram(), ml.Diagram([0.0, 1.0], [np.inf, 3.0])),
    "a degree": (ml.Diagram([0.0], [1.0]), ml.Diagram([0.0], [1.0], degrees=1)),
    "more bars": (ml.Diagram([0.0], [1.0]), ml.Diagram([0.0, 0.0], [1.0, 1.0])),
    "an end": (ml.LandscapeGraph([0.0, 0.0], [[0, 1]], [1.0]),
               ml.LandscapeGraph([0.0, 0.0], [[0, 0]], [1.0])),
    "a name": (ml.LandscapeGraph([0.0], np.zeros((0, 2), int), [], names=["a"]),
               ml.LandscapeGraph([0.0], np.zeros((0, 2), int), [], names=["b"])),
    "a path": (graph(), ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.5], [[0.0], [2.0]], [[1.0]],
               [True], [np.array([[0.0], [1.0], [2.0]])], ["a", "b"])),
    "the lines": (complex_(), ml.MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]])),
    "a boundary": (ml.MorseComplex([0.0, 1.0], [0, 1], [[0, 2], [0, 0]]),
                   ml.MorseComplex([0.0, 1.0], [0, 1], [[0, 0], [0, 0]])),
    "a space": (points(), ml.merge(ml.classify(ml.Periodic(
        ml.Function(lambda x: torch.cos(x).sum(-1), 2), 2 * torch.pi), POINTS.points))),
    "fewer points": (points(), points()[1:]),
}  # fmt: skip


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_one_difference_makes_two_objects_unequal(pair):
    one, other = pair
    assert (one == other) is False and one == one and other == other


def test_how_it_was_found_does_not_matter_for_equality():
    said = ml.Diagram([0.0], [1.0], provenance=ml.Provenance(field=2, software="another"))
    assert said == ml.Diagram([0.0], [1.0])
    assert ml.merge(POINTS) == POINTS and ml.merge(POINTS).origins is not None


def test_zeros_of_both_signs_are_equal_and_so_are_their_hashes():
    one, other = ml.Diagram([0.0], [1.0]), ml.Diagram([-0.0], [1.0])
    assert one == other and hash(one) == hash(other)


def test_points_that_are_not_finite_have_a_hash_and_equal_themselves():
    land = ml.Function(lambda x: (x**2).sum(-1).sqrt(), dim=1)
    one, other = (ml.classify(land, torch.zeros(1, 1)) for _ in range(2))
    assert bool(one.residuals.isnan().any())
    assert one == other and hash(one) == hash(other)


@pytest.mark.parametrize("made", [diagram, points])
def test_rows_are_chosen_as_of_an_array_whoever_holds_the_row(made):
    one = made()
    last = np.asarray(one)[-1]
    for row in (-1, np.int64(-1), np.array(-1), torch.tensor(-1)):
        assert np.asarray(one[row]) == pytest.approx(last)
    assert len(one[::-1]) == len(one[...]) == len(one)
    assert len(one[[]]) == len(one[torch.zeros(len(one), dtype=torch.bool)]) == 0
    for wrong in (True, None, [[0]], (0, 0), 0.5, len(one)):
        with pytest.raises(IndexError):
            one[wrong]


def test_points_are_turned_round_by_a_slice():
    assert torch.equal(points()[::-1].values, POINTS.values.flip(0))
