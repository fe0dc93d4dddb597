"""Many networks trained together."""

import copy

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.training.course import Descent
from morseloss.networks.training.initial import initial
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.optimisers import Adam, Momentum
from morseloss.networks.training.schedules import Constant, Cosine, Cyclical, Ramp
from morseloss.networks.training.training import train
from morseloss.status import Interrupted, Status
from tests.networks.models import cnn, cross_entropy, labelled, mlp


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def landscape(module=None, shape=(6,), images=40):
    inputs, targets = labelled(seeded(3), *shape, images=images)
    return NetworkLandscape(module or mlp(), cross_entropy, inputs, targets, weight_decay=0.02)


CALL = ("generator", "progress", "checkpoint", "resume")


def trained(land, starts, optimiser=Adam(), epochs=6, **options):
    call = {name: options.pop(name) for name in CALL if name in options}
    options = {"schedule": Cosine(0.02, max(epochs, 1)), "size": 16, **options}
    descent = Descent(epochs=epochs, optimiser=optimiser, **options)
    return train(land, starts, descent, **{"generator": seeded(1), **call})


def test_runs_converge_and_say_how_far():
    land = landscape()
    starts = initial(land, 5, generator=seeded())
    before = starts.clone()
    found = trained(land, starts)
    assert torch.equal(starts, before)
    assert repr(found) == "Trained(5 runs of 83 parameters: 5 converged)"
    assert (found.gradient_norms <= 1e-5).all()
    torch.testing.assert_close(found.values, land.value(found.points))
    torch.testing.assert_close(found.gradient_norms, land.gradient(found.points).norm(dim=1))
    assert found.history.losses.shape == (6, 5)
    assert (found.history.losses[-1] < found.history.losses[0]).all()
    assert (found.values < found.history.values[0]).all()
    assert (found.steps > 12).all()  # 6 epochs of 2 mini-batches, and those on all images


@pytest.mark.parametrize(("module", "shape"), [(mlp(), (6,)), (cnn(norm=True), (1, 8, 8))])
def test_mini_batches_are_those_of_plain_torch(module, shape):
    land = landscape(module, shape)
    starts = initial(land, 2, generator=seeded())
    found = trained(land, starts, epochs=3, finish=None)
    seed = int(torch.randint(2**62, (), generator=seeded(1)))
    for start, end in zip(starts, found.points, strict=True):
        own = copy.deepcopy(module).double().train()
        nn.utils.vector_to_parameters(start.clone(), own.parameters())
        optimiser = torch.optim.Adam(own.parameters(), weight_decay=0.02)
        for step in range(6):
            if step % 2 == 0:
                shuffle = torch.Generator().manual_seed(seed + step // 2)
                order = torch.randperm(40, generator=shuffle)
            rows = order[16 * (step % 2) : 16 * (step % 2) + 16]
            optimiser.param_groups[0]["lr"] = Cosine(0.02, 3).rate(step, 2)
            optimiser.zero_grad()
            cross_entropy(own(land.inputs[rows]), land.targets[rows]).backward()
            optimiser.step()
        wanted = nn.utils.parameters_to_vector(own.parameters()).detach()
        torch.testing.assert_close(end, wanted, rtol=1e-7, atol=1e-9)


def test_without_finish_all_is_measured_and_nothing_has_converged():
    land = landscape()
    found = trained(land, initial(land, 2, generator=seeded()), finish=None)
    assert (found.status == Status.RUNNING).all() and (found.steps == 12).all()
    torch.testing.assert_close(found.values, land.value(found.points))
    torch.testing.assert_close(found.gradient_norms, land.gradient(found.points).norm(dim=1))


def test_runs_together_are_runs_alone():
    land = landscape()
    starts = initial(land, 3, generator=seeded())
    together = trained(land, starts, Momentum(nesterov=True), finish=None)
    for row in range(3):
        one = trained(land, starts[row : row + 1], Momentum(nesterov=True), finish=None)
        torch.testing.assert_close(one.points[0], together.points[row], rtol=1e-9, atol=1e-11)


def test_a_training_that_is_stored_goes_on_with_the_same_bits(tmp_path):
    land = landscape()
    starts = initial(land, 3, generator=seeded())
    options = {"epochs": 3, "finish": LBFGS(memory=4, gtol=1e-8), "steps": 120}
    states, told = [], []
    generator = seeded(1)
    whole = trained(
        land, starts, generator=generator, checkpoint=lambda s: states.append(copy.deepcopy(s)),
        progress=lambda *numbers: told.append(numbers), **options,
    )  # fmt: skip
    after = torch.rand(2, generator=generator)
    assert len(states) == len(told) >= 5
    assert told[0] == (2, 3, 3) and told[3][0] == 6 + 25
    for state in states:
        torch.save(state, tmp_path / "state.pt")
        stored = torch.load(tmp_path / "state.pt", weights_only=True)
        generator = seeded(1)
        again = trained(land, starts, generator=generator, resume=stored, **options)
        for name in ("points", "values", "gradient_norms", "falls", "status", "steps"):
            assert torch.equal(getattr(again, name), getattr(whole, name))
        assert torch.equal(again.history.losses, whole.history.losses)
        assert torch.equal(again.history.values, whole.history.values)
        assert torch.equal(torch.rand(2, generator=generator), after)  # what is drawn next as well


def test_the_same_seed_gives_the_same_bits():
    land = landscape()
    starts = initial(land, 2, generator=seeded())
    first, second = (trained(land, starts, epochs=2, steps=30) for _ in range(2))
    other = trained(land, starts, epochs=2, steps=30, generator=seeded(2))
    assert torch.equal(first.points, second.points)
    assert not torch.equal(first.points, other.points)


def test_a_run_that_is_not_finite_is_kept_at_its_last_good_state():
    land = landscape()
    starts = initial(land, 4, generator=seeded())
    starts[2] *= 1e200  # its loss is finite, its weight decay is not
    found = trained(land, starts)
    alone = trained(land, starts[[0, 1, 3]])
    good = [0, 1, 3]
    assert found.status.tolist() == [Status.CONVERGED] * 2 + [Status.NONFINITE, Status.CONVERGED]
    torch.testing.assert_close(found.values[good], alone.values, rtol=1e-9, atol=0)
    assert found.steps[2] == 0 and torch.equal(found.points[2], starts[2])
    assert found.history.losses[:, 2].isnan().all() and found.history.values[:, 2].isnan().all()
    assert "met a loss or gradient that is not finite at step 0" in found.notes[2]
    assert found.good().tolist() == sorted(good, key=lambda row: float(found.values[row]))


class Falling(nn.Module):
    """Finite until its number is negative."""

    def __init__(self):
        super().__init__()
        self.level = nn.Parameter(torch.tensor([1.0]))

    def forward(self, x):
        return self.level.sqrt() + 0 * x


def test_the_last_good_state_is_that_of_the_start_of_the_epoch():
    x = torch.zeros(40, 1, dtype=torch.float64)
    land = NetworkLandscape(Falling(), lambda out, y: (out + 0 * y).mean(), x, x)
    starts = torch.tensor([[1.0], [9.0]], dtype=torch.float64)
    states = []
    descent = Descent(Constant(0.3), epochs=3, size=10, optimiser=Momentum(0.0), finish=None)
    found = train(
        land, starts, descent, generator=seeded(),
        checkpoint=lambda s: states.append(copy.deepcopy(s)),
    )  # fmt: skip
    point = 1.0
    path = []
    while point > 0:
        path.append(point)
        point -= 0.3 * 0.5 / point**0.5
    assert found.status.tolist() == [Status.NONFINITE, Status.RUNNING]
    assert found.steps.tolist() == [len(path), 12] and len(path) == 6
    assert float(found.points[0]) == pytest.approx(path[4])  # the first of the second epoch
    assert found.values[0].isfinite()
    assert float(states[0]["kept"][0]) == 1.0


def test_if_all_runs_fail_that_is_told():
    land = landscape()
    starts = torch.full((2, land.dim), 1e200, dtype=torch.float64)
    found = trained(land, starts)
    assert (found.status == Status.NONFINITE).all() and len(found.good()) == 0
    assert torch.equal(found.points, starts)


def test_no_epochs_is_descent_on_all_images():
    land = landscape()
    found = trained(land, initial(land, 2, generator=seeded()), epochs=0)
    assert (found.status == Status.CONVERGED).all() and found.history.losses.shape == (0, 2)


def test_an_interrupt_gives_what_was_found():
    land = landscape()
    starts = initial(land, 2, generator=seeded())

    def stop_at(moment):
        def progress(step, running, total):
            if step >= moment:
                raise KeyboardInterrupt

        return progress

    with pytest.raises(Interrupted) as caught:
        trained(land, starts, progress=stop_at(4))
    found = caught.value.found
    torch.testing.assert_close(found.values, land.value(found.points))
    assert (found.steps == 4).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 41}, "`size` must be from 1 to 40 images, got 41"),
        ({"size": 0}, "`size` 1 or more, got 6, 3000 and 0"),
        ({"epochs": -1}, "`epochs` and `steps` must be whole numbers, 0 or more"),
        ({"epochs": 2.5}, r"whole numbers.*got 2.5"),
        ({"resume": {"settings": "others"}}, "a training with other settings: others"),
    ],
)
def test_settings_that_do_not_fit_are_refused(change, words):
    land = landscape()
    starts = initial(land, 2, generator=seeded())
    with pytest.raises(ValueError, match=words):
        trained(land, starts, **change)


def test_starts_and_landscape_that_do_not_fit_are_refused():
    land = landscape()
    starts, states = initial(land, 2, generator=seeded()), []
    with pytest.raises(ValueError, match="`starts` must be a floating-point tensor of shape"):
        trained(land, starts[:, 1:])
    with pytest.raises(ValueError, match="`landscape` must be a NetworkLandscape, got Batches"):
        trained(land.batches(8, generator=seeded()), starts)
    trained(land, starts, epochs=1, checkpoint=states.append, finish=None)
    with pytest.raises(ValueError, match=r"`resume` holds points of shape \(2, 83\)"):
        trained(land, starts[:1], epochs=1, resume=states[0], finish=None)


@pytest.mark.parametrize("schedule", [Cosine(0.02, 2), Ramp(1, 2, highest=0.02, lowest=0.0)])
def test_epochs_in_which_nothing_moves_are_told(schedule):
    land = landscape()
    starts = initial(land, 2, generator=seeded())
    with pytest.warns(UserWarning, match="learning rate is 0 in the last 4 of 6 epochs") as said:
        found = trained(land, starts, schedule=schedule, finish=None)
    assert said[0].filename == __file__
    shorter = trained(land, starts, schedule=schedule, finish=None, epochs=2)
    assert torch.equal(found.points, shorter.points)


def test_schedules_that_end_above_zero_or_with_the_epochs_are_not_told():
    land = landscape()
    starts = initial(land, 2, generator=seeded())
    for schedule in (Cosine(0.02, 2, lowest=1e-4), Cyclical(0.0, 0.02, half=1), Cosine(0.02, 9)):
        trained(land, starts, schedule=schedule, finish=None)


@pytest.mark.gpu
def test_on_a_gpu_it_comes_to_the_same_minima():
    land = landscape()
    starts = initial(land, 3, generator=seeded())
    there = NetworkLandscape(
        mlp(), cross_entropy, land.inputs.cuda(), land.targets.cuda(), weight_decay=0.02
    )
    here, far = trained(land, starts), trained(there, starts.cuda())
    assert far.points.device.type == "cuda"
    torch.testing.assert_close(far.history.losses, here.history.losses, rtol=1e-8, atol=0)
    torch.testing.assert_close(far.values.cpu(), here.values, rtol=1e-7, atol=0)
