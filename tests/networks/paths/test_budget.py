"""Power, limit and price of an excess that falls with its budget."""

import numpy as np
import pytest
import torch

from morseloss.networks.paths.budget import budget_law, expected_fall, price

BUDGETS = np.geomspace(50, 5000, 16)


@pytest.mark.parametrize("limit", [0.0, 3e-4])
def test_a_line_in_one_over_the_budget_is_found_exactly(limit):
    law = budget_law(BUDGETS, limit + 0.3 / BUDGETS)
    assert law.limit == pytest.approx(limit, abs=1e-12)
    assert law.error < 1e-12
    if not limit:
        assert law.power == pytest.approx(-1)


def test_the_error_of_the_limit_covers_it_as_often_as_a_standard_error_does():
    random = np.random.default_rng(0)
    inside = 0
    for _ in range(400):
        noisy = 1e-3 + 0.3 / BUDGETS + random.normal(0, 2e-5, len(BUDGETS))
        law = budget_law(BUDGETS, noisy)
        inside += abs(law.limit - 1e-3) < law.error
    assert 0.55 < inside / 400 < 0.75


def test_an_excess_of_zero_has_no_power_and_no_limit():
    law = budget_law(BUDGETS, np.zeros(16))
    assert np.isnan(law.power)
    assert (law.limit, law.error) == (0.0, 0.0)


def test_looks_that_are_too_few_bound_the_limit_by_what_was_seen_last():
    law = budget_law(BUDGETS[:2], np.array([0.2, 0.1]))
    assert np.isnan(law.power)
    assert (law.limit, law.error) == (0.0, 0.1)


def test_a_look_before_there_was_a_path_does_not_count():
    law = budget_law(BUDGETS, np.where(np.arange(16) < 2, np.inf, 0.3 / BUDGETS))
    assert law.power == pytest.approx(-1)


def test_the_price_is_the_first_budget_at_the_tolerance_and_infinite_where_it_was_not_reached():
    assert price(BUDGETS, 0.3 / BUDGETS, 1e-3) == BUDGETS[BUDGETS >= 300][0]
    assert price(BUDGETS, 0.3 / BUDGETS, 1e-9) == np.inf


def test_what_is_expected_to_fall_is_all_above_the_limit():
    spent = torch.from_numpy(BUDGETS)
    flat, falling = torch.full((16,), 2e-3), torch.from_numpy(0.3 / BUDGETS)
    found = expected_fall(spent, torch.stack([flat.double(), falling], 1))
    assert found[0] < 1e-12
    assert float(found[1]) == pytest.approx(0.3 / BUDGETS[-1], rel=1e-6)


@pytest.mark.parametrize(
    ("budgets", "excess", "message"),
    [
        ([1.0, 1.0], [1.0, 1.0], "must ascend"),
        ([1.0, 2.0], [1.0], r"one excess each, got shapes \(2,\) and \(1,\)"),
        ([0.0, 1.0], [1.0, 1.0], "must be positive, got 0.0"),
    ],
)
def test_budgets_that_make_no_sense_are_refused(budgets, excess, message):
    with pytest.raises(ValueError, match=message):
        budget_law(np.array(budgets), np.array(excess))


def test_a_tolerance_of_zero_has_no_price():
    with pytest.raises(ValueError, match="`tolerance` must be positive"):
        price(BUDGETS, BUDGETS, 0.0)
