import pytest
import torch

import morseloss as ml
from morseloss.networks import Growth, ModeNewton, grow, polish
from morseloss.networks.passes.tops import Tops
from morseloss.status import Interrupted
from tests.networks.passes.nets import near_minima, tanh_net

SHORT = Growth(max_steps=25)


def camel():
    land = ml.analytic.SixHumpCamel()
    return land, land.critical_points.of_index(0)


@pytest.mark.slow
def test_bars_of_a_known_landscape_are_found():
    land, wells = camel()
    found = grow(land, wells, method=SHORT, climbs=24)
    known = ml.barcode(ml.build_graph(land, wells, land.critical_points.of_index(1)))
    assert torch.allclose(found.closing()[2:], torch.from_numpy(known.deaths.copy())[2:])


def test_one_well_finds_the_lower_ones_by_itself():
    land, wells = camel()
    found = grow(land, wells.take(torch.tensor([4])), method=SHORT, climbs=8)
    assert bool(found.bars().isfinite().all())
    assert len(found.minima) >= 2
    level = found.closing()[0]
    assert bool((found.passes.values[found.chain(0)] <= level).all())


@pytest.mark.slow
def test_climbs_end_where_bars_lie_below_the_heights_asked_for():
    land, wells = camel()
    some = wells.take(torch.tensor([2, 4]))
    free = grow(land, some, method=SHORT, climbs=10)
    assert len(free.attempts) < 10
    closed = grow(land, some, method=SHORT, climbs=10, below=torch.full((2,), -9.0))
    assert len(closed.attempts) > len(free.attempts)


def test_tops_are_climbed_from_first():
    land, wells = camel()
    saddles = land.critical_points.of_index(1).take(torch.tensor([0, 1]))
    ways = torch.linalg.eigh(land.hessian(saddles.points)).eigenvectors[..., 0]
    zero = torch.zeros(2, dtype=torch.float64)
    found = grow(land, wells, Tops(saddles.points, saddles.values, ways, zero, zero), climbs=0)
    assert found.attempts[:, 0].tolist() == [-1, -2]
    assert torch.allclose(found.passes.values.sort().values, saddles.values)


def test_a_tanh_network_gets_chains_of_certified_passes():
    land = tanh_net()
    minima = polish(land, near_minima(land, 4))
    extremes = torch.stack([minima.values.argmin(), minima.values.argmax()])
    found = grow(land, minima.take(extremes), method=Growth(max_steps=40), climbs=6)
    assert found.bars().isfinite().tolist() == [False, True]
    assert float(found.passes.residuals.max()) < 1e-11
    assert bool((found.passes.eigenvalues[:, 0] < 0).all())
    assert bool((found.passes.eigenvalues[:, 1] > 0).all())
    assert bool((found.minima.eigenvalues[:, 0] > 0).all())
    lower = found.minima.values[found.ends] < found.passes.values[:, None]
    assert bool(lower.all())


def test_what_was_interrupted_goes_on_to_the_same_end():
    land, wells = camel()
    some, kept = wells.take(torch.tensor([4])), []

    def stopped(state):
        kept.append(state)
        if len(kept) == 2:
            raise KeyboardInterrupt

    whole = grow(land, some, method=SHORT, climbs=4, below=torch.full((1,), -9.0))
    with pytest.raises(Interrupted) as stop:
        grow(land, some, method=SHORT, climbs=4, below=torch.full((1,), -9.0), keep=stopped)
    again = grow(
        land, some, method=SHORT, climbs=4, below=torch.full((1,), -9.0), resume=stop.value.found
    )
    assert torch.equal(again.attempts, whole.attempts)
    assert torch.equal(again.minima.points, whole.minima.points)


def test_the_state_of_other_minima_is_refused():
    land, wells = camel()
    first = grow(land, wells.take(torch.tensor([4])), climbs=0)
    with pytest.raises(ValueError, match="of the same minima"):
        grow(land, wells.take(torch.tensor([0])), climbs=1, resume=first)


def test_points_that_are_no_minima_are_refused():
    land, _ = camel()
    with pytest.raises(ValueError, match="polish"):
        grow(land, land.critical_points.of_index(1), climbs=1)


@pytest.mark.parametrize("wrong", [{"modes": 0}, {"first": 0.0}, {"climbing": ModeNewton(index=0)}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="`modes` and `max_steps`"):
        Growth(**wrong)
