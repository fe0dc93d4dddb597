"""What alignments are measured by, and the claim on text at toy size."""

import lzma
import random

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape, Turning, symmetry_of
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from validation.alignment import networks_alignment_text as text
from validation.alignment import networks_alignment_width as width
from validation.alignment.frames import as_pairs, by_universe, cycle_defect, measured_on
from validation.alignment.subjects import windows


@pytest.fixture
def land(generator):
    module = mlp(nn.ReLU, width=8)
    return NetworkLandscape(module, cross_entropy, *labelled(generator, 6), weight_decay=0.1)


def test_cycles_close_in_one_frame_and_not_where_each_pair_is_shuffled(land, generator):
    points = vectors(land, generator)
    symmetry = symmetry_of(land).permutations
    one = symmetry.act(points, symmetry.random(4, generator=generator))
    # copies of networks that are one frame already: none is moved for any pair
    assert cycle_defect(land, one, as_pairs(one)) == 0
    first, second = as_pairs(points)
    shuffled = symmetry.act(second, symmetry.random(len(second), generator=generator))
    assert cycle_defect(land, points, (first, shuffled)) > 0.5


def test_a_barrier_is_the_climb_above_the_straight_line_between_the_losses(land, generator):
    points = vectors(land, generator, n=2)
    found = measured_on(as_pairs(points), land, times=5)
    shares = torch.linspace(0, 1, 5, dtype=torch.float64)
    values = land.value(points[0] + shares[:, None] * (points[1] - points[0]))
    climb = (values - values[0] - shares * (values[4] - values[0])).max()
    assert found["barriers"][0][0] == pytest.approx(float(climb))
    assert found["squares"] == pytest.approx(float((points[0] - points[1]).square().sum()))
    framed = measured_on(by_universe(land, points, "weights"), land)
    assert framed["squares"] < found["squares"]


@pytest.fixture
def play(tmp_path, monkeypatch):
    """Leave a short text where the claims look for one, and a folder for runs."""
    folder = tmp_path / "shakespeare"
    folder.mkdir()
    random.seed(0)
    words = " ".join(random.choice(["to", "be", "or", "not", "that"]) for _ in range(600))
    (folder / "tinyshakespeare.txt.xz").write_bytes(lzma.compress(words.encode()))
    monkeypatch.setenv("MORSELOSS_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("MORSELOSS_DATA", str(tmp_path))


@pytest.mark.slow
@pytest.mark.usefixtures("play")
def test_the_claim_on_text_runs_at_toy_size_and_goes_on_where_it_stopped(tmp_path, monkeypatch):
    small = {
        "LENGTH": 8, "WINDOWS": 64, "LOOKS": 16, "LATER": 80, "LAYERS": 1, "WIDTH": 8, "HEADS": 2,
        "NETWORKS": 2, "EPOCHS": 1, "TURNING": Turning(5, size=8), "TIMES": 3,
    }  # fmt: skip
    for name, value in small.items():
        monkeypatch.setattr(text, name, value)
    whole = text.run(0)
    assert set(whole.data["ways"]) >= {"as trained", "weights", "learned", "one frame"}
    assert text.draw(whole.data).axes
    monkeypatch.setattr(text, "train", None)  # networks are there, and not trained again
    (tmp_path / "runs" / "networks_alignment_text" / "one frame.pt").unlink()
    assert text.run(0).data == whole.data


@pytest.mark.slow
@pytest.mark.usefixtures("play")
def test_the_claim_on_width_runs_at_toy_size_and_goes_on_where_it_stopped(tmp_path, monkeypatch):
    small = {
        "WIDTHS": (4, 8), "HEAD": 2, "LENGTH": 8, "WINDOWS": 64, "LOOKS": 16, "LATER": 80,
        "LAYERS": 1, "EPOCHS": 2, "RATE": 0.1, "TURNING": Turning(5, size=8), "TIMES": 3,
    }  # fmt: skip
    for name, value in small.items():
        monkeypatch.setattr(width, name, value)
    whole = width.run(0)
    assert [row["width"] for row in whole.data["rows"]] == [4, 8]
    assert width.draw(whole.data).axes
    (tmp_path / "runs" / "networks_alignment_width" / "8" / "learned.pt").unlink()
    assert width.run(0).data["rows"] == whole.data["rows"]


def rows_that_leave(*shares):
    """Rows of the claim on width, as if matching left such shares of a line of one nat."""

    def of(share):
        return {"barriers": [[1.0], [share]]}

    ways = [{"as trained": of(1.0), "weights": of(w), "learned": of(low)} for w, low in shares]
    found = [{"width": 32 * 2**k, "ways": way} for k, way in enumerate(ways)]
    return {"rows": [{**row, "values": [[1.0], [1.0]]} for row in found]}


def test_the_claim_on_width_asks_for_shares_that_fall_to_the_published_ones():
    assert width.judged(rows_that_leave((0.5, 0.1), (0.16, 0.009))).holds
    assert not width.judged(rows_that_leave((0.5, 0.1), (0.18, 0.009))).holds
    assert not width.judged(rows_that_leave((0.5, 0.1), (0.16, 0.02))).holds
    assert not width.judged(rows_that_leave((0.1, 0.1), (0.16, 0.009))).holds


def test_text_that_is_not_there_or_too_short_is_refused(tmp_path):
    with pytest.raises(ValueError, match="--data"):
        windows(tmp_path, 8, 4)
    folder = tmp_path / "shakespeare"
    folder.mkdir()
    (folder / "tinyshakespeare.txt.xz").write_bytes(lzma.compress(b"to be"))
    with pytest.raises(ValueError, match="holds 5 characters, and 33"):
        windows(tmp_path, 8, 4)
