"""One graph in every form has the same bars; one wrong number is refused in every form."""

import numpy as np
import pytest

import morseloss as ml
from tests.graphs import files, forms

NO_EDGE = [forms.NAN, forms.INFINITY]  # off the diagonal of a matrix
ALONE = [entry for entry in forms.WRONG if not isinstance(entry, (list, tuple, *forms.ARRAYS))]
IN_COLUMNS = ["1.5", 1j, forms.NAN, forms.INFINITY, -forms.INFINITY, np.longdouble(1)]
FORMS = [
    *((make, forms.WRONG) for make in (forms.columns, forms.graph, forms.digraph)),
    (forms.multigraph, forms.WRONG),
    *((make, ALONE) for make in (forms.objects, forms.dense)),
    (forms.sparse, IN_COLUMNS[1:]),
    *((make, forms.IN_JSON) for make in (files.json_file, files.node_link)),
    (files.npz, [*IN_COLUMNS, None]),
    *((make, forms.IN_TEXT) for make in (files.graphml, files.matrix_market)),
]
SIMPLE = (forms.dense, forms.sparse, forms.graph, forms.digraph, files.matrix_market)
GRAPHS = 2_000


def random_graph(draw, simple):
    """Values and weights in quarters, so that every type holds them; ties, zeros and pieces."""
    n = int(draw.integers(1, 7))
    values = (draw.integers(-8, 9, n) / 4).tolist()
    edges = draw.integers(0, n, (draw.integers(0, 9), 2))
    if simple:
        edges = edges[edges[:, 0] != edges[:, 1]]
        edges = np.unique(np.sort(edges, axis=1), axis=0)
    top = np.array(values)[edges].max(axis=1, initial=-np.inf)
    weights = (top + draw.integers(0, 9, len(edges)) / 4).tolist()
    return values, edges.tolist(), weights


def spoilt(draw, values, weights, wrong, *, births_only):
    """The same with one number replaced by what is none."""
    values, weights = list(values), list(weights)
    place = int(draw.integers(len(values) + (0 if births_only else len(weights))))
    if place < len(values):
        values[place] = wrong
    else:
        weights[place - len(values)] = wrong
    return values, weights


def read(make, values, edges, weights, draw, folder):
    more = folder / "graph" if make.__module__.endswith("files") else draw
    return ml.barcode(make(values, edges, weights, more))


@pytest.mark.slow
@pytest.mark.parametrize(("make", "wrong"), FORMS, ids=[make.__name__ for make, _ in FORMS])
def test_a_graph_means_the_same_bars_in_every_form_or_the_same_refusal(make, wrong, tmp_path):
    draw, refused = np.random.default_rng(20), 0
    for _ in range(GRAPHS):
        values, edges, weights = random_graph(draw, simple=make in SIMPLE)
        bars = ml.barcode((np.array(values), np.array(edges, int).reshape(-1, 2), weights))
        again = read(make, values, edges, weights, draw, tmp_path)
        for name in ("births", "deaths", "birth_cells"):
            np.testing.assert_array_equal(getattr(again, name), getattr(bars, name))
        if draw.integers(4) == 0:
            bad = wrong[draw.integers(len(wrong))]
            births_only = make is forms.dense and any(bad is gap for gap in NO_EDGE)
            values, weights = spoilt(draw, values, weights, bad, births_only=births_only)
            with pytest.raises(ValueError) as raised:
                read(make, values, edges, weights, draw, tmp_path)
            assert raised.type is ValueError and len(str(raised.value)) < 1000
            refused += 1
    assert refused > GRAPHS // 5
