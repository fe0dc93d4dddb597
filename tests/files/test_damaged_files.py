"""Damaged and hostile files: read, or refused in one sentence that begins with their name."""

import gzip
import io
import json
import os
import pickle
import resource
import struct
import time
import zipfile

import numpy as np
import pytest

import morseloss as ml
from tests.files import good

DAMAGED = 300  # of each of sixteen kinds
TOKENS = [
    *(b"nan", b"NaN", b"Infinity", b"-1e999", b"1e999", b"9007199254740993", b"9" * 5000, b"true"),
    *(b"null", b'""', b"[", b"]", b"{", b"}", b"[" * 3000, b",", b":", b'"', b"<", b">", b"&lt;"),
    *(b"<!ENTITY a 'b'>", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"1.9", b"-7", b"1_0"),
    *(b'"value": 1,', b"PK\x03\x04", b"\x93NUMPY", b"'shape': (100000000000,)", b"<data/>", b"x"),
]


def damaged(content, draw):
    """The same bytes with one to three faults."""
    for _ in range(draw.integers(1, 4)):
        start, stop = sorted(draw.integers(0, len(content) + 1, 2).tolist())
        stop = min(stop, start + int(draw.integers(1, 64)))
        part, kind = content[start:stop], draw.integers(6)
        if kind == 0:
            content = content[:start] + content[stop:]
        elif kind == 1:
            content = content[:start] + part + content[start:]
        elif kind == 2:
            content = content[:start] + draw.bytes(len(part)) + content[stop:]
        elif kind == 3:
            content = content[:start]
        else:
            token = TOKENS[draw.integers(len(TOKENS))]
            content = content[:start] + token + content[stop if kind == 4 else start :]
    return content


def looked_at(path, load):
    """Whether the file was read; what is refused is refused as it should, soon and in one line."""
    begin = time.monotonic()
    try:
        load(path)
    except ValueError as error:
        assert type(error) is ValueError
        beside = ("points.min", "ts.data") if path.name == "min.data" else ()
        names = [str(path.with_name(name)) for name in (path.name, *beside)]
        assert str(error).startswith(tuple(names)), error
        assert len(str(error)) < 1600 and "Traceback" not in str(error)
        return False
    finally:
        assert time.monotonic() - begin < 10
    return True


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.slow
def test_damaged_files_are_read_or_refused_by_name(tmp_path):
    draw, before, read = np.random.default_rng(21), peak(), 0
    for path, load in good.write(tmp_path):
        content = path.read_bytes()
        assert looked_at(path, load)
        for _ in range(DAMAGED):
            path.write_bytes(damaged(content, draw))
            read += looked_at(path, load)
    assert DAMAGED / 20 < read < 16 * DAMAGED / 10  # a tenth of all at most
    assert peak() - before < 2**20  # KiB


def npy_header(shape, descr="<f8"):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (117 - len(text)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def npz_of(**members):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return whole.getvalue()


def bomb():
    """Two gigabytes of zeros in two megabytes."""
    zeros = bytes(2**24)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("values.npy", "w", force_zip64=True) as member:
            member.write(npy_header((2**28,)))
            for _ in range(2**31 // len(zeros)):
                member.write(zeros)
        for name in ("edges", "weights"):
            archive.writestr(f"{name}.npy", npy_header((0,)))
    return whole.getvalue()


def twice(name):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for _ in range(2):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("warnings.warn", lambda *_, **__: None)
                archive.writestr(f"{name}.npy", npy_header((0,)))
    return whole.getvalue()


def xml(inside, head=""):
    return (
        f'<?xml version="1.0"?>{head}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        f'<key id="v" attr.name="value"/><key id="e" for="edge" attr.name="exact"/>'
        f'<key id="w" for="edge" attr.name="weight"/><key id="p" attr.name="point"/>{inside}'
        "</graphml>"
    )


NODE = '<node id="a"><data key="v">0</data></node>'
TWICE = NODE.replace("</n", '<data key="v">1</data></n')
LAUGHS = "".join(f'<!ENTITY l{k + 1} "{f"&l{k};" * 10}">' for k in range(12))
OK = {"minima": [{"value": 0}], "edges": []}
HOSTILE = [
    ("a.npy", npy_header((10**14,)) + bytes(24), "promises 800000000000000 bytes"),
    ("a.npy", npy_header((-1, 2)), "a shape of"),
    ("a.npy", npy_header((1, 2), "|O") + pickle.dumps([1]), "Object arrays"),
    ("a.npy", b"\x93NUMPY\x01\x00\x14\x00{'descr': '<f8', \n  ", "write it again"),
    ("a.npy", npy_header((1, 2), "<c16") + bytes(32), "real numbers, got dtype complex128"),
    ("a.npy", b"", "expected an array"),
    ("a.npz", b"PK\x03\x04" + bytes(99), "got no npz"),
    ("a.npz", twice("values"), "each once"),
    ("a.npz", npz_of(values=npy_header((10**14,)), edges=b"", weights=b""), "promises"),
    ("a.npz", npz_of(values=b"no array", edges=b"", weights=b""), "save it again"),
    ("a.npz", npz_of(H0=npy_header((0,))), r"the members \['H0'\]"),
    ("a.graphml", xml(f"<graph>{NODE}</graph>", f"<!DOCTYPE l [{LAUGHS}]>"), "an entity"),
    ("a.graphml", xml(f"<graph>{NODE}{NODE}</graph>"), "the node 'a' twice"),
    ("a.graphml", xml(f"<graph>{NODE}</graph><graph/>"), "2 graphs"),
    ("a.graphml", xml(f"<graph>{NODE}<hyperedge/></graph>"), "a hyperedge"),
    (
        "a.graphml",
        xml(f"<graph>{TWICE}</graph>"),
        "twice",
    ),
    ("a.graphml", xml(f"<graph>{NODE.replace('>0<', '>0,5<')}</graph>"), "'0,5' as `value`"),
    ("a.graphml", '<?xml version="1.0" encoding="nonsense"?><a/>', "unknown encoding"),
    ("a.graphml", xml("<a>" * 10**5 + "</a>" * 10**5), "no graph"),
    ("a.json", "[" * 10**6, "got no JSON"),
    ("a.json", '{"minima": [], "minima": []}', "the name 'minima' twice"),
    ("a.json", json.dumps(OK | {"points": []}), r"only the names .* got \['points'\]"),
    ("a.json", json.dumps(OK | {"version": True}), "expected version 1.*got True"),
    ("a.json", json.dumps({str(k): 0 for k in range(10**4)}), r"10000 in all"),
    ("a.json", json.dumps(OK)[:-1] + ', "x": ' + "9" * 5000 + "}", "got no JSON"),
    ("a.json", json.dumps({"minima": [{"value": "x" * 10**6}], "edges": []}), "got 'xxxx"),
    ("a.json", "", "an empty file"),
    ("a.json", "{}," * 10**7, "MiB of objects"),
    ("a.json", json.dumps({"nodes": [{"id": 1}, {"id": 1.0}], "links": []}), "one twice"),
    ("a.json", json.dumps({"nodes": [{"id": []}], "links": []}), "has no attribute `value`"),
    ("a.json", json.dumps({"nodes": [{"id": {}}], "links": []}), "got none"),
    ("a.json", json.dumps({"nodes": [], "links": [{"source": 0, "target": 1}]}), "ends of edges"),
    ("a.json", json.dumps({"nodes": 3, "edges": []}), "a list of objects, got 3"),
    ("a.json", json.dumps({"elements": {}}), "`networkx.cytoscape_graph`"),
    ("a.json", json.dumps({"critical_points": []}), "a Morse complex, which `load_complex` reads"),
    ("a.csv", "birth,death\n0," + "1" * 200_000 + "\n", "field larger"),
    ("a.csv", "birth,death\n0,1\n".encode("utf-16"), "UTF-16; save it in UTF-8"),
    ("a.csv", "birth,death,birth\n0,1,0\n", "each column once"),
    ("a.csv", "birth,death,dimension\n0,1,0\n", r"`degree` for the dimension say, got \['dim"),
    ("a.csv", "birth,death,degree\n0,1,1.9\n", "`degrees` must hold integers, got 1.9"),
    ("a.csv", "birth,death\n1_0,2\n", "got '1_0'"),
    ("a.csv", "0 0.5 inf\n1.5 1 3\n", "1.5 as the degree in row 1; .*`interop.from_giotto`"),
    ("a.csv", ",birth,death\n5,0.0,inf\n", "only the names"),
    ("a.csv", "\n\n", "an empty file"),
    ("a.mtx", good.MATRIX.replace("3 3 5", "3 3 4"), "as entry 5 of 4"),
    ("a.mtx", good.MATRIX.replace("3 3 5", f"3 3 {10**15}"), f"5 entries of {10**15}"),
    ("a.mtx", good.MATRIX.replace("3 3 5", f"{10**12} {10**12} 5"), "rows have none"),
    ("a.mtx", good.MATRIX.replace("real", "complex"), "'coordinate complex symmetric'"),
    ("a.mtx", good.MATRIX.replace("3 2 0.75", "4 2 0.75"), "outside a matrix of 3 rows"),
    ("a.mtx", good.MATRIX.replace("3 2 0.75", "3 2 0,75"), "got '0,75'"),
    ("a.mtx", good.MATRIX.replace("3 2 0.75", "2 1 0.75"), r"one entry at a place, .* \(1, 0\)"),
    ("a.mtx", "%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n", "symmetric"),
    ("a.data", " -12.3 71.1 1 10.1 11.2 12.3\n", "seems to be min.data of PATHSAMPLE"),
    ("a.data", " -11.0 68.1 1 1 2 10.0 11.0 12.0\n", "seems to be ts.data of PATHSAMPLE"),
    ("a.pers", "0 0 inf\n0 1 3\n", "gudhi writes them, which `load_diagram` reads"),
    ("a.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file; open it with h5py"),
    ("a.gz", gzip.compress(b"{}", mtime=0), "a gzip file; unpack it first"),
    ("a.pkl", pickle.dumps([1]), "a pickle, which may run any code"),
    ("a", "%%MatrixMarket matrix", "no first line such as %%MatrixMarket matrix coordinate"),
    ("a.txt", "words", "got a text of no form that is known; if it is one, rename it"),
    ("a.txt", "graph [\n  node [\n", "a GML file; read it with `networkx.read_gml`"),
    ("a.gml", 'Creator "igraph"\nVersion 1\ngraph\n[\n', "a GML file; read it with"),
    ("a.net", "*Vertices 2\n*Edges\n1 2 3\n", "a Pajek file; read it with `networkx.read_pajek`"),
    ("a.net", "*vertices 2\n1 a 0.0 0.0 ellipse\n", "a Pajek file; read it with"),
    ("a.txt", "a b {'weight': 3.0}\n", "use `networkx.write_weighted_edgelist`"),
    ("a.bin", b"\x01\x00\x02", "got bytes of no form"),
    ("a.db", b"SQLite format 3\x00" + bytes(99), "a database of pele, got"),
    ("a.xml", '<gexf xmlns="x"/>', "a GEXF file; read it with `networkx.read_gexf`"),
]


@pytest.mark.parametrize(("name", "content", "message"), HOSTILE)
def test_hostile_and_foreign_files_are_refused_with_a_way_out(name, content, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    load = ml.load_diagram if name.endswith((".npy", ".csv")) else ml.load_graph
    before = peak()
    assert not looked_at(path, load)
    with pytest.raises(ValueError, match=message):
        load(path)
    assert peak() - before < 2**20


@pytest.mark.slow
def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.npz"
    path.write_bytes(bomb())
    before = peak()
    assert not looked_at(path, ml.load_graph)
    with pytest.raises(ValueError, match=r"values\.npy, that unpacks to 2147483776; compress less"):
        ml.load_graph(path)
    assert peak() - before < 2**17


@pytest.mark.parametrize("name", ["a.json", "a.npz", "a.graphml", "a.mtx", "b.csv", "b.npy"])
def test_what_is_no_file_is_not_waited_for(name, tmp_path):
    path = tmp_path / name
    load = ml.load_graph if name.startswith("a") else ml.load_diagram
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        load(path)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(ValueError, match="got a pipe or a device"):
        load(path)


def test_tables_with_a_default_and_without_a_declared_type_are_read(tmp_path):
    path = tmp_path / "a.graphml"
    nodes = '<node id="a"/><node id="b"><data key="v">1.5</data></node>'
    edge = '<edge source="a" target="b"><data key="w">2</data></edge>'
    text = xml(f"<graph>{nodes}{edge}</graph>")
    path.write_text(text.replace('"value"/>', '"value"><default>-1</default></key>'))
    graph = ml.load_graph(path)
    assert (graph.values.tolist(), graph.weights.tolist()) == ([-1.0, 1.5], [2.0])


@pytest.mark.parametrize("edges", ["edges", "links"])
def test_node_link_json_of_networkx_is_read_whole(edges, tmp_path):
    import networkx

    theirs = networkx.node_link_data(good.GRAPH.to_networkx(), edges=edges)
    path = tmp_path / "link.json"
    path.write_text(json.dumps(theirs))
    graph = ml.load_graph(path)
    assert ml.barcode(graph).deaths.tolist() == ml.barcode(good.GRAPH).deaths.tolist()
    np.testing.assert_array_equal(graph.points, good.GRAPH.points)
    assert len(graph.paths) == 3 and sorted(graph.exact) == [False, True, True]


def test_both_forms_of_matrix_market_are_read(tmp_path):
    path = tmp_path / "a.mtx"
    path.write_text(good.MATRIX)
    assert ml.barcode(ml.load_graph(path)).deaths.tolist() == [np.inf, 0.75, 0.0]
    path.write_text("%%MatrixMarket matrix array real symmetric\n2 2\n0\n3\n1\n")
    assert ml.barcode(ml.load_graph(path)).deaths.tolist() == [np.inf, 3.0]
    path.write_text("%%MatrixMarket matrix array integer general\n2 2\n0\n3\n3\n1\n")
    assert ml.barcode(ml.load_graph(path)).deaths.tolist() == [np.inf, 3.0]
