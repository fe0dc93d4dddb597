import pytest
import torch

import morseloss as ml

CAMEL = ml.analytic.SixHumpCamel()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def of_clusters(atoms, starts=30):
    land = ml.Quotient(ml.LennardJones(atoms))
    return land, ml.find_minima(land, ml.sample_box(land, starts, generator=seeded()))


def test_from_one_minimum_the_whole_landscape_is_found():
    lowest = CAMEL.critical_points.of_index(0).take(torch.tensor([0]))
    found = ml.expand(
        CAMEL, ml.Database.begun(CAMEL, lowest), climbs=120, generator=seeded(),
        method=ml.SoftClimbs(batch=24),
    )  # fmt: skip
    known = CAMEL.critical_points
    torch.testing.assert_close(found.minima.values.sort()[0], known.of_index(0).values)
    torch.testing.assert_close(found.passes.values.sort()[0], known.of_index(1).values)
    assert int(found.tried.sum()) == 120
    assert found.gradients > 0
    assert found.products >= 2 * found.gradients


@pytest.mark.parametrize(("atoms", "minima", "passes"), [(4, 1, 1), (5, 1, 2), (6, 2, 3)])
def test_small_clusters_have_as_many_minima_and_passes_as_is_published(atoms, minima, passes):
    land, wells = of_clusters(atoms, 10)
    found = ml.expand(land, ml.Database.begun(land, wells), climbs=80, generator=seeded())
    assert (len(found.minima), len(found.passes), len(found.lost)) == (minima, passes, 0)
    assert (found.passes.indices == 1).all()
    assert float(found.passes.residuals.max()) < 1e-11


def test_seven_atoms_have_four_minima_and_twelve_passes():
    land, wells = of_clusters(7)
    found = ml.expand(land, ml.Database.begun(land, wells), climbs=256, generator=seeded())
    assert (len(found.minima), len(found.passes)) == (4, 12)
    known = [-16.5053842, -15.9350431, -15.5932109, -15.5330601]
    order = found.minima.values.argsort()
    assert found.minima.values[order].tolist() == pytest.approx(known, abs=1e-7)
    assert land.orbit_sizes(found.minima.points[order]) == [504, 1680, 1680, 5040]
    deaths = ml.barcode(found.graph()).deaths
    assert deaths[1:].tolist() == pytest.approx([-15.4447338, -15.3198644, -15.2834213], abs=1e-7)


def test_a_run_that_goes_on_does_what_one_run_does():
    land, wells = of_clusters(5, 10)
    begun, method = ml.Database.begun(land, wells), ml.SoftClimbs(batch=20, lengths=(0.15,))
    kept: list[ml.Database] = []
    whole = ml.expand(land, begun, method, climbs=60, generator=seeded(), keep=kept.append)
    generator = seeded()
    half = ml.expand(land, begun, method, climbs=40, generator=generator)
    rest = ml.expand(land, half, method, climbs=20, generator=generator)
    assert [int(one.tried.sum()) for one in kept] == [20, 40, 60]
    for one in (kept[-1], rest):
        assert torch.equal(one.passes.points, whole.passes.points)
        assert (one.gradients, one.products) == (whole.gradients, whole.products)


def test_what_was_kept_at_an_interrupt_is_given_back():
    land, wells = of_clusters(4, 5)

    def stop(database):
        raise KeyboardInterrupt

    with pytest.raises(ml.Interrupted) as caught:
        ml.expand(
            land, ml.Database.begun(land, wells), ml.SoftClimbs(batch=8), climbs=80,
            generator=seeded(), keep=stop,
        )  # fmt: skip
    assert int(caught.value.found.tried.sum()) == 8


def test_it_stops_where_nothing_new_is_found():
    land, wells = of_clusters(4, 5)
    found = ml.expand(
        land, ml.Database.begun(land, wells), ml.SoftClimbs(batch=30), climbs=3000,
        generator=seeded(), idle=60,
    )  # fmt: skip
    assert len(found.passes) == 1
    assert 60 < int(found.tried.sum()) <= 150


def test_numbers_out_of_range_are_refused():
    database = ml.Database.begun(CAMEL, CAMEL.critical_points.of_index(0))
    with pytest.raises(ValueError, match="`solver` must be of index 1"):
        ml.SoftClimbs(solver=ml.SaddleDynamics(index=0))
    with pytest.raises(ValueError, match="`lengths` and `spreads` positive"):
        ml.SoftClimbs(lengths=(0.1, -1.0))
    with pytest.raises(ValueError, match="`climbs` must be an integer from 1"):
        ml.expand(CAMEL, database, climbs=0, generator=seeded())
    with pytest.raises(ValueError, match="must be a Database"):
        ml.expand(CAMEL, CAMEL.critical_points, climbs=1, generator=seeded())
    with pytest.raises(ValueError, match="of the database are not of"):
        ml.expand(ml.analytic.Himmelblau(), database, climbs=1, generator=seeded())
