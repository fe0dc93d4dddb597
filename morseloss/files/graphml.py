"""GraphML, read and written as tables: one dict a node, one an edge.

The one idea: networkx forgets the order of edges and the direction they were given in, which a
lossless file must keep; the part of GraphML that a weighted graph needs is short. Lists (points,
peaks, paths) are JSON in a string attribute.
"""

import json
from typing import Any, BinaryIO
from xml.etree import ElementTree

from morseloss.files.tables import parsed
from morseloss.topology.door import shown

__all__ = ["read_graphml", "write_graphml"]

SPACE = "http://graphml.graphdrawing.org/xmlns"
KINDS = {float: "double", bool: "boolean", list: "string"}
LISTS = ("point", "peak", "path")
FLAGS = ("false", "true", "0", "1")
NODE_NAMES = ("value", "point")
EDGE_NAMES = ("weight", "peak", "exact", "path")


def write_graphml(file: BinaryIO, nodes: list[dict], edges: list[dict]) -> None:
    """Write nodes and edges, of which each carries the same attributes as the first one.

    Parameters
    ----------
    file : binary file
    nodes, edges : list of dict
        Floats, bools and lists by attribute; `ends` of an edge holds the rows of its nodes.
    """
    root = ElementTree.Element("graphml", xmlns=SPACE)
    keys = {}
    for owner, table in (("node", nodes), ("edge", edges)):
        for name, entry in (table[0] if table else {}).items():
            if name != "ends":
                keys[name] = f"d{len(keys)}"
                kind = {"attr.name": name, "attr.type": KINDS[type(entry)]}
                ElementTree.SubElement(root, "key", {"id": keys[name], "for": owner, **kind})
    graph = ElementTree.SubElement(root, "graph", edgedefault="undirected")
    for row, node in enumerate(nodes):
        _fill(ElementTree.SubElement(graph, "node", id=str(row)), node, keys)
    for row, edge in enumerate(edges):
        source, target = (str(end) for end in edge["ends"])
        place = {"id": str(row), "source": source, "target": target}
        _fill(ElementTree.SubElement(graph, "edge", place), edge, keys)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def read_graphml(content: bytes) -> tuple[list[dict], list[dict]]:
    """Return the nodes and edges of a GraphML file, as `write_graphml` takes them.

    Attributes of other names than `NODE_NAMES` and `EDGE_NAMES` belong to other tools and stay out.

    Raises
    ------
    ValueError
        If this is no XML or other XML, an edge names an unknown node, or an attribute cannot be
        read.
    """
    if b"<!ENTITY" in content:
        raise ValueError("an entity, which may unpack without end; write out its text")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError, RecursionError) as error:
        raise ValueError(f"no XML ({error})") from None
    graphs = root.findall(f"{{{SPACE}}}graph")
    if len(graphs) != 1 or root.tag != f"{{{SPACE}}}graphml":
        count = f"{len(graphs)} graphs" if graphs else "no graph"
        raise ValueError(
            f"XML with the root {shown(root.tag)} and {count} in it; write one graph, in the "
            f"namespace {SPACE}"
        )
    if next(graphs[0].iter(f"{{{SPACE}}}hyperedge"), None) is not None:
        raise ValueError("a hyperedge; write edges between two nodes")
    keys = list(root.iter(f"{{{SPACE}}}key"))
    node_keys, edge_keys = _Keys(keys, "node", NODE_NAMES), _Keys(keys, "edge", EDGE_NAMES)
    found = list(graphs[0].iter(f"{{{SPACE}}}node"))
    rows: dict[str | None, int] = {}
    for row, node in enumerate(found):
        if rows.setdefault(node.get("id"), row) != row or node.get("id") is None:
            raise ValueError(f"the node {shown(node.get('id'))} twice; give each its own id")
    edges = []
    for edge in graphs[0].iter(f"{{{SPACE}}}edge"):
        ends = [edge.get("source"), edge.get("target")]
        unknown = [end for end in ends if end not in rows]
        if unknown:
            raise ValueError(f"an edge to {shown(unknown[0])}, which is no node; add the node")
        edges.append({"ends": [rows[end] for end in ends], **edge_keys.attributes(edge)})
    return [node_keys.attributes(node) for node in found], edges


def _fill(element: ElementTree.Element, row: dict, keys: dict[str, str]) -> None:
    for name, entry in row.items():
        if name != "ends":
            data = ElementTree.SubElement(element, "data", key=keys[name])
            data.text = json.dumps(entry)


class _Keys:
    """The keys of a file under which the known attributes of nodes, or of edges, stand."""

    def __init__(self, keys: list[ElementTree.Element], owner: str, known: tuple[str, ...]) -> None:
        self.owner, self.kinds, self.defaults = owner, {}, {}
        for key in keys:
            name, kind = key.get("attr.name"), key.get("attr.type")
            if name in known and key.get("for", owner) in (owner, "all"):
                self.kinds[key.get("id")] = name, kind
                default = key.find(f"{{{SPACE}}}default")
                if default is not None:
                    self.defaults[name] = _read(name, kind, (default.text or "").strip())

    def attributes(self, element: ElementTree.Element) -> dict[str, Any]:
        """Return the known attributes of a node or an edge; in place of missing ones the defaults.

        Raises
        ------
        ValueError
            If it has one twice, or one that cannot be read.
        """
        found: dict[str, Any] = {}
        for data in element.findall(f"{{{SPACE}}}data"):
            name, kind = self.kinds.get(data.get("key"), (None, None))
            if name in found:
                raise ValueError(f"`{name}` twice on one {self.owner}; keep one")
            if name is not None:
                found[name] = _read(name, kind, (data.text or "").strip())
        return {**self.defaults, **found}


def _read(name: str, kind: str | None, text: str) -> Any:
    """Return an attribute in the type that the file declares; ours are lists in strings.

    Raises
    ------
    ValueError
        If it does not read so.
    """
    try:
        if name in LISTS:
            return json.loads(text)
        if name == "exact":
            words = FLAGS if kind == "boolean" else FLAGS[:2]
            return {word: bool(place % 2) for place, word in enumerate(words)}[text.lower()]
        return parsed(text)
    except (KeyError, ValueError, RecursionError):
        raise ValueError(
            f"{shown(text)} as `{name}`; write a number, true or false, or a list in JSON"
        ) from None
