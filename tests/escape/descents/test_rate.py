"""Least rates: a bracket that holds, against a fine scan by plain loops, and honest failures."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.escape import Fault, basins, descend, least_rate, threshold
from morseloss.escape.descents import lower
from morseloss.escape.descents import rate as module
from tests.escape.descents.plain import CUBIC, QUARTIC, first_outside
from validation.escape.escape_ensemble import KINDS, families


def test_the_bracket_is_narrow_and_only_its_upper_end_leaves():
    found = least_rate(CUBIC, 0.05)
    assert 0 < found.rates[0] / found.below[0] - 1 <= 1e-6
    both = descend(CUBIC, [found.below[0], found.rates[0]], 0.05)
    assert both.steps[0] == -1
    assert both.steps[1] == found.steps[0]


def test_a_plain_loop_leaves_at_the_same_rate():
    """Within 60 steps, few enough for chaos not to see the order of rounding."""
    found = least_rate(CUBIC, 0.05, max_steps=30)
    low, high = basins(CUBIC).left[0], basins(CUBIC).right[0]
    assert first_outside(CUBIC, found.rates[0], 0.05, low, high, 30)[0] == found.steps[0]
    assert first_outside(CUBIC, found.below[0], 0.05, low, high, 30)[0] == -1


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-9])
def test_the_width_of_the_bracket_is_what_was_asked_for(tolerance):
    found = least_rate(QUARTIC, 0.1, tolerance=tolerance)
    assert found.rates[0] / found.below[0] - 1 <= tolerance
    assert repr(least_rate(QUARTIC, 0.1)) == "LeastRates(2.1122407, in 1614 steps)"


def test_a_scan_of_rates_is_used_as_given():
    scan = np.linspace(1.4, 1.6, 300)
    found = least_rate(CUBIC, 0.05, rates=scan)
    assert found.tried == (1.4, 1.6)
    assert found.rates[0] == pytest.approx(threshold(CUBIC, 0.05).rates[0], rel=1e-5)


def test_rows_do_not_depend_on_each_other_nor_on_pieces(monkeypatch):
    alone = [least_rate(land, 0.05).rates[0] for land in (CUBIC, QUARTIC)]
    monkeypatch.setattr(lower, "TOGETHER", 500)
    found = least_rate([CUBIC, QUARTIC, CUBIC], 0.05)
    assert found.rates.tolist() == [*alone, alone[0]]
    assert repr(found) == "LeastRates(3 of 3 found)" and len(found) == 3


def test_what_never_or_always_leaves_is_marked_or_raised():
    never, always = np.linspace(0.1, 0.9, 5), np.array([1.6, 1.7])
    for scan, fault in ((never, Fault.NEVER), (always, Fault.ALWAYS)):
        with pytest.raises(ValueError, match=f"tried {scan[0]:g} to {scan[-1]:g}.*pass `rates`"):
            least_rate(CUBIC, 0.05, rates=scan)
        found = least_rate(CUBIC, [0.05, 0.06], rates=scan)
        assert found.faults.tolist() == [fault, fault]
        assert np.isnan(found.rates).all() and (found.steps == -1).all()


def test_a_batch_keeps_rows_with_a_fault():
    found = least_rate(CUBIC, [0.05, 3.0])
    assert found.faults.tolist() == [Fault.NONE, Fault.OUTSIDE]
    assert np.isfinite(found.rates[0]) and np.isnan(found.rates[1])


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("`tolerance` must lie between 0 and 1", {"tolerance": 0.0}),
        ("ascending order", {"rates": np.array([2.0, 1.0])}),
        ("ascending order", {"rates": np.array([0.0, 1.0])}),
        ("ascending order", {"rates": np.array([1.0])}),
        ("ascending order", {"rates": np.array([1.0, np.inf])}),
    ],
)
def test_a_scan_that_is_none_and_a_bad_tolerance_are_refused(words, options):
    with pytest.raises(ValueError, match=words):
        least_rate(CUBIC, 0.05, **options)


def test_a_start_outside_is_refused():
    with pytest.raises(ValueError, match="start that is not in the basin"):
        least_rate(CUBIC, 3.0)


@pytest.mark.parametrize("land", [CUBIC, "gate"])
def test_progress_tells_the_steps_and_ends_with_nothing_left(land, bent):
    looks = []
    where, start = (bent, bent.minimum + 0.05) if land == "gate" else (land, 0.05)
    least_rate(where, start, max_steps=3000, progress=lambda *at: looks.append(at))
    steps = [step for step, _, _ in looks]
    assert steps == sorted(steps) and len(steps) > 10
    assert all(step + left == total for step, left, total in looks)
    assert looks[-1][1] == 0 < looks[0][1]


@pytest.mark.parametrize("levels", [1, 2, 3, 7, 30])
def test_bisections_that_are_done_together_end_in_the_same_brackets(levels):
    def leaves(rows, at):
        return np.where(np.floor(1e7 * at + rows) % 2 == 0, 1, -1)

    rows, low = np.arange(8), np.linspace(1, 2, 8)
    plain = lower.bisected(leaves, rows, low, 1.3 * low, 1e-3)
    together = lower.bisected(leaves, rows, low, 1.3 * low, 1e-3, levels)
    assert [end.tolist() for end in together] == [end.tolist() for end in plain]
    assert (together[0] > low).any()
    assert (together[1] / together[0] <= 1.001).all()
    moved = together[1] < 1.3 * low
    assert moved.any() and (leaves(rows, together[1])[moved] > 0).all()


WINDOWED = (  # coefficients of x^3 to x^6 beside x^2, and by how much a coarse scan is too high
    (-0.3744463205635774, -0.38555276088195156, 0.2790563133310386, 0.10899276510512168, 4e-4),
    (0.8892923520127538, -0.24368298845886907, -0.7278214651286476, 0.17733725371491135, 5e-5),
    (0.12324291547031097, 1.159627676997033, 1.8012581428353498, 0.42070626321171567, 9e-5),
    (0.8856108422052116, -0.9194304415056561, -1.361655033787965, 0.5639690464214279, 1e-3),
    (-0.6281104357085648, -0.8669959731026552, 0.724876890215382, 0.32041468753044106, 2e-5),
)


@pytest.mark.parametrize("numbers", WINDOWED, ids=lambda numbers: f"{numbers[0]:.2f}")
def test_windows_of_escape_between_the_rates_of_the_scan_are_found(numbers):
    *coefficients, missed = numbers
    found = basins(np.array([[0.0, 0.0, 1.0, *coefficients]]), near=0.0)
    coarse = least_rate(found, 0.01, rates=module.SCAN / 2).rates
    least = least_rate(found, 0.01)
    assert least.rates < coarse * (1 - missed)
    assert 0 < least.rates / least.below - 1 <= 1e-6
    both = descend(found, [least.below[0], least.rates[0]], 0.01)
    assert both.steps.tolist() == [-1, least.steps[0]]
    assert least.rates > threshold(found, 0.01).rates * (1 - 1e-5)


def test_a_rate_that_is_known_to_leave_is_not_below_the_least():
    """At 1.436013 this one leaves within 20,000 steps; the threshold is 1.4360003."""
    found = basins(np.array([[0.0, 0.0, 1.0, *WINDOWED[0][:4]]]), near=0.0)
    assert descend(found, 1.436013, 0.01, max_steps=20000).steps[0] > 0
    assert least_rate(found, 0.01, max_steps=20000).rates[0] <= 1.436013


def test_a_start_on_a_steep_wall_leaves_below_the_rates_of_the_scan():
    found = basins(ml.Polynomial({2: 1.0, 4: 50.0, 6: -20.0, 8: 1.0}), near=0.0)
    with pytest.raises(ValueError, match="pass `rates`"):
        least_rate(found, 1.0, rates=module.SCAN / 2)
    least = least_rate(found, 1.0)
    bound = threshold(found, 1.0).rates[0]
    assert bound < least.rates[0] < 0.03
    lower_rates = np.linspace(bound, least.below[0], 1000)
    assert (descend(found, lower_rates, 1.0).steps > 0).sum() <= 1  # a window of 4e-8


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_scan_ten_times_as_fine_finds_no_lower_rate(kind, monkeypatch):
    _, found = families(kind, 150, 1, torch.Generator().manual_seed(11))
    least = least_rate(found, 0.01).rates
    assert (least <= least_rate(found, 0.01, rates=module.SCAN / 2).rates).all()
    monkeypatch.setattr(module, "SCAN", np.geomspace(1.0, 32.0, 4991))
    monkeypatch.setattr(lower, "DENSE", 10 * lower.DENSE)
    assert (least_rate(found, 0.01).rates >= least * (1 - 1e-5)).all()
