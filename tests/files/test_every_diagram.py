"""One diagram in every form has the same bars; one wrong number is refused in every form."""

import json
from collections import Counter

import numpy as np
import pytest

import morseloss as ml
from morseloss import interop
from tests.graphs import forms

DIAGRAMS = 4_000


def random_bars(draw):
    """Births, deaths and degrees in quarters, with bars of length zero and essential ones."""
    count = int(draw.integers(1, 8))
    births = draw.integers(-8, 9, count) / 4
    deaths = births + draw.integers(0, 9, count) / 4
    deaths[draw.integers(0, 4, count) == 0] = np.inf
    degrees = draw.integers(0, 3, count)
    return births.tolist(), deaths.tolist(), degrees.tolist()


def columns(births, deaths, degrees, draw, path):
    return ml.Diagram(forms.typed(births, draw), forms.typed(deaths, draw), degrees)


def gudhi(births, deaths, degrees, draw, path):
    ends = zip(births, deaths, strict=True)
    return interop.from_gudhi(list(zip(degrees, ends, strict=True)))


def dgms(births, deaths, degrees, draw, path):
    rows = list(zip(births, deaths, degrees, strict=True))
    return interop.from_dgms([[row[:2] for row in rows if row[2] == k] for k in range(3)])


def giotto(births, deaths, degrees, draw, path):
    return interop.from_giotto(list(map(list, zip(births, deaths, degrees, strict=True))))


def in_json(births, deaths, degrees, draw, path):
    path = path.with_suffix(".json")
    path.write_text(json.dumps({"births": births, "deaths": deaths, "degrees": degrees}))
    return ml.load_diagram(path)


def in_csv(births, deaths, degrees, draw, path):
    rows = zip(births, deaths, degrees, strict=True)
    path = path.with_suffix(".csv")
    lines = ["birth,death,degree", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return ml.load_diagram(path)


NOT_DEATHS = [entry for entry in forms.WRONG if entry is not forms.INFINITY]
IN_JSON = [entry for entry in forms.IN_JSON if entry is not None and entry is not forms.INFINITY]
IN_TEXT = [entry for entry in forms.IN_TEXT if entry not in ("inf", "1e999", "1,5")]
NOT_DEGREES = [1.5, "1", True, None, -1, 2**64, float("nan")]
FORMS = [
    *((make, NOT_DEATHS, NOT_DEGREES) for make in (columns, gudhi)),
    (dgms, NOT_DEATHS, None),
    (giotto, NOT_DEATHS, [1.5, "1", True, None, float("nan")]),
    (in_json, IN_JSON, NOT_DEGREES),
    (in_csv, IN_TEXT, ["1.5", "1.0", "True", "", "x", "1_0", "nan", "9" * 30]),
]


def bars_of(diagram):
    rows = diagram.births.tolist(), diagram.deaths.tolist(), diagram.degrees.tolist()
    return Counter(zip(*rows, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("make", "wrong", "degrees"), FORMS, ids=[m.__name__ for m, *_ in FORMS])
def test_a_diagram_means_the_same_bars_in_every_form_or_the_same_refusal(
    make, wrong, degrees, tmp_path
):
    draw, path, refused = np.random.default_rng(22), tmp_path / "bars", 0
    for _ in range(DIAGRAMS):
        bars = random_bars(draw)
        found = make(*bars, draw, path)
        assert bars_of(found) == Counter(zip(*bars, strict=True))
        if draw.integers(4) == 0:
            kind = int(draw.integers(3 if degrees else 2))
            choice = degrees if kind == 2 else wrong
            column, row = list(bars[kind]), int(draw.integers(len(bars[0])))
            column[row] = choice[draw.integers(len(choice))]
            spoilt = [*bars[:kind], column, *bars[kind + 1 :]]
            with pytest.raises(ValueError) as raised:
                make(*spoilt, draw, path)
            assert raised.type is ValueError and len(str(raised.value)) < 1000
            refused += 1
    assert refused > DIAGRAMS // 5
