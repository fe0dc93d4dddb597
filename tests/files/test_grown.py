import json

import pytest
import torch

import morseloss as ml
from morseloss.cli import main

CAMEL = ml.analytic.SixHumpCamel()
COLUMNS = ("points", "values", "indices", "eigenvalues", "residuals", "status")


@pytest.fixture(scope="module")
def camel():
    lowest = CAMEL.critical_points.of_index(0).take(torch.tensor([0]))
    begun = ml.Database.begun(CAMEL, lowest)
    found = ml.expand(CAMEL, begun, climbs=60, generator=torch.Generator().manual_seed(0))
    return ml.connect(CAMEL, found, 0, 1)


def same(one, other):
    parts = all(
        torch.equal(getattr(getattr(one, part), column), getattr(getattr(other, part), column))
        for part in ("minima", "passes", "lost")
        for column in COLUMNS
    )
    tables = all(
        torch.equal(getattr(one, name), getattr(other, name))
        for name in ("ends", "tried", "joined")
    )
    return parts and tables and (one.gradients, one.products) == (other.gradients, other.products)


def test_a_database_comes_back_to_the_last_bit_and_goes_on(camel, tmp_path):
    ml.save_database(camel, tmp_path / "camel.json")
    back = ml.load_database(tmp_path / "camel.json", CAMEL)
    assert same(camel, back)
    on = [
        ml.expand(CAMEL, one, climbs=20, generator=torch.Generator().manual_seed(1))
        for one in (camel, back)
    ]
    assert same(*on)


def test_a_database_without_passes_comes_back(tmp_path):
    land = ml.Quotient(ml.LennardJones(3))
    point = torch.tensor([[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5, 0.75**0.5, 0.0]], dtype=torch.float64)
    begun = ml.Database.begun(land, ml.find_minima(land, point))
    ml.save_database(begun, tmp_path / "three.json")
    back = ml.load_database(tmp_path / "three.json", land)
    assert same(begun, back)
    assert repr(back.minima.space) == repr(land.space)


def test_its_graph_is_read_by_other_programs(camel, tmp_path):
    ml.save_graph(camel.graph(), tmp_path / "min.data")
    back = ml.load_graph(tmp_path / "min.data")
    assert sorted(back.values) == sorted(camel.graph().values)


def test_a_database_of_another_landscape_is_refused(camel, tmp_path):
    ml.save_database(camel, tmp_path / "camel.json")
    with pytest.raises(ValueError, match=r"camel.json: .*are not of Himmelblau"):
        ml.load_database(tmp_path / "camel.json", ml.analytic.Himmelblau())
    with pytest.raises(ValueError, match=r"camel.json: .*must hold 3 numbers for DoubleWell"):
        ml.load_database(tmp_path / "camel.json", ml.analytic.DoubleWell(3))


@pytest.mark.parametrize(
    ("table", "name", "wrong", "told"),
    [
        ("passes", "first", 17, "must name minima from 0"),
        ("passes", "second", None, "attribute `second`"),
        ("minima", "value", "low", "`value`"),
        ("minima", "point", [1.0], "point"),
        ("minima", "status", 77, "must be one of"),
        ("minima", "climbs", 0.5, "`climbs`"),
        ("minima", "colour", "red", "colour"),
    ],
)
def test_damaged_databases_are_refused_by_name(camel, tmp_path, table, name, wrong, told):
    path = tmp_path / "camel.json"
    ml.save_database(camel, path)
    content = json.loads(path.read_text())
    content[table][0][name] = wrong
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f"camel.json: .*{told}"):
        ml.load_database(path, CAMEL)


def test_what_is_no_database_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must be a Database"):
        ml.save_database(CAMEL.critical_points, tmp_path / "x.json")
    with pytest.raises(ValueError, match=r"ends in \.json"):
        ml.load_database(tmp_path / "x.txt", CAMEL)
    (tmp_path / "x.json").write_text('{"minima": []}')
    with pytest.raises(ValueError, match=r"x.json: expected `passes`"):
        ml.load_database(tmp_path / "x.json", CAMEL)


def test_the_graph_of_a_database_needs_no_landscape(camel, tmp_path, capsys):
    ml.save_database(camel, tmp_path / "camel.json")
    assert ml.load_graph(tmp_path / "camel.json") == camel.graph()
    assert main(["barcode", str(tmp_path / "camel.json"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["bars"]) == len(camel.minima)


def test_a_damaged_database_is_no_graph(camel, tmp_path):
    path = tmp_path / "camel.json"
    ml.save_database(camel, path)
    content = json.loads(path.read_text())
    for table, name, value in (("passes", "first", 99), ("minima", "point", None)):
        broken = json.loads(json.dumps(content))
        broken[table][0][name] = value
        path.write_text(json.dumps(broken))
        with pytest.raises(ValueError, match=r"camel\.json: "):
            ml.load_graph(path)
