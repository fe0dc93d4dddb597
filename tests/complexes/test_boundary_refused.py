"""What has no complex is refused with advice, and what was found is kept."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.complexes.followed import Flow
from tests.complexes.landscapes import points_of


def test_the_whole_complex_in_five_variables_is_refused_with_advice():
    land = ml.analytic.DoubleWell(5)
    message = r"dimension 5; `flow_lines\(.*\)` works there for index 1, 2, 4 and 5, `build_graph`"
    with pytest.raises(ValueError, match=message):
        ml.morse_complex(land, points_of(land))
    with pytest.raises(
        ValueError, match=r"`index` must be one of \[1, 2, 4, 5\] in dimension 5, got 3"
    ):
        ml.flow_lines(land, points_of(land), 3)


@pytest.mark.parametrize(
    ("dim", "index", "upward", "message"),
    [
        (3, 0, None, r"must be one of \[1, 2, 3\] in dimension 3, got 0"),
        (3, 3, False, r"must be one of \[1, 2\] in dimension 3 with `upward=False`, got 3"),
        (3, 1, True, r"must be one of \[2, 3\] in dimension 3 with `upward=True`, got 1"),
        (1, 2, None, r"must be one of \[1\] in dimension 1, got 2"),
    ],
)
def test_an_index_that_cannot_be_followed_is_refused(dim, index, upward, message):
    land = ml.analytic.DoubleWell(dim)
    with pytest.raises(ValueError, match=message):
        ml.flow_lines(land, land.critical_points, index, upward=upward)


def test_points_of_another_landscape_are_refused():
    with pytest.raises(ValueError, match="must hold the critical points of DoubleWell"):
        ml.morse_complex(ml.analytic.DoubleWell(2), ml.analytic.DoubleWell(1).critical_points)


def test_points_without_an_index_are_refused():
    land = ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0, (0, 2): -1.0})
    points = ml.classify(land, torch.tensor([[0.0, -(0.5**0.5)], [0.0, 0.0]], dtype=torch.float64))
    message = r"must not be degenerate, got point 0 \(value -0.25\), 1 \(value 0\) with a zero Hess"
    with pytest.raises(ValueError, match=message):
        ml.morse_complex(land, points)


def test_many_degenerate_points_are_counted():
    terms = {(6, 0): 1.0, (0, 6): 1.0, (4, 0): -3.0, (2, 0): 3.0, (0, 4): -3.0, (0, 2): 3.0}
    land, axis = ml.Polynomial(terms), torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    points = ml.classify(land, torch.cartesian_prod(axis, axis))
    with pytest.raises(ValueError, match=r"and 5 more with a zero Hessian .* use `perturb\(lands"):
        ml.morse_complex(land, points)


def test_a_descent_that_comes_to_rest_at_no_point_names_the_place():
    wells = ml.Polynomial({6: 1.0, 4: -3.0, 2: 2.0, 1: 0.05})  # three, the middle one highest
    points = ml.critical_points(wells)
    middle = points.points[:, 0].abs() < 0.2
    passes = (points.indices == 1) & (points.points[:, 0] > 0)
    kept = points.take((~(middle | passes)).nonzero().flatten())
    assert kept.indices.tolist() == [0, 0, 1]
    with pytest.raises(ml.SearchError, match=r"came to rest at \(-0\.012.*\), .* is missing from"):
        ml.morse_complex(wells, kept)


def test_no_points_and_points_that_cannot_be_all_are_refused():
    land = ml.analytic.Himmelblau()
    with pytest.raises(ValueError, match=r"must hold the .*; use `critical_points\(landscape\)`"):
        ml.morse_complex(land, points_of(land).of_index(7))
    with pytest.raises(ValueError, match=r"cannot be all .* is 4, not 1; use `critical_points`"):
        ml.flow_lines(land, points_of(land).of_index(0), 1)


def test_a_descent_below_all_minima_is_said():
    upside = ml.Negated(ml.analytic.Himmelblau())
    points = ml.classify(upside, points_of(upside.base).points)
    with pytest.raises(
        ml.SearchError, match=r"from point \d \(value -.*fell below every minimum: one"
    ):
        ml.morse_complex(upside, points)


def test_a_minimum_and_a_saddle_that_are_missing_are_noticed():
    """The alternating count stays 1; what falls into the missing well finds no basin."""
    land = ml.analytic.DoubleWell(2)
    points = points_of(land)
    low, pass_ = (points.of_index(k).values.argmin() for k in (0, 1))
    gone = torch.stack(
        [(points.indices == k).nonzero()[row, 0] for k, row in ((0, low), (1, pass_))]
    )
    kept = torch.tensor([row for row in range(9) if row not in gone.tolist()])
    with pytest.raises(ml.SearchError, match="a descent from point"):
        ml.morse_complex(land, points.take(kept))


def forgetful(monkeypatch, times):
    """Let lines of index 2 be lost so many times."""
    real, heard = Flow.lines, []

    def lines(self, wanted, fineness, executor=None, progress=None):
        boundaries = real(self, wanted, fineness, executor)
        heard.append((fineness.directions, fineness.closeness))
        if len(heard) <= times:
            found = boundaries[[index for index, _ in wanted].index(2)]
            kept = np.arange(1, len(found))
            paths = tuple(found.paths[row] for row in kept)
            less = ml.FlowLines(found.sources[1:], found.targets[1:], found.signs[1:], paths)
            return [less if one is found else one for one in boundaries]
        return boundaries

    monkeypatch.setattr(Flow, "lines", lines)
    return heard


def test_a_lost_line_is_looked_for_again_more_finely(monkeypatch):
    land = ml.analytic.DoubleWell(2)
    heard = forgetful(monkeypatch, times=2)
    complex = ml.morse_complex(land, points_of(land), directions=20)
    assert len(complex.lines) == 12
    assert heard == [(20, 0.5), (40, 0.25), (80, 0.125)]


def test_a_line_that_stays_lost_is_an_error_that_keeps_the_others(monkeypatch):
    land = ml.analytic.DoubleWell(2)
    forgetful(monkeypatch, times=9)
    message = r"boundary.*is not zero: cell 8 .*after 3 attempts, with up to 192 directions"
    with pytest.raises(ml.SearchError, match=message) as error:
        ml.morse_complex(land, points_of(land))
    assert isinstance(error.value.found, ml.FlowLines)
    assert len(error.value.found) == 11
