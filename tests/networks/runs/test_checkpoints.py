"""Networks from files."""

import argparse
import pathlib

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.runs.checkpoints import read_checkpoints
from tests.networks.models import cnn, cross_entropy, labelled, mlp


class Net(nn.Module):
    """Layers under two names, one of them with running averages."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Tanh())
        self.classifier = nn.Linear(5, 3)

    def forward(self, x):
        return self.classifier(self.features(x))


def landscape(generator, module, shape=(6,)):
    return NetworkLandscape(module, cross_entropy, *labelled(generator, *shape))


class Sum(nn.Module):
    """Takes two arguments."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, x, more):
        return self.layer(x + more)


def test_networks_of_several_arguments_are_read(tmp_path, generator):
    x, y = labelled(generator, 6)
    module = Sum()
    torch.save(module.state_dict(), tmp_path / "net.pt")
    for inputs in ((x, x), {"x": x, "more": x}):
        land = NetworkLandscape(module, cross_entropy, inputs, y)
        points = read_checkpoints([tmp_path / "net.pt"], land)
        assert torch.equal(points, land.vectors([module]).double())


def test_both_formats_give_the_network(tmp_path, generator):
    land = landscape(generator, mlp())
    modules = [mlp(), mlp(), mlp()]
    files = [tmp_path / "a.safetensors", tmp_path / "b.pt", tmp_path / "c.ckpt"]
    save_file(modules[0].state_dict(), files[0])
    torch.save(modules[1].state_dict(), files[1])
    inner = {f"module.{name}": part for name, part in modules[2].state_dict().items()}
    torch.save({"epoch": 3, "state_dict": inner}, files[2])
    points = read_checkpoints(files, land)
    wanted = [cross_entropy(m.double()(land.inputs), land.targets).detach() for m in modules]
    assert points.dtype == torch.float64
    torch.testing.assert_close(land.value(points), torch.stack(wanted))
    assert read_checkpoints([str(files[0])], land, dtype=torch.float32).dtype == torch.float32


def test_running_averages_are_left_out(tmp_path, generator):
    land = landscape(generator, cnn(norm=True), (1, 8, 8))
    module = cnn(norm=True)
    torch.save(module.state_dict(), tmp_path / "net.pt")
    points = read_checkpoints([tmp_path / "net.pt"], land)
    wanted = cross_entropy(module.double().train()(land.inputs), land.targets)
    torch.testing.assert_close(land.value(points)[0], wanted.detach())


def test_half_precision_is_read(tmp_path, generator):
    module = mlp().to(torch.bfloat16)
    save_file(module.state_dict(), tmp_path / "net.safetensors")
    points = read_checkpoints([tmp_path / "net.safetensors"], landscape(generator, mlp()))
    wanted = nn.utils.parameters_to_vector(module.parameters()).double()
    assert torch.equal(points[0], wanted.detach())


class Evil:
    def __reduce__(self):
        return (print, ("run",))


def test_files_that_do_not_fit_are_refused_by_name(tmp_path, generator, capsys):
    land = landscape(generator, mlp())
    state = mlp().state_dict()

    def refused(content, words, name="net.pt"):
        torch.save(content, tmp_path / name)
        with pytest.raises(ValueError, match=words) as caught:
            read_checkpoints([tmp_path / name], land)
        assert name in str(caught.value)

    refused(mlp(width=7).state_dict(), r"`1.weight` must have shape \(5, 6\), got \(7, 6\)")
    refused(cnn().state_dict(), "lacks the parameters")
    deeper = {**state, "7.weight": torch.zeros(3, 3)}
    refused(deeper, r"has the parameters \['7.weight'\] \(1 in all\), which the module lacks")
    refused({**state, "1.bias": torch.full((5,), torch.nan)}, r"\['1.bias'\] are not finite")
    refused({**state, "1.bias": torch.ones(5, dtype=torch.int8)}, "not floating-point numbers")
    refused(mlp(), "is code and is not run")
    refused({"a": Evil()}, "is code and is not run")
    refused([1, 2], "must hold a state dict, got list")
    refused({"epoch": 3, "lr": 0.1}, r"entries \['epoch', 'lr'\] are none")
    assert capsys.readouterr().out == ""
    (tmp_path / "torn.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{")
    with pytest.raises(ValueError, match=r"torn.safetensors: cannot be read as safetensors"):
        read_checkpoints([tmp_path / "torn.safetensors"], land)
    (tmp_path / "torn.pt").write_bytes(b"PK\x03\x04torn")
    with pytest.raises(ValueError, match=r"torn.pt: cannot be read as weights alone"):
        read_checkpoints([tmp_path / "torn.pt"], land)
    (tmp_path / "empty.pt").touch()
    with pytest.raises(ValueError, match=r"empty.pt: cannot be read as weights alone"):
        read_checkpoints([tmp_path / "empty.pt"], land)
    with pytest.raises(ValueError, match=r"none.pt: there is no such file"):
        read_checkpoints([tmp_path / "none.pt"], land)
    with pytest.raises(ValueError, match="must be a list of files"):
        read_checkpoints(str(tmp_path / "net.pt"), land)
    with pytest.raises(ValueError, match="at least one file"):
        read_checkpoints([], land)


def test_what_is_held_or_tied_must_be_so_in_the_file(tmp_path, generator):
    file = tmp_path / "net.pt"
    held = mlp()
    held[1].weight.requires_grad_(False)
    land = landscape(generator, held)
    torch.save(held.state_dict(), file)
    assert read_checkpoints([file], land).shape == (1, land.dim)
    torch.save(mlp().state_dict(), file)
    with pytest.raises(ValueError, match=r"`1.weight` is held fixed and differs"):
        read_checkpoints([file], land)
    tied = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))
    tied[2].weight = tied[0].weight
    land = landscape(generator, tied, (3,))
    torch.save(tied.state_dict(), file)
    assert read_checkpoints([file], land).shape == (1, land.dim)
    torch.save(nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3)).state_dict(), file)
    with pytest.raises(ValueError, match=r"`2.weight` is tied to `0.weight`"):
        read_checkpoints([file], land)


def under(prefix, state):
    return {f"{prefix}{name}": part for name, part in state.items()}


def inside(name, wrapper, state):
    """What a wrapped submodule makes of its names."""
    return {key.replace(f"{name}.", f"{name}.{wrapper}."): part for key, part in state.items()}


STORED = {
    "plain": lambda s: s,
    "with an optimiser": lambda s: {
        "epoch": 3, "arch": "net", "best": torch.tensor(71.0), "state_dict": under("module.", s),
        "optimizer": {"state": {0: {"momentum_buffer": torch.ones(3)}}, "param_groups": [{}]},
    },
    "with numbers of numpy": lambda s: {"state_dict": s, "best": np.float64(0.7), "n": np.int64(3)},
    "with an array": lambda s: {"state_dict": s, "curve": np.ones(3)},
    "with settings": lambda s: {"args": argparse.Namespace(lr=0.1), "state_dict": s},
    "with a path": lambda s: {"out": pathlib.Path("runs"), "state_dict": s},
    "beside numbers": lambda s: {**s, "epoch": 3, "note": None},
    "net": lambda s: {"net": s, "acc": 71.0, "epoch": 4},
    "weights": lambda s: {"weights": s},
    "deeper": lambda s: {"checkpoint": {"net": s}},
    "with an average": lambda s: {"state_dict": s, "ema_state_dict": under("", s)},
    "lightning": lambda s: {"state_dict": under("model.", s), "pytorch-lightning_version": "2.0"},
    "compiled": lambda s: under("_orig_mod.", s),
    "compiled in parallel": lambda s: under("module._orig_mod.", s),
    "parallel, compiled": lambda s: under("_orig_mod.module.", s),
    "twice in parallel": lambda s: under("module.module.", s),
    "compiled lightning": lambda s: under("model._orig_mod.", s),
    "features in parallel": lambda s: inside("features", "module", s),
    "classifier compiled": lambda s: inside("classifier", "_orig_mod", s),
    "averaged": lambda s: {"n_averaged": torch.tensor(3), **under("module.", s)},
}  # fmt: skip


@pytest.mark.parametrize("how", STORED)
def test_networks_are_read_as_they_lie_about(how, tmp_path, generator):
    land, module = landscape(generator, Net()), Net()
    torch.save(STORED[how](module.state_dict()), tmp_path / "net.pt")
    found = read_checkpoints([tmp_path / "net.pt"], land)
    assert torch.equal(found, land.vectors([module]).double())


def test_a_module_whose_own_names_are_those_of_wrappers_is_read(tmp_path, generator):
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.module, self.net = Net(), nn.Linear(3, 3)

        def forward(self, x):
            return self.net(self.module(x))

    land, module = landscape(generator, Own()), Own()
    wanted = land.vectors([module]).double()
    for state in (module.state_dict(), under("module.", module.state_dict())):
        torch.save(state, tmp_path / "net.pt")
        assert torch.equal(read_checkpoints([tmp_path / "net.pt"], land), wanted)


def test_a_file_of_the_other_format_under_a_wrong_name_is_read(tmp_path, generator):
    land, module = landscape(generator, Net()), Net()
    save_file(module.state_dict(), tmp_path / "net.bin")
    torch.save(module.state_dict(), tmp_path / "net.safetensors")
    found = read_checkpoints([tmp_path / "net.bin", tmp_path / "net.safetensors"], land)
    assert torch.equal(found[0], found[1])


REFUSED = {
    "two networks": (
        lambda s: {"model_a": s, "model_b": s},
        "holds 2 networks of this architecture, under `model_a` and `model_b`; save the one",
    ),
    "two prefixes": (
        lambda s: {**under("a.", s), **under("b.", s)},
        "holds 2 networks of this architecture, under `a.` and `b.`; save the one",
    ),
    "a part of a larger one": (
        lambda s: {**under("backbone.", s), "head.weight": torch.ones(2)},
        r"has the parameters \['head.weight'\]",
    ),
    "twice": (lambda s: {**s, **under("module.", s)}, "has `features.0.weight` twice"),
    "numbers as names": (lambda s: {**s, 3: torch.ones(1)}, r"names \[3\], which are no text"),
    "a state of its own": (
        lambda s: {**s, "features._extra_state": torch.ones(1)},
        r"a state of its own, \['features._extra_state'\]",
    ),
    "a list": (lambda s: [s, s], r"list of 2 \(OrderedDict\); one network a file, or `landscape"),
    "no names": (lambda s: list(s.values()), r"got list of 9 \(Tensor\); save .*has the names"),
    "a vector": (lambda s: torch.ones(5), r"got Tensor of shape \(5,\)"),
    "one missing": (
        lambda s: {k: v for k, v in s.items() if k != "classifier.bias"},
        r"lacks the parameters \['classifier.bias'\]",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_one_network_is_told_with_the_way_out(what, tmp_path, generator):
    content, words = REFUSED[what]
    torch.save(content(Net().state_dict()), tmp_path / "net.pt")
    with pytest.raises(ValueError, match=words):
        read_checkpoints([tmp_path / "net.pt"], landscape(generator, Net()))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a checkpoint", r"it is no file of torch, it begins with b'not a checkp'"),
        (b"version https://git-lfs.github.com/spec/v1\n", "pointer of Git LFS.*`git lfs pull`"),
        (b"<!DOCTYPE html><html>", "is a web page; download the file itself"),
        (b"\x1f\x8b\x08\x00", "is compressed by gzip; unpack it"),
        (b"PK\x03\x04torn", "the file is damaged"),
        (b"\x80\x02}q\x00.", "the file is damaged"),
        (b"\x80", "the file is damaged"),
    ],
)
def test_what_is_no_file_of_weights_is_told(content, words, tmp_path, generator):
    (tmp_path / "net.pt").write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        read_checkpoints([tmp_path / "net.pt"], landscape(generator, mlp()))
    assert "net.pt" in str(caught.value) and "weights_only=False" not in str(caught.value)


def test_code_is_named_and_not_run(tmp_path, generator):
    land = landscape(generator, mlp())
    torch.save(mlp(), tmp_path / "net.pt")
    with pytest.raises(ValueError, match=r"holds a `torch.nn.*Sequential`, which is code and is"):
        read_checkpoints([tmp_path / "net.pt"], land)
    with pytest.raises(ValueError, match="is a folder, not a file"):
        read_checkpoints([tmp_path], land)


def test_frozen_weights_in_half_precision_are_those_of_the_module(tmp_path, generator):
    held = mlp()
    held[1].weight.requires_grad_(False)
    land = landscape(generator, held)
    torch.save({name: part.half() for name, part in held.state_dict().items()}, tmp_path / "net.pt")
    assert read_checkpoints([tmp_path / "net.pt"], land).shape == (1, land.dim)


def test_statistics_of_other_networks_are_told_with_the_way_to_one_landscape(tmp_path, generator):
    modules = [Net() for _ in range(2)]
    x, _ = labelled(generator, 6)
    for row, module in enumerate(modules):
        module(x.float() + row)
        torch.save(module.state_dict(), tmp_path / f"{row}.pt")
    files = [tmp_path / "0.pt", tmp_path / "1.pt"]
    with pytest.raises(
        ValueError, match=r"`features.1.running_mean` is held .*`module.features.1.t"
    ):
        read_checkpoints(files, landscape(generator, modules[0].eval()))
    modules[0].features[1].train()  # as it says
    assert read_checkpoints(files, landscape(generator, modules[0])).shape[0] == 2


def test_how_many_batches_there_were_does_not_matter(tmp_path, generator):
    module = Net()
    torch.save(module.state_dict(), tmp_path / "net.pt")
    module.features[1].num_batches_tracked += 7
    assert len(read_checkpoints([tmp_path / "net.pt"], landscape(generator, module.eval()))) == 1
