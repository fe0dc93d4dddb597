"""Descent in stretches, measured, stored and resumed."""

import copy

import pytest
import torch

import morseloss as ml
from morseloss.networks.training.convergence import STRETCH, converge
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.status import Interrupted, Status


def wells():
    scales = torch.logspace(-3, 0, 12, dtype=torch.float64)
    return ml.Function(lambda x: (scales * (x**2 - 1) ** 2 + 0.01 * x).sum(-1), dim=12)


def starts(generator, n=4):
    return torch.randn(n, 12, generator=generator, dtype=torch.float64)


def test_runs_end_in_minima_with_what_was_measured(generator):
    land = wells()
    found = converge(land, starts(generator))
    assert (found.status == Status.CONVERGED).all()
    assert (found.gradient_norms <= 1e-5).all()
    torch.testing.assert_close(found.values, land.value(found.points))
    torch.testing.assert_close(found.gradient_norms, land.gradient(found.points).norm(dim=1))
    history = found.history
    assert history.steps[0] == 0 and (history.steps.diff() == STRETCH).all()
    assert (history.values.diff(dim=0) <= 1e-15).all()
    torch.testing.assert_close(history.values[-1], found.values)
    assert found.notes[0].startswith("run 0 converged after ")


def test_a_run_that_is_stored_goes_on_with_the_same_bits(generator, tmp_path):
    land, points = wells(), starts(generator)
    states = []
    method = LBFGS(memory=5, gtol=1e-9, ftol=0.0)
    whole = converge(land, points, method, checkpoint=lambda s: states.append(copy.deepcopy(s)))
    assert len(states) >= 3
    for state in states:
        torch.save(state, tmp_path / "state.pt")
        stored = torch.load(tmp_path / "state.pt", weights_only=True)
        again = converge(land, points, method, resume=stored)
        for name in ("points", "values", "gradient_norms", "falls", "status", "steps"):
            assert torch.equal(getattr(again, name), getattr(whole, name))
        assert torch.equal(again.history.values, whole.history.values)
        assert torch.equal(stored["state.moves"], state["state.moves"])  # nothing is written to


def test_steps_that_run_out_leave_runs_running(generator):
    found = converge(wells(), starts(generator), max_steps=7)
    assert (found.status == Status.RUNNING).all() and (found.steps == 7).all()
    assert "raise `max_steps`" in found.notes[0]
    none = converge(wells(), starts(generator), max_steps=0)
    assert (none.steps == 0).all() and len(none.history.steps) == 1


def test_progress_is_told(generator):
    told = []
    converge(wells(), starts(generator), progress=lambda *numbers: told.append(numbers))
    steps, running, totals = zip(*told, strict=True)
    assert list(steps) == [STRETCH * (k + 1) for k in range(len(told))]
    assert running[-1] == 0 and set(totals) == {4}


def test_an_interrupt_gives_what_was_found(generator):
    land, calls = wells(), []

    class Stopping(ml.Function):
        def gradient(self, points):
            calls.append(1)
            if len(calls) == 30:
                raise KeyboardInterrupt
            return super().gradient(points)

    with pytest.raises(Interrupted) as caught:
        converge(Stopping(land.function, 12), starts(generator), LBFGS(gtol=0.0))
    found = caught.value.found
    torch.testing.assert_close(found.values, land.value(found.points))
    assert (found.values < land.value(starts(torch.Generator().manual_seed(0)))).all()


def test_states_and_settings_that_do_not_fit_are_refused(generator):
    land, points, states = wells(), starts(generator), []
    converge(land, points, checkpoint=states.append)
    with pytest.raises(ValueError, match="another method: `memory` is 40 there and 3 here"):
        converge(land, points, LBFGS(memory=3), resume=states[0])
    with pytest.raises(ValueError, match=r"`resume` holds points of shape \(4, 12\)"):
        converge(land, points[:2], resume=states[0])
    with pytest.raises(ValueError, match="`max_steps` must be 0 or more"):
        converge(land, points, max_steps=-1)
    with pytest.raises(ValueError, match="`points` must be a floating-point tensor"):
        converge(land, points[0])


def test_an_interrupt_in_what_the_caller_passed_is_no_loss(generator):
    def stop(*_):
        raise KeyboardInterrupt

    for option in ({"progress": stop}, {"checkpoint": stop}):
        with pytest.raises(Interrupted) as caught:
            converge(wells(), starts(generator), **option)
        assert (caught.value.found.steps == STRETCH).all()


def test_a_plateau_at_a_kink_is_told(generator):
    land = ml.Function(lambda x: x.abs().sum(-1) + (x**2).sum(-1), dim=5)
    points = torch.randn(2, 5, generator=generator, dtype=torch.float64)
    found = converge(land, points, LBFGS(ftol=1e-6, window=50))
    assert (found.status == Status.STALLED).all()
    assert "is on a plateau" in found.notes[1] and "lower `ftol`" in found.notes[1]
