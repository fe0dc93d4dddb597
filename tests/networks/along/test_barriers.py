"""Barriers by hand on small profiles; orders among them that hold always."""

import pytest
import torch

from morseloss.networks import Along, barriers


def profile(*heights, times=None, normalised_over=None):
    values = torch.tensor([heights], dtype=torch.float64)
    where = torch.linspace(0, 1, len(heights)).double() if times is None else times
    return Along(where, values, {"loss": values / 2}, 10, normalised_over)


def test_each_paper_subtracts_its_own():
    found = barriers(profile(1.0, 4.0, 3.5, 2.0, 3.0))["value"]
    assert {name: float(part) for name, part in found.items()} == {
        "top": 4.0,
        "above_higher_end": 1.0,
        "above_mean": 2.0,
        "above_interpolated": 2.5,  # at a quarter, where the line is at 1.5
        "at_midpoint": 1.5,
    }


def test_a_path_that_only_descends_has_no_barrier_above_its_higher_end_but_one_above_the_mean():
    found = barriers(profile(3.0, 2.0, 1.0))["value"]
    assert float(found["above_higher_end"]) == float(found["above_interpolated"]) == 0
    assert float(found["above_mean"]) == 1


def test_barriers_are_ordered():
    heights = torch.rand(50, 9, generator=torch.Generator().manual_seed(0)).double()
    found = barriers(Along(torch.linspace(0, 1, 9).double(), heights, {}, 1, None))["value"]
    assert (found["above_higher_end"] <= found["above_interpolated"] + 1e-15).all()
    assert (found["above_higher_end"] <= found["above_mean"]).all()
    assert (found["at_midpoint"] <= found["above_interpolated"] + 1e-15).all()
    assert (found["at_midpoint"] <= found["above_mean"]).all()


def test_the_middle_is_unknown_where_no_time_is_there():
    assert barriers(profile(0.0, 1.0, 2.0, 0.0))["value"]["at_midpoint"].isnan()


def test_the_page_tells_sources_and_the_convention_of_batch_normalisation():
    page = str(barriers(profile(0.0, 1.0, 0.0, normalised_over=128)))
    for word in ("Frankle", "Entezari", "Garipov", "statistics of 128 images", "10 images", "loss"):
        assert word in page


def test_both_ends_are_asked_for():
    inside = torch.tensor([0.1, 0.5, 1.0])
    with pytest.raises(ValueError, match="both among them"):
        barriers(profile(0.0, 1.0, 0.0, times=inside))
    with pytest.raises(ValueError, match="`measure` must be one of value, loss"):
        barriers(profile(0.0, 1.0, 0.0))["error"]


@pytest.mark.parametrize("count", [33, 151, 199])
def test_the_middle_is_found_however_its_time_is_rounded(count):
    times = torch.linspace(0, 1, count, dtype=torch.float64)
    found = barriers(profile(*torch.sin(torch.pi * times).tolist()))
    assert found["value"]["at_midpoint"].tolist() == pytest.approx([1.0])
