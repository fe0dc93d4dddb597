"""Transformers on texts: the module, curves that are gone on with, what is said of numbers."""

import itertools
import json
import lzma
import re
import shutil
from dataclasses import replace
from math import atan, pi

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

import validation.texts as texts
import validation.transformers.joined as joined
from morseloss.networks import Looped, NetworkLandscape, align, initial
from validation.__main__ import main
from validation.claims import PRESETS, claim_module
from validation.page import drawn
from validation.published import networks_published_gpt
from validation.report import measured, written
from validation.runs import RUNS
from validation.texts import Text
from validation.transformers import networks_languages_paper, networks_shakespeare
from validation.transformers.gpt import GPT, permutations
from validation.transformers.joined import Experiment, Loop, found_on
from validation.transformers.verdict import by_chance, judged, levels

TINY = Experiment(
    layers=1, width=8, heads=2, places=8, windows=60, size=20, epochs=2, networks=3, blocks=2,
    block=10, budgets=(1, 2), slices=2,
)  # fmt: skip
PLAY = ("To be, or not to be: that is the question.\n" * 20).encode()


@pytest.fixture
def text():
    tokens = torch.randint(0, 9, (700,), generator=torch.Generator().manual_seed(0))
    return Text(tokens[:600], tokens[600:], 9)


@pytest.fixture
def land():
    tokens = torch.randint(0, 9, (12, 9), generator=torch.Generator().manual_seed(0))
    module = GPT(9, places=8, layers=2, width=12, heads=3)
    return NetworkLandscape(module, cross_entropy, tokens[:, :-1], tokens[:, 1:], engine=Looped)


def test_no_symbol_sees_a_later_one():
    module, generator = GPT(9, places=8), torch.Generator().manual_seed(0)
    tokens = torch.randint(0, 9, (3, 8), generator=generator)
    later = tokens.clone()
    later[:, 5] = (tokens[:, 5] + 1) % 9
    first, second = module(tokens), module(later)
    torch.testing.assert_close(first[..., :5], second[..., :5])
    assert not torch.allclose(first[..., 5:], second[..., 5:])


def test_networks_have_as_many_weights_as_the_claims_say():
    claims = (networks_shakespeare, networks_languages_paper)
    nets = [claim.EXPERIMENT.module(65) for claim in claims]
    sizes = [sum(part.numel() for part in net.parameters()) for net in nets]
    assert sizes == [211_777, 10_788_929]


def test_exchanged_heads_units_and_stream_leave_outputs_alone_and_are_found_again(land):
    symmetry, generator = permutations(land.pure.module), torch.Generator().manual_seed(0)
    assert symmetry.sizes == (12, 3, 48, 3, 48)
    points = initial(land, 2, generator=generator)
    copies = symmetry.act(points, symmetry.random(2, generator=generator))
    before, after = (land.outputs(each, land.inputs) for each in (points, copies))
    assert float((before - after).abs().max()) < 1e-12
    assert torch.equal(align(land, points, copies, symmetry=symmetry), points)


def test_a_loop_is_at_the_far_point_half_way(land):
    points = initial(land, 2, generator=torch.Generator().manual_seed(0))
    loop = Loop(steps=3)
    state = loop.init(land, points[:1], points[1:], torch.Generator().manual_seed(0))
    weights = loop.curve.weights(torch.tensor([0.0, 0.5, 1.0]).double(), loop.bends + 2)
    found = (weights @ state.controls)[0]
    torch.testing.assert_close(found, points[[0, 1, 0]])


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")
def test_curves_that_were_stopped_go_on_to_the_same_numbers(text, tmp_path, monkeypatch):
    two = replace(TINY, networks=2)
    whole = found_on(two, text, tmp_path / "whole", seed=1)
    calls = itertools.count(1)

    def stopped(*arguments, **named):
        if next(calls) % 6 == 0:
            raise KeyboardInterrupt
        return iterate(*arguments, **named)

    iterate = joined.iterate
    monkeypatch.setattr(joined, "iterate", stopped)
    goes, parts = 1, None
    while parts is None:
        try:
            parts = found_on(two, text, tmp_path / "parts", seed=1)
        except KeyboardInterrupt:
            goes += 1
    assert goes >= 3
    assert parts == whole


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")
def test_a_folder_of_another_experiment_is_not_gone_on_with(text, tmp_path):
    found_on(replace(TINY, budgets=(1,)), text, tmp_path, seed=1)
    shutil.rmtree(tmp_path / "measured")
    shutil.rmtree(tmp_path / "networks")
    with pytest.raises(ValueError, match="is of another experiment, 2 passes over 60 windows"):
        found_on(replace(TINY, budgets=(1,), size=10, networks=3), text, tmp_path, seed=1)


def made_up(losses, penalties, null=0.0, spread=0.0):
    """Numbers of four networks as `found_on` gives them, penalties by budget."""
    pairs = [list(pair) for pair in itertools.combinations(range(4), 2)]
    losses = np.array(losses)

    def part(values, among):
        tops = [losses[pair].max() + value for pair, value in zip(among, values, strict=True)]
        profiles = [[losses[i], top, losses[j]] for (i, j), top in zip(among, tops, strict=True)]
        errors = [spread] * len(values)
        told = {"profiles": profiles, "penalties": list(values), "errors": errors}
        return {"pairs": among, "train": told, "held out": told}

    curves = {
        budget: {
            "as trained": part([value] * 6, pairs), "matched": part([0.0] * 6, pairs),
            "closed": part([null], [[0, 0]]),
        }
        for budget, value in penalties.items()
    }  # fmt: skip
    blocks = [[loss - 0.01, loss, loss + 0.01] for loss in losses]
    return {
        "experiment": {"lengths": "short"}, "parameters": 1, "tokens": 1,
        "losses": {"train": blocks, "held out": blocks}, "curves": curves,
        "lines": {
            "as trained": part([2.0] * 6, pairs), "permuted": part([0.9] * 6, pairs),
            "matched": part([0.5] * 6, pairs),
        },
    }  # fmt: skip


def test_two_levels_and_a_barrier_that_stays_are_the_papers_case():
    found = judged(made_up([1.0, 1.01, 1.5, 1.52], {"1": 0.3, "5": 0.2}, null=0.01))
    assert found.holds
    assert "two levels" in found.measured
    assert re.search(r"as trained: line 2; curves 0\.3 ± \S+ at 1x, 0\.2 ±", found.measured)
    assert "; matched: line 0.5; curves 0 ± 0 at 1x, 0 ± 0 at 5x" in found.measured
    assert "no minima" not in found.measured


@pytest.mark.parametrize(
    ("losses", "last", "null", "spread"),
    [
        ([1.0, 1.1, 1.2, 1.3], 0.2, 0.0, 0.0),  # no levels
        ([1.0, 1.01, 1.5, 1.52], 0.2, 0.2, 0.0),  # no more than of loops
        ([1.0, 1.01, 1.5, 1.52], 0.2, 0.0, 0.2),  # no more than the error of sampling
    ],
)
def test_without_either_it_is_not(losses, last, null, spread):
    assert not judged(made_up(losses, {"1": 0.3, "5": last}, null, spread)).holds


def test_the_gap_is_the_largest_between_sorted_losses():
    gap, within, error = levels(made_up([1.52, 1.0, 1.5, 1.01], {"1": 0.0}))
    assert (gap, within) == (pytest.approx(0.49), pytest.approx(0.02))
    assert error == pytest.approx(0, abs=1e-12)


def test_how_often_chance_gives_two_levels_is_told():
    # of three, up to a shift, a direction in a sector of 60 degrees is left, and all are alike:
    # the gaps are as the distances from its walls
    assert by_chance(3) == pytest.approx(6 * atan(3**0.5 / 7) / pi, abs=0.01)
    assert by_chance(4) > 2 * by_chance(5) > 0
    measured = judged(made_up([1.0, 1.01, 1.5, 1.52], {"1": 0.3})).measured
    assert f"two levels, as {by_chance(4):.0%} of draws" in measured


def test_published_barriers_are_above_the_interpolated_ends():
    data = made_up([1.0, 1.0, 1.0, 2.0], {"1": 0.25})
    found = networks_published_gpt.barriers(data)
    assert found["line, as trained"].tolist() == [2.0, 2.0, 2.5, 2.0, 2.5, 2.5]
    assert found["curve, matched"].max() == 0.5  # level with the higher end


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A play, as the plays and in two languages."""
    (tmp_path / "shakespeare").mkdir()
    (tmp_path / "shakespeare" / "tinyshakespeare.txt.xz").write_bytes(lzma.compress(PLAY))
    (tmp_path / "text").mkdir()
    for name in ("en", "el"):
        (tmp_path / "text" / f"{name}.txt").write_bytes(PLAY)
    (tmp_path / "text" / "index.json").write_text(json.dumps({"en": {}, "el": {}}))
    monkeypatch.setenv(RUNS, str(tmp_path / "runs"))
    monkeypatch.setenv("MORSELOSS_DATA", str(tmp_path))
    monkeypatch.setattr(texts, "PLAYS", None)
    return tmp_path


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")
def test_shakespeare_and_what_is_published_of_it_have_the_same_networks(folder, monkeypatch):
    monkeypatch.setattr(networks_shakespeare, "EXPERIMENT", TINY)
    report, again = (
        measured(claim, seed=1) for claim in ("networks_shakespeare", "networks_published_gpt")
    )
    for one in (report, again):
        assert drawn(written(one, folder), folder).stat().st_size > 5000
    assert again["data"]["lines"] == report["data"]["lines"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")
@pytest.mark.parametrize("claim", ["networks_languages", "networks_languages_paper"])
def test_a_claim_on_languages_stops_and_goes_on_by_the_same_command(claim, folder, monkeypatch):
    monkeypatch.setattr(claim_module(claim), "EXPERIMENT", replace(TINY, networks=2, together=2))
    command = [claim, "--data", str(folder), "--jobs", "1", "--out", str(folder), "--missing"]
    monkeypatch.setattr(networks_languages_paper, "gpu", lambda *_: joined.CPU)
    with monkeypatch.context() as patched:
        patched.setattr(joined, "iterate", stopped_at_the_third(joined.iterate))
        assert main(command) == 2
    assert main(command) == 1  # it does not hold of so little
    assert main(command) == 0  # nothing is left to do
    assert (folder / "figures" / "transformers" / f"{claim}.png").stat().st_size > 5000


def stopped_at_the_third(iterate):
    calls = itertools.count(1)

    def stopped(*arguments, **named):
        if next(calls) == 3:
            raise KeyboardInterrupt
        return iterate(*arguments, **named)

    return stopped


def test_without_a_gpu_the_small_claim_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match=r"no GPU.* PFLOP .*validation networks_languages "):
        networks_languages_paper.run(0)
    assert networks_shakespeare.EXPERIMENT.width < networks_languages_paper.EXPERIMENT.width
    assert "networks_languages_paper" in PRESETS["gpu"]
