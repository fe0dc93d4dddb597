"""Descents: steps and regimes against plain loops, by numba and by torch, and what is refused."""

import itertools

import numpy as np
import pytest
import torch

from morseloss.escape import Fault, Regime, basins, descend, orbit, two_point
from morseloss.escape.descents import descent as module
from tests.escape.descents.plain import CUBIC, QUARTIC, drawn, first_outside


def test_steps_to_leave_are_those_of_a_plain_loop(generator):
    rows = basins(drawn(40, generator), near=0.0)
    rows = rows.take(np.flatnonzero(rows.faults == 0))
    rates = 1.0 + 1.5 * torch.rand(len(rows), generator=generator, dtype=torch.float64).numpy()
    runs = descend(rows, rates, 0.01, max_steps=40)
    for row in range(len(rows)):
        slopes = np.polynomial.Polynomial(rows.coefficients[row]).deriv()
        x, seen = 0.01 - rows.minima[row], -1
        for step in range(1, 41):
            x = x - rates[row] * slopes(x)
            if not rows.left[row] <= x + rows.minima[row] <= rows.right[row]:
                seen = step
                break
        assert runs.steps[row] == seen
    assert 5 < (runs.steps > 0).sum() < len(rows)


@pytest.mark.parametrize(("rate", "regime"), [(0.9, Regime.CONVERGES), (1.3, Regime.BOUNDED)])
def test_below_two_over_the_curvature_it_converges_above_it_is_bounded(rate, regime):
    runs = descend(CUBIC, rate, 0.05)
    assert runs.regimes[0] == regime and runs.steps[0] == -1
    assert (runs.wells[0] == 0) == (regime == Regime.CONVERGES)
    assert regime != Regime.CONVERGES or abs(runs.points[0]) < 1e-9


def test_those_that_leave_are_followed_to_the_minimum_they_reach():
    found = two_point((0.0, 0.0, 2.0), (1.0, -0.1, 0.5), [1.0]).basins
    rates = np.linspace(1.61, 2.1, 200)
    runs = descend(found, rates, 0.05)
    assert (runs.regimes == Regime.LEAVES).all() and (runs.wells == 1).all()
    np.testing.assert_allclose(runs.points, 1.0, atol=1e-9)
    for row in range(0, 200, 40):
        assert orbit(found, rates[row], 0.05, 5000)[-1] == pytest.approx(1.0, abs=1e-9)


def test_those_that_run_away_diverge():
    runs = descend(QUARTIC, 2.5, 0.1)
    assert runs.regimes[0] == Regime.DIVERGES and np.isinf(runs.points[0])
    path = orbit(QUARTIC, 2.5, 0.1, 1000)
    assert len(path) < 100 and np.isfinite(path).all()
    step, _ = first_outside(QUARTIC, 2.5, 0.1, -0.78273, 0.78273, 100)
    assert runs.steps[0] == step


def test_torch_and_numba_agree():
    rates = np.linspace(0.5, 1.7, 50)
    one = descend(CUBIC, rates, 0.05, max_steps=60)
    other = descend(CUBIC, rates, 0.05, max_steps=60, device="cpu")
    assert (one.steps == other.steps).mean() > 0.9  # late steps of chaos differ by round-off
    assert (one.regimes[rates < 1.3] == other.regimes[rates < 1.3]).all()
    early = (one.steps > 0) & (one.steps < 15)
    assert early.any() and (one.steps == other.steps)[early].all()


def test_neither_threads_nor_pieces_change_a_bit(monkeypatch):
    rates, threads, seen = np.linspace(0.5, 1.7, 500), torch.get_num_threads(), []
    for count, together in ((1, 1 << 17), (2, 1 << 17), (1, 100)):
        monkeypatch.setattr(module, "TOGETHER", together)
        torch.set_num_threads(count)
        try:
            seen.append(descend(CUBIC, rates, 0.05, max_steps=2000))
        finally:
            torch.set_num_threads(threads)
    for other in seen[1:]:
        assert np.array_equal(seen[0].steps, other.steps)
        assert np.array_equal(seen[0].points, other.points)
        assert np.array_equal(seen[0].regimes, other.regimes)


def test_a_start_on_the_minimum_stays_where_it_repels():
    runs = descend(CUBIC, 1.5, 0.0)
    assert runs.regimes[0] == Regime.BOUNDED
    assert runs.points[0] == pytest.approx(0.0, abs=1e-12)


def test_rows_with_a_fault_are_refused_and_the_others_run():
    runs = descend(CUBIC, [0.5, -1.0, np.nan, 0.5], [0.1, 0.1, 0.1, 3.0])
    wrong = [Fault.NONE, Fault.BAD_RATE, Fault.BAD_RATE, Fault.OUTSIDE]
    assert runs.faults.tolist() == wrong
    assert runs.regimes.tolist() == [Regime.CONVERGES] + [Regime.REFUSED] * 3
    assert repr(runs) == "Descents(4 rows: 1 converges, 3 refused)"
    assert len(runs) == 4


@pytest.mark.parametrize(
    ("rate", "start", "words"),
    [
        (0.0, 0.1, "learning rate that is not positive"),
        (0.5, 3.0, r"start that is not in the basin .* \(the gates\)"),
        ([0.5, 0.6], [0.1, 0.1, 0.1], r"rates of shape \(2,\), starts of shape \(3,\)"),
    ],
)
def test_a_single_bad_row_and_shapes_that_do_not_fit_raise(rate, start, words):
    with pytest.raises(ValueError, match=words):
        descend(CUBIC, rate, start)


def test_a_budget_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="`max_steps` must be at least 1, got 0"):
        descend(CUBIC, 0.5, 0.1, max_steps=0)


def test_progress_counts_those_that_still_run():
    looks = []
    rates = np.linspace(0.5, 1.4, 20)
    descend(CUBIC, rates, 0.05, max_steps=500, progress=lambda *at: looks.append(at))
    assert looks[0][0] == 64 and looks[-1][0] == 500
    assert [total for _, _, total in looks] == [20] * len(looks)
    assert all(a >= b for (_, a, _), (_, b, _) in itertools.pairwise(looks))


def test_every_regime_has_its_words():
    words = {regime.message for regime in Regime}
    assert len(words) == len(Regime)
    assert "leaves the basin" in words


def test_a_parabola_has_an_orbit_that_shrinks_geometrically():
    found = basins(CUBIC)
    path = orbit(found, 1e-3, 1e-6, 3)
    np.testing.assert_allclose(path, 1e-6 * (1 - 2e-3) ** np.arange(4), rtol=1e-5)
