"""Another function under the same names is told by what it gives."""

import sqlite3

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.runs.behaviour import ROWS, WORK, _vectors, behaviour
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import RECORDS, StoreError
from morseloss.networks.training.course import Descent
from morseloss.networks.training.schedules import Cosine
from tests.networks.models import cnn, cross_entropy, labelled, mlp

DESCENT = Descent(Cosine(0.03, 3), epochs=3, size=10, steps=20)


class Net(nn.Module):
    """Whose text does not tell its activation."""

    def __init__(self, act):
        super().__init__()
        self.a, self.b, self.act = nn.Linear(6, 4), nn.Linear(4, 3), act

    def forward(self, x):
        return self.b(self.act(self.a(x)))


def landscape(module=None, loss=cross_entropy, shape=(6,), **options):
    data = labelled(torch.Generator().manual_seed(3), *shape, images=40)
    return NetworkLandscape(module or Net(torch.tanh), loss, *data, weight_decay=0.01, **options)


def test_another_forward_is_refused(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(2, DESCENT)
    Run(tmp_path, landscape()).close()
    for act in (torch.relu, lambda x: torch.tanh(x) * (1 + 1e-7)):
        with pytest.raises(StoreError, match=r"the code of the module or of the loss is another"):
            Run(tmp_path, landscape(Net(act)))
    Run(tmp_path, landscape()).close()  # it was closed, and is as it was


def test_another_loss_of_the_same_name_is_refused(tmp_path):
    def loss(outputs, targets):
        return cross_entropy(outputs, targets)

    one = loss

    def loss(outputs, targets):
        return cross_entropy(outputs, targets, label_smoothing=0.1)

    Run(tmp_path, landscape(loss=one)).close()
    with pytest.raises(StoreError, match=r"a run of another loss: the loss of a fixed network is"):
        Run(tmp_path, landscape(loss=loss))


def test_other_weights_held_fixed_and_other_buffers_are_refused_by_name(tmp_path):
    def frozen():
        module = mlp()
        module[1].weight.requires_grad_(False)
        return module

    class Scaled(Net):
        def __init__(self, scale):
            super().__init__(torch.tanh)
            self.register_buffer("scale", torch.tensor(scale))

        def forward(self, x):
            return self.scale * super().forward(x)

    module = frozen()
    Run(tmp_path / "frozen", landscape(module)).close()
    Run(tmp_path / "frozen", landscape(module)).close()
    with pytest.raises(StoreError, match=r"held fixed is another one: `1.weight`. A factory must"):
        Run(tmp_path / "frozen", landscape(frozen()))
    Run(tmp_path / "buffer", landscape(Scaled(1.0))).close()
    with pytest.raises(StoreError, match=r"held fixed is another one: `scale`"):
        Run(tmp_path / "buffer", landscape(Scaled(2.0)))


class Centred(nn.Module):
    """Normalises over the images by its own means, as no known layer does."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(6, 3)

    def forward(self, x):
        return self.a(x - x.mean(0))


def test_another_chunk_is_refused_where_it_changes_the_value_and_nowhere_else(tmp_path):
    own = landscape(Centred())
    Run(tmp_path / "own", own).close()
    own.chunk = 20  # as no door would let it pass
    with pytest.raises(StoreError, match="`normalised_over` is 40 there and 20 here"):
        Run(tmp_path / "own", own)
    Run(tmp_path / "norm", landscape(cnn(norm=True), shape=(1, 8, 8))).close()
    with pytest.raises(StoreError, match="`normalised_over` is 40 there and 20 here"):
        Run(tmp_path / "norm", landscape(cnn(norm=True), shape=(1, 8, 8), chunk=20))
    for chunk in (4096, 40, 16, 7):
        Run(tmp_path / "free", landscape(chunk=chunk)).close()


@pytest.mark.parametrize("module", [mlp(), Net(torch.tanh)])
def test_the_order_of_a_sum_is_no_other_function(module):
    one = behaviour(landscape(module))
    assert one.rtol == 1e-9 and not one.mixed and one.images == 40
    assert one.apart(behaviour(landscape(module, chunk=3))) is None


def test_a_module_that_computes_in_single_precision_is_judged_by_that():
    def single(x):
        return torch.tanh(x.float()).to(x)

    with pytest.warns(UserWarning, match="computes in float32 at places"):
        one = behaviour(landscape(Net(lambda x: (single(x).float() * 3.1).to(x))))
        other = behaviour(landscape(Net(lambda x: (single(x).float() * 3.1 * (1 + 1e-4)).to(x))))
    assert one.apart(other) is not None


def test_vectors_are_those_of_always():
    points = _vectors(landscape())
    assert points.shape == (4, 43)
    raw = [11749869230777074271.0, 4976686463289251617.0]
    bits = torch.tensor(raw, dtype=torch.float64) * 2.0**-64
    torch.testing.assert_close(points[0, :2], (2 * bits - 1) * 0.5**0.5, rtol=1e-14, atol=0)
    torch.testing.assert_close(points[1], 4 * points[0])
    assert (points[2] != points[0]).all()


def test_opening_a_run_looks_at_few_images_and_at_fewer_of_a_large_network():
    data = labelled(torch.Generator().manual_seed(3), 6, images=1000)
    small, large = (NetworkLandscape(mlp(width=n), cross_entropy, *data) for n in (5, 1000))
    assert behaviour(small).images == ROWS
    assert 8 < behaviour(large).images <= WORK / (4 * large.dim)


def without_note(folder):
    with sqlite3.connect(folder / RECORDS) as records:
        records.execute("DELETE FROM records WHERE kind = 'loss'")


def test_a_folder_without_a_note_gets_one_and_says_so_once(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(2, DESCENT)
    without_note(tmp_path)
    with pytest.warns(UserWarning, match="the values of 2 of its networks are those of this land"):
        Run(tmp_path, landscape()).close()
    Run(tmp_path, landscape()).close()


def test_a_folder_without_a_note_is_told_by_the_values_of_its_networks(tmp_path):
    with Run(tmp_path, landscape()) as run:
        run.train(2, DESCENT)
    without_note(tmp_path)
    with pytest.raises(StoreError, match=r"network 0 has the value .* there and .* here"):
        Run(tmp_path, landscape(Net(torch.relu)))
