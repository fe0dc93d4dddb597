"""GraphML, read and written as tables: one dict a node, one an edge.

The one idea: networkx forgets the order of edges and the direction they were given in, which a
lossless file must keep; the part of GraphML that a weighted graph needs is short. Lists (points,
peaks, paths) are JSON in a string attribute. Names stand in `name` (igraph), `label` (Gephi), or in
a label that is drawn (yEd).
"""

import json
from typing import Any, BinaryIO
from xml.etree import ElementTree

from morseloss.files.tables import parsed
from morseloss.graphs.names import NAMES, chosen
from morseloss.topology.door import listed, shown

__all__ = ["read_graphml", "write_graphml"]

SPACE = "http://graphml.graphdrawing.org/xmlns"
KINDS = {float: "double", bool: "boolean", list: "string", str: "string"}
EDGE_LABEL = "Edge Label"  # of Gephi
DRAWN = ("NodeLabel", "EdgeLabel")  # of yEd, in its own namespace
LISTS = ("point", "peak", "path")
FLAGS = ("false", "true", "0", "1")
NODE_NAMES = ("value", "point", "name")
EDGE_NAMES = ("weight", "peak", "exact", "path", "name")


def write_graphml(file: BinaryIO, nodes: list[dict], edges: list[dict]) -> None:
    """Write nodes and edges, of which each carries the same attributes as the first one.

    Parameters
    ----------
    file : binary file
    nodes, edges : list of dict
        Floats, bools, lists and texts by attribute; `ends` of an edge holds the rows of its nodes.
    """
    root = ElementTree.Element("graphml", xmlns=SPACE)
    keys: dict[str, dict[str, str]] = {"node": {}, "edge": {}}
    for owner, table in (("node", nodes), ("edge", edges)):
        for name, entry in (table[0] if table else {}).items():
            if name != "ends":
                keys[owner][name] = key = f"d{sum(map(len, keys.values()))}"
                kind = {"attr.name": name, "attr.type": KINDS[type(entry)]}
                ElementTree.SubElement(root, "key", {"id": key, "for": owner, **kind})
    graph = ElementTree.SubElement(root, "graph", edgedefault="undirected")
    for row, node in enumerate(nodes):
        _fill(ElementTree.SubElement(graph, "node", id=str(row)), node, keys["node"])
    for row, edge in enumerate(edges):
        source, target = (str(end) for end in edge["ends"])
        place = {"id": str(row), "source": source, "target": target}
        _fill(ElementTree.SubElement(graph, "edge", place), edge, keys["edge"])
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def read_graphml(
    content: bytes, value: str = "value", weight: str = "weight"
) -> tuple[list[dict], list[dict]]:
    """Return the nodes and edges of a GraphML file, as `write_graphml` takes them.

    Attributes of other names than `NODE_NAMES` and `EDGE_NAMES` belong to other tools and stay out.
    A node which has no name of its own is called by its id, unless all ids only count.

    Parameters
    ----------
    content : bytes
        The file.
    value, weight : str
        What these two attributes are called in it.

    Raises
    ------
    ValueError
        If this is no XML or other XML, an edge names an unknown node, or an attribute cannot be
        read.
    """
    root, graph = _graph_in(content)
    keys = list(root.iter(f"{{{SPACE}}}key"))
    node_keys = _Keys(keys, "node", {name: name for name in NODE_NAMES[1:]} | {value: "value"})
    edge_keys = _Keys(keys, "edge", {name: name for name in EDGE_NAMES[1:]} | {weight: "weight"})
    found = list(graph.iter(f"{{{SPACE}}}node"))
    rows: dict[str | None, int] = {}
    for row, node in enumerate(found):
        if rows.setdefault(node.get("id"), row) != row or node.get("id") is None:
            raise ValueError(f"the node {shown(node.get('id'))} twice; give each its own id")
    edges = []
    for edge in graph.iter(f"{{{SPACE}}}edge"):
        ends = [edge.get("source"), edge.get("target")]
        unknown = [end for end in ends if end not in rows]
        if unknown:
            raise ValueError(f"an edge to {shown(unknown[0])}, which is no node; add the node")
        edges.append({"ends": [rows[end] for end in ends], **edge_keys.attributes(edge)})
    nodes = [node_keys.attributes(node) for node in found]
    node_keys.look_for("value", value, nodes)
    edge_keys.look_for("weight", weight, edges)
    names = chosen([node.get("name") for node in nodes], list(rows))
    for row, node in enumerate(nodes):
        node.pop("name", None)
        node |= {} if names is None else {"name": names[row]}
    if any(edge.get("name") for edge in edges):
        edges = [{"name": "", **edge} for edge in edges]
    return nodes, edges


def _graph_in(content: bytes) -> tuple[ElementTree.Element, ElementTree.Element]:
    """Return the root of a GraphML file, and the one graph in it.

    Raises
    ------
    ValueError
        If this is no XML or other XML, there is more than one graph, or edges join more than two.
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
    return root, graphs[0]


def _fill(element: ElementTree.Element, row: dict, keys: dict[str, str]) -> None:
    for name, entry in row.items():
        if name != "ends":
            data = ElementTree.SubElement(element, "data", key=keys[name])
            data.text = entry if isinstance(entry, str) else json.dumps(entry)


class _Keys:
    """The keys of a file under which the known attributes of nodes, or of edges, stand."""

    def __init__(self, keys: list[ElementTree.Element], owner: str, known: dict[str, str]) -> None:
        self.owner, self.kinds, self.defaults = owner, {}, {}
        labels = [name for name in (*NAMES, EDGE_LABEL) if name not in known or name == "name"]
        self.labels: dict[str | None, int] = {}
        self.given = []
        for key in keys:
            given, kind = key.get("attr.name"), key.get("attr.type")
            if key.get("for", owner) not in (owner, "all"):
                continue
            self.given += [given] if given else []
            if given in labels:
                self.labels[key.get("id")] = labels.index(given)
            elif given in known:
                name = known[given]
                self.kinds[key.get("id")] = name, kind
                default = key.find(f"{{{SPACE}}}default")
                if default is not None:
                    self.defaults[name] = _read(name, kind, (default.text or "").strip())

    def look_for(self, role: str, name: str, table: list[dict]) -> None:
        """Pass a table whose rows have the attribute, or whose file declares none at all.

        Raises
        ------
        ValueError
            If it declares others only.
        """
        declared = {known for known, _ in self.kinds.values()}
        if table and self.given and role not in declared:
            raise ValueError(
                f"no attribute `{name}` of {self.owner}s, but {listed(self.given)}; name the one "
                f'that holds it, `load_graph(path, {role}="energy")` say'
            )

    def attributes(self, element: ElementTree.Element) -> dict[str, Any]:
        """Return the known attributes of a node or an edge; in place of missing ones the defaults.

        Raises
        ------
        ValueError
            If it has one twice, or one that cannot be read.
        """
        found: dict[str, Any] = {}
        called: dict[int, str] = {}
        for data in element.findall(f"{{{SPACE}}}data"):
            key, text = data.get("key"), (data.text or "").strip()
            name, kind = self.kinds.get(key, (None, None))
            if name in found:
                raise ValueError(f"`{name}` twice on one {self.owner}; keep one")
            if name is not None:
                found[name] = _read(name, kind, text)
            elif key in self.labels and text:
                called[self.labels[key]] = text
            elif key is not None and not called:
                called |= {len(NAMES) + 1: drawn for drawn in _drawn(data)}
        text = called[min(called)] if called else ""
        name = {"name": text if text.isprintable() else " ".join(text.split())} if text else {}
        return {**self.defaults, **found, **name}


def _drawn(data: ElementTree.Element) -> list[str]:
    """Return the label that yEd draws at a node or an edge, if there is one."""
    texts = [(part.text or "").strip() for part in data.iter() if part.tag.endswith(DRAWN)]
    return [text for text in texts if text][:1]


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
