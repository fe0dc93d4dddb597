"""Networks from files."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.runs.checkpoints import read_checkpoints
from tests.networks.models import cnn, cross_entropy, labelled, mlp


def landscape(generator, module, shape=(6,)):
    return NetworkLandscape(module, cross_entropy, *labelled(generator, *shape))


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
