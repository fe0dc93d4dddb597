"""Texts from a folder, whole, missing and damaged, and their windows."""

import hashlib
import json
import lzma

import pytest
import torch

import validation.texts as texts
from validation.texts import languages, shakespeare, windows

PLAY = b"To be, or not to be: that is the question.\n" * 20
LINES = {"en": [f"line {number}" for number in range(40)], "el": ["καλημέρα"] * 21}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A play and two languages, packed and as they are."""
    (tmp_path / "shakespeare").mkdir()
    (tmp_path / "shakespeare" / "tinyshakespeare.txt.xz").write_bytes(lzma.compress(PLAY))
    monkeypatch.setattr(texts, "PLAYS", hashlib.sha256(PLAY).hexdigest())
    place = tmp_path / "text"
    place.mkdir()
    raw = {name: ("\n".join(lines) + "\n").encode() for name, lines in LINES.items()}
    (place / "en.txt").write_bytes(raw["en"])
    (place / "el.txt.xz").write_bytes(lzma.compress(raw["el"]))
    index = {name: {"sha256_raw": hashlib.sha256(part).hexdigest()} for name, part in raw.items()}
    (place / "index.json").write_text(json.dumps(index))
    return tmp_path


def test_plays_are_read_by_characters_and_the_last_tenth_is_held_out(folder):
    found = shakespeare(folder)
    known = sorted(set(PLAY))
    assert found.symbols == len(known)
    assert bytes(known[token] for token in [*found.train, *found.held_out]) == PLAY
    assert len(found.train) == len(PLAY) * 9 // 10
    assert (
        repr(found)
        == f"Text({len(found.train)} and {len(found.held_out)} tokens of {len(known)} symbols)"
    )


def test_languages_are_read_by_bytes_and_each_twentieth_line_is_held_out(folder):
    found = languages(folder)
    train, held_out = (bytes(part.tolist()).decode() for part in (found.train, found.held_out))
    kept = sorted([LINES["en"][0], LINES["en"][20], *LINES["el"][:2]])
    assert sorted(held_out.splitlines()) == kept
    assert sorted(train.splitlines() + kept) == sorted(LINES["en"] + LINES["el"])
    assert found.symbols == 256
    assert torch.equal(found.train, languages(folder).train)
    assert not torch.equal(found.train, languages(folder, seed=1).train)


def test_a_share_takes_the_first_lines_of_each_language(folder):
    lines = bytes(languages(folder, share=0.1).train.tolist()).decode().splitlines()
    assert sorted(lines) == sorted([*LINES["en"][1:5], *LINES["el"][:2]])


def test_targets_are_inputs_one_place_further_on():
    inputs, targets = windows(torch.arange(11), 5)
    assert inputs.tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert torch.equal(targets, inputs + 1)


def test_missing_and_damaged_files_are_named(folder):
    (folder / "text" / "en.txt").unlink()
    packed = folder / "text" / "el.txt.xz"
    packed.write_bytes(packed.read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"2 of 2 .*el.txt.xz is damaged.*en.txt.xz is not there"):
        languages(folder)
    (folder / "shakespeare" / "tinyshakespeare.txt.xz").write_bytes(lzma.compress(PLAY + b"!"))
    with pytest.raises(ValueError, match=r"tinyshakespeare.txt.xz is damaged, or another text"):
        shakespeare(folder)
    (folder / "text" / "index.json").write_text("[1, 2")
    with pytest.raises(ValueError, match=r"index.json is no index of languages"):
        languages(folder)
    (folder / "text" / "index.json").unlink()
    with pytest.raises(ValueError, match=r"index.json.xz is not there; .*--data"):
        languages(folder)


def test_shares_and_windows_out_of_range_are_refused(folder):
    with pytest.raises(ValueError, match="`share` must be above 0"):
        languages(folder, share=0.0)
    with pytest.raises(ValueError, match="a window of 64 needs 65 tokens, got 64"):
        windows(torch.arange(64), 64)
