"""What other tools write: known by its first bytes or its names, and told the way out.

The one idea: "no such file" helps nobody who holds a file of gudhi or of PATHSAMPLE in hand.
"""

from typing import Any

__all__ = ["HEAD", "MAGIC", "foreign", "rows_in", "whose"]

HEAD = 4096

PICKLE = "a pickle, which may run any code and is not read; save arrays with numpy"
MAGIC = {
    b"\x89HDF": "an HDF5 file; open it with h5py",
    b"SQLite format 3": "an SQLite database, which `load_graph` reads if pele wrote it",
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"BZh": "a bzip2 file; unpack it first",
    b"\xfd7zXZ": "an xz file; unpack it first",
    b"\x93NUMPY": "a numpy array; of births and deaths `load_diagram` reads it",
    b"PK\x03\x04": "a zip archive; `load_graph` reads it if `save_graph` wrote it",
    b"\x80\x02": PICKLE,
    b"\x80\x03": PICKLE,
    b"\x80\x04": PICKLE,
    b"\x80\x05": PICKLE,
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"%PDF": "a PDF",
    b"%%MatrixMarket": "a Matrix Market file, which `load_graph` reads",
    (8067171840).to_bytes(8, "little"): "a file of DIPHA, whose diagrams `load_diagram` reads",
}
NETWORKX = "`as_graph` takes the graph"
WORDS = {
    b"<gexf": f"a GEXF file; read it with `networkx.read_gexf`, {NETWORKX}",
    b"<VTKFile": "a file of VTK or TTK; read it with vtk, and pass the arrays",
    b"# vtk": "a file of VTK or TTK; read it with vtk, and pass the arrays",
    b"<svg": "a picture",
    b"<graphml": "a GraphML file, which `load_graph` reads",
    b"*vertices": f"a Pajek file; read it with `networkx.read_pajek`, {NETWORKX}",
    b"graph [": f"a GML file; read it with `networkx.read_gml`, {NETWORKX}",
    b"graph {": f"a DOT file; read it with `networkx.nx_pydot.read_dot`, {NETWORKX}",
    b"{'weight'": "an edge list of networkx; use `networkx.write_weighted_edgelist`",
    b"persistence intervals in dim": "what ripser prints, which `load_diagram` reads",
}
MINIMA = "a database of minima, whose two files `load_graph` reads as min.data and ts.data"
ROWS = {
    2: "rows of birth and death, as Perseus and gudhi write them, which `load_diagram` reads",
    3: "rows of degree, birth and death, as gudhi writes them, which `load_diagram` reads, or "
    "an edge list, which `load_graph` reads",
    4: "rows of field, degree, birth and death, as gudhi writes them, which `load_diagram` reads",
    6: f"min.data of PATHSAMPLE, {MINIMA}",
    8: f"ts.data of PATHSAMPLE, {MINIMA}",
}
JSON = {
    "elements": f"a graph of cytoscape; read it with `networkx.cytoscape_graph`, {NETWORKX}",
    "adjacency": f"a graph of networkx as adjacency lists; `networkx.adjacency_graph`, {NETWORKX}",
    "children": f"a tree of networkx; read it with `networkx.tree_graph`, {NETWORKX}",
}
OURS = {
    "minima": ("a graph of minima", "load_graph"),
    "critical_points": ("a Morse complex", "load_complex"),
    "births": ("a diagram", "load_diagram"),
    "terms": ("a polynomial", "load_polynomial"),
    "nodes": ("a node-link graph of networkx", "load_graph"),
}


def whose(head: bytes) -> str:
    """Tell by its first bytes what a file seems to be and what to do with it; "" if unknown."""
    for magic, seems in MAGIC.items():
        if head.startswith(magic):
            return seems
    text = b" ".join(head.split()).replace(
        b"*Vertices", b"*vertices"
    )  # lines break where they like
    for word, seems in WORDS.items():
        if word in text:
            return seems
    rows = rows_in(head)
    if not rows or len({len(row) for row in rows}) != 1 or not all(map(_numbers, rows)):
        return ""
    return ROWS.get(len(rows[0]), "")


def rows_in(head: bytes, most: int = 5) -> list[list[bytes]]:
    """Return the words of the first whole lines which are neither empty nor comments."""
    lines = head.split(b"\n")
    lines = lines[:-1] if len(head) >= HEAD and len(lines) > 1 else lines
    rows = [line.split() for line in lines if line.strip() and not line.lstrip().startswith(b"#")]
    return rows[:most]


def foreign(content: dict[str, Any], reader: str) -> str:
    """Tell by its names what a JSON object seems to be if not for this reader, and what to do."""
    for name, seems in JSON.items():
        if name in content:
            return f"; it seems to be {seems}"
    for name, (seems, other) in OURS.items():
        if name in content and other != reader:
            return f"; it seems to be {seems}, which `{other}` reads"
    return f"; see `help(morseloss.{reader})`"


def _numbers(row: list[bytes]) -> bool:
    try:
        return bool([float(entry) for entry in row])
    except ValueError:
        return False
