"""What other tools write: known by its first bytes or its names, and told the way out.

The one idea: "no such file" helps nobody who holds a file of gudhi or of PATHSAMPLE in hand. The
node-link JSON of networkx is read, by networkx.
"""

from typing import TYPE_CHECKING, Any

from morseloss.topology.door import shown

if TYPE_CHECKING:
    import networkx

__all__ = ["foreign", "node_link", "whose"]

HEAD = 4096

PICKLE = "a pickle, which may run any code and is not read; save arrays with numpy"
MAGIC = {
    b"\x89HDF": "an HDF5 file; open it with h5py",
    b"SQLite format 3": "an SQLite database; read its tables with sqlite3",
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"BZh": "a bzip2 file; unpack it first",
    b"\xfd7zXZ": "an xz file; unpack it first",
    b"\x93NUMPY": "a numpy array; give it the suffix .npy",
    b"PK\x03\x04": "a zip archive; if numpy wrote it, give it the suffix .npz",
    b"\x80\x02": PICKLE,
    b"\x80\x03": PICKLE,
    b"\x80\x04": PICKLE,
    b"\x80\x05": PICKLE,
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF",
    b"%%MatrixMarket": "a Matrix Market file; give it the suffix .mtx",
    (8067171840).to_bytes(8, "little"): "a file of DIPHA; convert it to text with its own tools",
}
PATHSAMPLE = (
    "a PATHSAMPLE database, min.data and ts.data, whose minima count from 1; with `m` and `t` "
    "from `numpy.loadtxt` of the two, `as_graph((m[:, 0], t[:, 3:5].astype(int) - 1, t[:, 0]))`"
)
ROWS = {
    2: "rows of birth and death, as Perseus or gudhi write them; save `numpy.loadtxt` of them as "
    ".npy (-1 stands for inf in Perseus)",
    3: "rows of degree, birth and death, as gudhi writes them; with `rows = numpy.loadtxt(...)`, "
    "`interop.from_giotto(rows[:, [1, 2, 0]])` is their diagram",
    6: PATHSAMPLE,
    8: PATHSAMPLE,
}
NETWORKX = "`as_graph` takes the graph"
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
    lines = head.split(b"\n")[:-1] if head.count(b"\n") else [head]
    rows = [line.split() for line in lines[:5] if line.strip()]
    if not rows or len({len(row) for row in rows}) != 1 or not all(map(_numbers, rows)):
        return ""
    return ROWS.get(len(rows[0]), "")


def foreign(content: dict[str, Any], reader: str) -> str:
    """Tell by its names what a JSON object seems to be if not for this reader, and what to do."""
    for name, seems in JSON.items():
        if name in content:
            return f"; it seems to be {seems}"
    for name, (seems, other) in OURS.items():
        if name in content and other != reader:
            return f"; it seems to be {seems}, which `{other}` reads"
    return f"; see `help(morseloss.{reader})`"


def node_link(content: dict[str, Any]) -> "networkx.Graph":
    """Return the graph of a node-link document of networkx, old (`links`) or new (`edges`).

    Raises
    ------
    ValueError
        If a node has no `id`, twice the same, or an edge does not join two of the nodes.
    """
    import networkx

    edges = "links" if "links" in content else "edges"
    for name in ("nodes", edges):
        rows = content[name]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f"expected `{name}`, a list of objects, got {shown(rows)}")
    names = [_name(node.get("id")) for node in content["nodes"]]
    known = set(names) - {None}
    if len(known) < len(names):
        raise ValueError("expected an `id` of its own of every node, got none or one twice")
    for edge in content[edges]:
        for end in ("source", "target"):
            if _name(edge.get(end)) not in known:
                raise ValueError(f"expected nodes as the ends of edges, got {shown(edge.get(end))}")
    try:
        return networkx.node_link_graph(content, edges=edges)
    except (networkx.NetworkXError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"expected a node-link graph of networkx, got {error!r}") from None


def _name(entry: Any) -> Any:
    """Return what networkx makes of the name of a node; None where that is no name."""
    name = tuple(entry) if isinstance(entry, list) else entry
    try:
        hash(name)
    except TypeError:
        return None
    return name


def _numbers(row: list[bytes]) -> bool:
    try:
        return bool([float(entry) for entry in row])
    except ValueError:
        return False
