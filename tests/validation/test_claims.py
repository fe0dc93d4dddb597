"""The claims of `validation/` on another seed than the committed one, large ones in small."""

from dataclasses import replace

import pytest
from torch import nn

from morseloss.networks import Relay
from validation.claims import CLAIMS, LONG, claim_module
from validation.networks import networks_decay, networks_depth
from validation.page import drawn
from validation.report import measured, written

IN_SMALL = {
    "random_polynomials": {"REPEATS": 3},
    "morse_complexes": {"REPEATS": 2},
    "morse_in_four": {"CASES": (("sum of wells", 1), ("wavy", 1), ("gaussian", 2))},
    "theorem_one": {"STEPS": 16},
    "networks_relay": {
        "EARLIER": {1: 1.0}, "NETWORKS": 2, "EPOCHS": 10, "DESCENT": 50, "BUDGET": 60.0,
        "METHOD": Relay(size=64, first=100, join=30, descent=20, evaluations=5),
        "COLOURS": {1: "k"},
    },
    "networks_depth": {"EXPERIMENT": replace(
        networks_depth.EXPERIMENT, depths=(1, 3), minima=4, epochs=48, steps=150,
        budgets=((300, 2),),
    )},
    "networks_decay": {
        "DECAYS": (1e-3,),
        "EXPERIMENT": replace(
            networks_decay.EXPERIMENT, depths=(1, 2), minima=3, epochs=12, steps=25,
            budgets=((100, 1),),
        ),
    },
    "escape_map": {"FAMILIES": 100},
    "escape_noise": {"WALKS": 300, "BATCH_WALKS": 1000},
    "networks_paths": {
        "ACTIVATIONS": {"ReLU": nn.ReLU}, "MINIMA": 2, "EPOCHS": 40, "DESCENT": 400,
        "REPEATS": 1, "BUDGETS": (100,),
        "SIZES": {"swept curve": (64, 128), "Algorithm 3": (256, 256)},
    },
    "networks_embeddings": {
        "LOWERED": ("ReLU, identity layer",), "MINIMA": 2, "EPOCHS": 8, "DESCENT": 25,
        "STEPS": 50, "VECTORS": 3,
    },
    "networks_pairs": {
        "ACTIVATIONS": {"ReLU": nn.ReLU}, "MINIMA": 4, "EPOCHS": 20, "DESCENT": 50, "FULL": 10,
        "CHEAP": 1,
    },
}  # fmt: skip
FAILING = (
    "networks_decay",
    "networks_embeddings",
    "networks_pairs",
)  # which the page tells: they must only run


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")  # after so few steps
@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS + LONG)
def test_the_claim_holds_for_another_seed_and_is_drawn_from_its_file(claim, tmp_path, monkeypatch):
    for name, value in IN_SMALL.get(claim, {}).items():
        monkeypatch.setattr(claim_module(claim), name, value)
    report = measured(claim, seed=1)
    assert drawn(written(report, tmp_path), tmp_path).stat().st_size > 5000
    assert report["verdict"] == "holds" or claim in FAILING, report["measured"]
