"""Batched L-BFGS on functions whose minima are known."""

import pytest
import torch
from scipy.optimize import minimize

import morseloss as ml
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.search.iterate import iterate
from morseloss.status import Status


def rosenbrock(x):
    return (100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1 - x[:, :-1]) ** 2).sum(-1)


def test_it_goes_through_the_bent_valley(generator):
    land = ml.Function(rosenbrock, dim=10)
    starts = torch.randn(6, 10, generator=generator, dtype=torch.float64)
    method = LBFGS(gtol=1e-9)
    state = iterate(method, land, method.init(land, starts), max_steps=400)
    assert (state.status == Status.CONVERGED).all()
    torch.testing.assert_close(land.gradient(state.points).norm(dim=1), state.norms)
    assert (state.norms <= 1e-9).all()
    assert int((state.values < 1e-16).sum()) >= 4  # the others are in the second minimum


@pytest.mark.parametrize("memory", [10, 20])
def test_it_takes_no_more_gradients_than_the_one_of_scipy(memory, generator):
    scales = torch.logspace(-4, 0, 30, dtype=torch.float64)
    land = ml.Function(lambda x: (scales * x**2).sum(-1) / 2, dim=30)
    starts = torch.randn(4, 30, generator=generator, dtype=torch.float64)
    method = LBFGS(memory=memory, gtol=1e-7, ftol=0.0)
    state = iterate(method, land, method.init(land, starts), max_steps=1000)
    assert (state.status == Status.CONVERGED).all()

    def both(x):
        x = torch.as_tensor(x)[None]
        return float(land.value(x)), land.gradient(x)[0].numpy()

    options = {"maxcor": memory, "gtol": 1e-8, "ftol": 0.0, "maxfun": 5000, "maxiter": 5000}
    theirs = [
        minimize(both, start.numpy(), jac=True, method="L-BFGS-B", options=options).nfev
        for start in starts
    ]
    assert float(state.steps.double().mean()) <= 1.2 * sum(theirs) / len(theirs)


def test_rows_do_not_talk_to_each_other(generator):
    land = ml.Function(rosenbrock, dim=4)
    starts = torch.randn(4, 4, generator=generator, dtype=torch.float64)
    method = LBFGS(memory=5)
    whole = iterate(method, land, method.init(land, starts), max_steps=15)
    for row in range(4):
        one = iterate(method, land, method.init(land, starts[row : row + 1]), max_steps=15)
        torch.testing.assert_close(one.points[0], whole.points[row], rtol=1e-8, atol=1e-10)


def test_values_never_rise(generator):
    land = ml.Function(rosenbrock, dim=6)
    method = LBFGS()
    state = method.init(land, torch.randn(5, 6, generator=generator, dtype=torch.float64))
    for _ in range(60):
        after = method.step(land, state)
        assert (after.values <= state.values * (1 + 1e-14)).all()
        state = after


def test_at_a_kink_the_loss_is_flat_and_the_gradient_is_not_small(generator):
    land = ml.Function(lambda x: x.abs().sum(-1) + (x**2).sum(-1), dim=5)
    starts = torch.randn(4, 5, generator=generator, dtype=torch.float64)
    method = LBFGS(ftol=1e-6, window=50)
    state = iterate(method, land, method.init(land, starts), max_steps=2000)
    assert (state.values < 1e-3).all()
    assert (state.status == Status.STALLED).all()
    assert (state.norms > 0.5).all()


def test_a_step_out_of_the_domain_is_shortened():
    land = ml.Function(lambda x: (x - torch.log(x)).sum(-1), dim=1)  # nan below 0, minimum at 1
    starts = torch.tensor([[3.0], [0.01], [40.0]], dtype=torch.float64)
    method = LBFGS()
    state = iterate(method, land, method.init(land, starts), max_steps=200)
    torch.testing.assert_close(state.points, torch.ones_like(starts), rtol=1e-5, atol=0)


def test_a_start_that_is_not_finite_is_left_alone():
    land = ml.Function(lambda x: (x - torch.log(x)).sum(-1), dim=1)
    method = LBFGS()
    state = method.init(land, torch.tensor([[-1.0], [2.0]], dtype=torch.float64))
    state = iterate(method, land, state, max_steps=100)
    assert state.status.tolist() == [Status.NONFINITE, Status.CONVERGED]
    assert state.points[0] == -1.0


def test_in_single_precision_it_ends_at_round_off(generator):
    land = ml.Function(lambda x: torch.cosh(x - 0.3).sum(-1) + rosenbrock(x) / 7, dim=4)
    starts = torch.randn(3, 4, generator=generator)
    method = LBFGS(gtol=0.0, ftol=0.0)
    state = iterate(method, land, method.init(land, starts), max_steps=1000)
    assert state.points.dtype == torch.float32
    assert (state.norms < 1e-4).all() and (state.status != Status.RUNNING).all()


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="`memory` and `window` must be 1 or more"):
        LBFGS(memory=0)
    with pytest.raises(ValueError, match="`gtol` and `ftol` 0 or more"):
        LBFGS(gtol=-1.0)
