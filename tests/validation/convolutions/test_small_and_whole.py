"""Claims about photographs at toy size, on noise, and on the CPU what is for a GPU."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from morseloss.networks import LBFGS, Constant, Descent, Momentum, Relay, Run
from tests.validation.convolutions.conftest import COUNT
from validation.__main__ import main
from validation.claims import PRESETS, ROOMS, WITH_DATA, claim_module
from validation.convolutions.cnn import cnn
from validation.convolutions.images_robust import Sampled
from validation.convolutions.residual import resnet, table_five, wide_resnet
from validation.report import read, report_file
from validation.whole import whole_layers, whole_rates, whole_robust, whole_skips, whole_wide
from validation.whole.on_gpu import watched

DESCENT = Descent(
    Constant(1e-2), 2, 10, Momentum(0.9), finish=LBFGS(), steps=3, dtype=torch.float32
)
SMALL, WHOLE = ROOMS["convolutions"], ROOMS["whole"]
METHOD = Relay(size=10, first=8, join=4, stations=1, descent=2, evaluations=2, tolerance=1e-5)
SAMPLED = Sampled(networks=3, sample=2, budgets=(1.0, 2.0), draws=4, size=10, points=4)
LEFT_OUT = ("CNN-2-64", "CNN-2-64, BN", "CNN-1-64, BN", "CNN-1-128, BN", "CNN-2-32, BN",
            "CNN-3-32, BN", "ResNet-56", "ResNet-56-NS", "WideResNet-56-2-NS")  # fmt: skip


def test_all_claims_on_photographs_are_named_and_presets_hold_the_whole_ones():
    assert set(SMALL) <= set(WITH_DATA)
    assert set(WHOLE) <= set(PRESETS["paper"]) and set(WHOLE) <= set(PRESETS["gpu"])
    for name in (*SMALL, *WHOLE):
        assert claim_module(name).TITLE and "Source:" in str(claim_module(name).__doc__)


@pytest.mark.parametrize("claim", WHOLE)
def test_a_whole_claim_without_a_gpu_says_what_it_needs_and_what_is_small(claim, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    small = claim.replace("whole", "images")
    with pytest.raises(RuntimeError, match=rf"no GPU.*PFLOP.*`python -m validation {small} "):
        claim_module(claim).run(0)
    assert small in SMALL


@pytest.mark.parametrize("preset", ["paper", "gpu"])
def test_a_preset_without_a_gpu_begins_nothing_and_says_so(preset, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["--preset", preset, "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().out
    assert all(f"python -m validation {name} " in said for name in SMALL)
    assert said.count("PFLOP") == len(WHOLE)
    assert not (tmp_path / "out").exists()


def shrunk(experiment):
    cases = tuple(
        replace(case, descent=DESCENT, module=_narrow(case.module))
        for case in experiment.cases
        if case.name not in LEFT_OUT
    )
    return replace(
        experiment, cases=cases, networks=2, budget=8.0, method=METHOD, chunk=None, controls=1,
        further=2, nulls=experiment.nulls if len(cases) < 3 else ("closed",),
    )  # fmt: skip


def _narrow(module):
    """The same architecture, as small as it gets; for a wide one another, which is quick."""
    return {
        cnn: lambda m: partial(cnn, m.args[0], 2, **m.keywords),
        resnet: lambda m: partial(resnet, 8, 2, **m.keywords),
        wide_resnet: lambda m: partial(cnn, 1, 2, classes=100),
        table_five: lambda m: partial(table_five, 2, **m.keywords),
    }[module.func](module)


def narrowed(cases):
    return {
        name: replace(case, descent=DESCENT, module=partial(table_five, 2, last=False))
        for name, case in cases.items()
    }


@pytest.fixture
def tiny(data, tmp_path, monkeypatch):
    """Every claim at toy size, and the CPU for a GPU."""
    monkeypatch.setenv("MORSELOSS_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("MORSELOSS_DATA", "")  # `main` sets it
    monkeypatch.setattr("validation.__main__.without_gpu", lambda names: "")
    for name in (*SMALL, *WHOLE):
        module = claim_module(name)
        monkeypatch.setattr(module, "IMAGES", COUNT)
        monkeypatch.setattr(module, "TESTS", COUNT)
        if hasattr(module, "SIDE"):
            monkeypatch.setattr(module, "SIDE", 32 if name == "images_wide" else 16)
        if name in WHOLE:
            monkeypatch.setattr(module, "gpu", lambda needs, small: torch.device("cpu"))
        if name.endswith("robust"):
            monkeypatch.setattr(module, "EXPERIMENT", SAMPLED)
            monkeypatch.setattr(module, "CASES", narrowed(module.CASES))
        elif name != "whole_rates":
            monkeypatch.setattr(module, "EXPERIMENT", shrunk(module.EXPERIMENT))
    rates = {name: shrunk(one) for name, one in whole_rates.EXPERIMENTS.items()}
    monkeypatch.setattr(whole_rates, "EXPERIMENTS", rates)
    return ["--data", str(data), "--jobs", "1", "--out"]


QUICK = ("whole_wide",)
OTHERS = [name for name in (*SMALL, *WHOLE) if name not in QUICK]


@pytest.mark.filterwarnings("ignore:.*networks? .*no minim:UserWarning")  # after so few steps
@pytest.mark.parametrize("claim", QUICK)
def test_a_claim_on_photographs_that_was_stopped_goes_on_to_the_same_numbers(
    claim, tiny, tmp_path, monkeypatch
):
    assert main([claim, *tiny, str(tmp_path / "whole")]) in (0, 1)
    monkeypatch.setenv("MORSELOSS_RUNS", str(tmp_path / "other"))
    with monkeypatch.context() as patched:
        patched.setattr(Run, "relay", stopped_at_the_second(Run.relay))
        assert main([claim, *tiny, str(tmp_path / "parts")]) == 2
    assert main([claim, *tiny, str(tmp_path / "parts"), "--missing"]) in (0, 1)
    whole, parts = (
        read(report_file(tmp_path / name, claim))["data"]["rows"] for name in ("whole", "parts")
    )
    assert whole == parts


@pytest.mark.filterwarnings("ignore:.*networks? .*no minim:UserWarning")  # after so few steps
@pytest.mark.slow
@pytest.mark.parametrize("claim", OTHERS)
def test_a_claim_on_photographs_runs_from_end_to_end(claim, tiny, tmp_path):
    assert main([claim, *tiny, str(tmp_path)]) in (0, 1)
    data = read(report_file(tmp_path, claim))["data"]
    assert len(data["usage" if claim in WHOLE else "earlier_seconds"]) == (claim in WHOLE)
    figure = report_file(tmp_path, claim).with_suffix(".png")
    assert (tmp_path / "figures" / figure.parent.name / figure.name).stat().st_size > 5000


def stopped_at_the_second(way):
    calls = []

    def stopped(*arguments, **named):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return way(*arguments, **named)

    return stopped


def test_what_each_go_took_of_a_gpu_is_kept_as_far_as_it_is_known(tmp_path):
    before = torch.backends.cudnn.allow_tf32
    with pytest.raises(KeyboardInterrupt), watched(torch.device("cpu"), tmp_path / "run") as goes:
        assert goes == []
        assert not torch.backends.cudnn.allow_tf32  # a loss would be good to three digits
        raise KeyboardInterrupt
    assert torch.backends.cudnn.allow_tf32 == before
    with watched(torch.device("cpu"), tmp_path / "run") as goes:
        assert len(goes) == 1
    assert [go["busy"] for go in goes] == [None, None]
    assert all(go["device"] == "cpu" and go["seconds"] >= 0 for go in goes)


def test_whole_experiments_have_the_papers_numbers_of_networks():
    assert [one.EXPERIMENT.networks for one in (whole_skips, whole_wide, whole_robust)] == [3, 5, 8]
    assert [one.networks for one in whole_rates.EXPERIMENTS.values()] == [8, 8]
    assert len(whole_layers.EXPERIMENT.cases) == 12
