"""The training loss as a landscape."""

import copy
import pickle
import types

import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import Dense, Looped, Mapped, NetworkLandscape
from morseloss.networks.loss.door import SPREAD
from morseloss.networks.loss.purity import CALLS
from tests.networks.models import Skip, cnn, copied, cross_entropy, labelled, mlp, vectors


def landscape(generator, module=None, shape=(6,), **options):
    return NetworkLandscape(module or mlp(), cross_entropy, *labelled(generator, *shape), **options)


def test_the_value_is_loss_and_weight_decay(generator):
    land = landscape(generator, weight_decay=0.3)
    points = vectors(land, generator)
    plain = NetworkLandscape(mlp(), cross_entropy, land.inputs, land.targets)
    wanted = plain.value(points) + 0.15 * (points**2).sum(1)
    torch.testing.assert_close(land.value(points), wanted)
    values, slopes = land.value_and_gradient(points)
    torch.testing.assert_close(values, wanted)
    torch.testing.assert_close(slopes, plain.gradient(points) + 0.3 * points)


@pytest.mark.parametrize("module", [mlp(), Skip(), nn.Sequential(nn.Flatten(), nn.Linear(6, 3))])
def test_chunks_do_not_change_anything(module, generator):
    whole = landscape(generator, module, weight_decay=0.1)
    parts = NetworkLandscape(module, cross_entropy, whole.inputs, whole.targets,
                             weight_decay=0.1, chunk=7)  # fmt: skip
    points = vectors(whole, generator)
    torch.testing.assert_close(parts.value(points), whole.value(points), rtol=1e-12, atol=0)
    torch.testing.assert_close(parts.gradient(points), whole.gradient(points))
    other = vectors(whole, generator)
    torch.testing.assert_close(parts.hvp(points, other), whole.hvp(points, other))


def test_derivatives_are_those_of_differences(generator):
    land = landscape(generator, weight_decay=0.1)
    points, way = vectors(land, generator), vectors(land, generator)
    step = 1e-6
    slope = (land.value(points + step * way) - land.value(points - step * way)) / (2 * step)
    torch.testing.assert_close((land.gradient(points) * way).sum(1), slope, rtol=1e-6, atol=1e-8)
    bend = (land.gradient(points + step * way) - land.gradient(points - step * way)) / (2 * step)
    torch.testing.assert_close(land.hvp(points, way), bend, rtol=1e-5, atol=1e-7)


def test_rows_do_not_talk_to_each_other_nor_change(generator):
    land = landscape(generator, cnn(norm=True), (1, 8, 8), weight_decay=0.1)
    points = vectors(land, generator, n=5)
    before = points.clone()
    together = land.gradient(points)
    assert torch.equal(points, before)
    for row in range(5):
        torch.testing.assert_close(land.gradient(points[row : row + 1])[0], together[row])


def test_with_batch_normalisation_the_chunk_is_part_of_the_loss(generator):
    land = landscape(generator, cnn(norm=True), (1, 8, 8), chunk=10)
    assert land.normalised_over == 10
    assert repr(land).endswith("40 images, normalised over 10)")
    points = vectors(land, generator)
    quarters = [land.batch(torch.arange(10 * k, 10 * k + 10)).value(points) for k in range(4)]
    torch.testing.assert_close(land.value(points), torch.stack(quarters).mean(0))
    assert landscape(generator).normalised_over is None


def test_in_single_precision_all_is_single(generator):
    land = landscape(generator, weight_decay=0.1)
    points = vectors(land, generator).float()
    values, slopes = land.value_and_gradient(points)
    assert values.dtype == slopes.dtype == torch.float32
    torch.testing.assert_close(
        slopes.double(), land.gradient(points.double()), atol=1e-5, rtol=1e-4
    )


def test_a_mini_batch_is_a_landscape_of_its_own(generator):
    land = landscape(generator, weight_decay=0.1)
    rows = torch.tensor([3, 1, 30])
    part = land.batch(rows)
    own = NetworkLandscape(mlp(), cross_entropy, land.inputs[rows], land.targets[rows],
                           weight_decay=0.1)  # fmt: skip
    points = vectors(land, generator)
    torch.testing.assert_close(part.gradient(points), own.gradient(points))
    assert len(part) == 3 and len(land) == 40


def test_mini_batches_go_through_all_images_epoch_by_epoch(generator):
    land = landscape(generator)
    batches = land.batches(8, generator=torch.Generator().manual_seed(1))
    points = vectors(land, generator)
    seen = []
    first = batches.current.inputs
    for _ in range(4):
        batches.gradient(points)
        seen.append(batches.current.inputs)
        torch.testing.assert_close(batches.value(points), batches.current.value(points))
    assert batches.per_epoch == 5
    epoch = torch.cat([first, *seen])
    assert torch.equal(epoch.sort(0).values, land.inputs.sort(0).values)
    again = land.batches(8, generator=torch.Generator().manual_seed(1))
    again.gradient(points)
    assert torch.equal(again.current.inputs, seen[0])


def test_paths_take_a_network_as_any_landscape(generator):
    land = landscape(generator, weight_decay=0.01)
    ends = vectors(land, generator, n=2)
    for _ in range(300):
        ends = ends - 0.5 * land.gradient(ends)
    batches = land.batches(20, generator=torch.Generator().manual_seed(0))
    paths = ml.find_paths(
        batches, ends[:1], ends[1:], ml.BezierCurve(steps=150, samples=4),
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    line = ml.Paths(ends[None], ml.Polyline(), paths.status)
    assert ml.heights(land, paths).values < ml.heights(land, line).values - 0.05


def test_modules_and_states_become_vectors(generator):
    land = landscape(generator)
    modules = [mlp().double(), mlp().double()]
    points = land.vectors([modules[0], modules[1].state_dict()])
    wanted = torch.stack([cross_entropy(m(land.inputs), land.targets) for m in modules])
    torch.testing.assert_close(land.value(points), wanted.detach())
    outputs = land.outputs(points, land.inputs)
    torch.testing.assert_close(outputs[1], modules[1](land.inputs))
    with pytest.raises(ValueError, match="state 1: the state lacks"):
        land.vectors([modules[0], Skip()])


def test_data_and_loss_must_fit(generator):
    x, y = labelled(generator, 6)
    with pytest.raises(ValueError, match="one row an image, got 40 and 39"):
        NetworkLandscape(mlp(), cross_entropy, x, y[1:])
    with pytest.raises(ValueError, match=r"one number, the mean over the images, got shape \(8,\)"):
        NetworkLandscape(mlp(), nn.CrossEntropyLoss(reduction="none"), x, y)
    with pytest.raises(ValueError, match="`loss` must be the mean over the images"):
        NetworkLandscape(mlp(), nn.CrossEntropyLoss(reduction="sum"), x, y)
    with pytest.raises(ValueError, match="`weight_decay` must be 0 or more"):
        NetworkLandscape(mlp(), cross_entropy, x, y, weight_decay=-1.0)
    with pytest.raises(ValueError, match="`inputs` are on cpu, `targets` on meta"):
        NetworkLandscape(mlp(), cross_entropy, x, y.to("meta"))
    with pytest.raises(ValueError, match="`size` must be from 1 to 40 images, got 41"):
        NetworkLandscape(mlp(), cross_entropy, x, y).batches(41, generator=generator)


class Words(nn.Module):
    """Takes integers, and has a constant of its own."""

    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(7, 4), nn.Linear(4, 3)
        self.register_buffer("shift", torch.ones(4))

    def forward(self, x):
        return self.out((self.table(x) + self.shift).mean(1))


def test_inputs_may_be_integers(generator):
    x = torch.randint(0, 7, (20, 5), generator=generator)
    land = NetworkLandscape(Words(), cross_entropy, x, torch.arange(20) % 3)
    points = vectors(land, generator)
    module = Words().double()
    nn.utils.vector_to_parameters(points[1], module.parameters())
    torch.testing.assert_close(land.value(points)[1], cross_entropy(module(x), land.targets))
    assert land.gradient(points.float()).dtype == torch.float32
    torch.testing.assert_close(land.outputs(points, x)[1], module(x))


def test_searches_by_hessians_point_to_those_for_networks(generator):
    land = landscape(generator)
    points = vectors(land, generator)
    for search in (ml.find_minima, ml.find_saddles):
        for part in (land, land.batches(8, generator=generator)):
            with pytest.raises(ValueError, match=r"use `networks\.train` and `networks\.converge`"):
                search(part, points)


def test_hessians_are_those_of_torch(generator):
    land = NetworkLandscape(nn.Linear(6, 3), cross_entropy, *labelled(generator, 6),
                            weight_decay=0.1)  # fmt: skip
    points = vectors(land, generator, n=2)
    hessians = land.hessian(points)
    wanted = torch.func.hessian(lambda point: land.value(point[None])[0])(points[1])
    torch.testing.assert_close(hessians[1], wanted, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("images", "chunk", "sizes"), [
    (60, 20, [20, 20, 20]), (61, 20, [15, 15, 15, 16]), (62, 20, [15, 16, 15, 16]),
    (39, 20, [19, 20]), (8, 20, [8]),
])  # fmt: skip
def test_images_that_are_normalised_come_in_chunks_of_one_size(images, chunk, sizes, generator):
    module = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    x, y = labelled(generator, 6, images=images)
    land = NetworkLandscape(module, cross_entropy, x, y, chunk=chunk)
    assert [len(part) for part, _, _ in land.chunks(torch.float64)] == sizes
    points = vectors(land, generator)
    total, first = 0, 0
    for size in sizes:
        rows = torch.arange(first, first + size)
        total, first = total + size / images * land.batch(rows).value(points), first + size
    torch.testing.assert_close(land.value(points), total)
    told = f"{min(sizes)} to {max(sizes)}" if len({*sizes}) > 1 else sizes[0]
    assert f"normalised over {told})" in repr(land)


def test_no_chunk_is_left_with_one_image(generator):
    land = landscape(generator, chunk=13)
    assert [len(part) for part, _, _ in land.chunks(torch.float64)] == [10, 10, 10, 10]
    assert [len(part) for part, _, _ in landscape(generator, chunk=12).chunks(torch.float64)] == [
        12, 12, 12, 4,
    ]  # fmt: skip
    module = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    with pytest.raises(ValueError, match=r"fails on a chunk of 1 of the images .* raise `chunk`"):
        landscape(generator, module, chunk=1)
    with pytest.raises(ValueError, match=r"on 4 vectors of .* look at the number of images"):
        land = landscape(generator, module)
        land.batch(torch.tensor([3])).value(vectors(land, generator))


def test_states_that_hold_something_else_fixed_are_another_landscape(generator):
    module = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    module[2].requires_grad_(False)
    land = landscape(generator, module)
    assert len(land.vectors([module, module.state_dict()])) == 2
    other = copy.deepcopy(module)
    with torch.no_grad():
        other[2].weight += 1
    for state in (other, other.state_dict()):
        with pytest.raises(ValueError, match=r"state 1: `2.weight` is held as the module"):
            land.vectors([module, state])
    rest = landscape(generator, module.eval())
    moved = copy.deepcopy(module)
    moved[1].running_mean += 1
    with pytest.raises(ValueError, match=r"state 0: `1.running_mean` is held"):
        rest.vectors([moved])


def test_weights_of_the_module_do_not_matter_finite_or_not(generator):
    module = mlp()
    with torch.no_grad():
        module[1].weight.fill_(torch.nan)
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, 6))
    assert land.value(vectors(land, generator)).isfinite().all()


class Output(dict):
    """As transformers give it."""

    def __getattr__(self, name):
        return self[name]


class Reads(nn.Module):
    """Several inputs, several outputs."""

    def __init__(self, out):
        super().__init__()
        self.out, self.table, self.last = out, nn.Embedding(7, 5), nn.Linear(5, 3)

    def forward(self, tokens, mask):
        hidden = (self.table(tokens) * mask[..., None]).sum(1)
        return self.out(self.last(hidden), hidden)


OUTPUTS = {
    "tuple": (lambda a, b: (a, b), lambda o: o[0]),
    "dict": (lambda a, b: {"a": a, "b": b}, lambda o: o["a"]),
    "object": (lambda a, b: types.SimpleNamespace(logits=a, hidden=b), lambda o: o.logits),
    "mapping with attributes": (lambda a, b: Output(logits=a, hidden=b), lambda o: o.logits),
}


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("kind", [tuple, dict])
def test_inputs_targets_and_outputs_may_be_of_several_tensors(name, kind, generator):
    make, first = OUTPUTS[name]
    tokens = torch.randint(0, 7, (20, 4), generator=generator)
    mask, labels = torch.rand(20, 4, generator=generator), torch.arange(20) % 3
    inputs = (tokens, mask) if kind is tuple else {"mask": mask, "tokens": tokens}
    targets = {"labels": labels, "others": mask}

    def loss(outputs, wanted):
        return cross_entropy(first(outputs), wanted["labels"])

    land = NetworkLandscape(Reads(make), loss, inputs, targets, chunk=7)
    assert len(land) == 20 and type(land.engine) is Mapped
    points = vectors(land, generator)
    module = Reads(lambda a, b: a).double()
    nn.utils.vector_to_parameters(points[1], module.parameters())
    wanted = cross_entropy(module(tokens, mask.double()), labels)
    torch.testing.assert_close(land.value(points)[1], wanted, rtol=1e-12, atol=0)
    part = land.batch(torch.tensor([3, 5]))
    wanted = cross_entropy(module(tokens[[3, 5]], mask[[3, 5]].double()), labels[[3, 5]])
    torch.testing.assert_close(part.value(points)[1], wanted, rtol=1e-12, atol=0)
    if name == "object":
        with pytest.raises(ValueError, match="SimpleNamespace cannot be stacked"):
            land.outputs(points, inputs)
    else:
        outputs = land.outputs(points, inputs)
        outputs = Output(outputs) if name == "mapping with attributes" else outputs
        assert first(outputs).shape == (4, 20, 3)


class Once(torch.autograd.Function):
    """Has a derivative, and that has none."""

    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, slope):
        return 2 * slope


class Steep(Skip):
    """Uses it."""

    def forward(self, x):
        return Once.apply(super().forward(x))


@pytest.mark.filterwarnings("ignore:.*one after the other")
def test_a_module_without_second_derivatives_has_gradients_and_says_why_no_products(generator):
    land = landscape(generator, Steep())
    points = vectors(land, generator)
    assert land.gradient(points).isfinite().all()
    with pytest.raises(ValueError, match=r"once_differentiable.*; products with Hessians need"):
        land.hvp(points, points)


def test_landscapes_and_engines_can_be_pickled(generator):
    x, y = labelled(generator, 6)
    for module, kind in ((mlp(), Dense), (Skip(), Mapped), (mlp(), Looped)):
        land = NetworkLandscape(module, cross_entropy, x, y, weight_decay=0.1, engine=kind)
        other = pickle.loads(pickle.dumps(land))
        points = vectors(land, generator)
        assert type(other.engine) is kind
        assert torch.equal(other.gradient(points), land.gradient(points))


SEEN = []


class Counted(Skip):
    """Notes how many images come."""

    def forward(self, x):
        SEEN.append(len(x))
        return super().forward(x)


def test_the_door_calls_the_module_on_few_images_and_a_bounded_number_of_times(generator):
    x, y = labelled(generator, 6, images=2000)
    SEEN.clear()
    NetworkLandscape(Counted(), cross_entropy, x, y)
    assert max(SEEN) <= SPREAD
    assert len(SEEN) <= 2 * CALLS


def test_the_module_of_the_caller_stays_as_it_was(generator):
    module = cnn(norm=True).train()
    module[1].eval()
    state = {name: part.clone() for name, part in module.state_dict().items()}
    modes = [part.training for part in module.modules()]
    numbers = torch.get_rng_state()
    NetworkLandscape(module, cross_entropy, *labelled(generator, 1, 8, 8))
    assert all(torch.equal(part, state[name]) for name, part in module.state_dict().items())
    assert [part.training for part in module.modules()] == modes
    assert torch.equal(torch.get_rng_state(), numbers)
    assert not any(part.grad is not None for part in module.parameters())
    copied(module)
