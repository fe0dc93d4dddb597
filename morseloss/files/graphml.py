"""GraphML, read and written as tables: one dict a node, one an edge.

The one idea: networkx forgets the order of edges and the direction they were given in, which a
lossless file must keep; the part of GraphML that a weighted graph needs is short. Lists (points,
peaks, paths) are JSON in a string attribute.
"""

import json
from typing import Any, BinaryIO
from xml.etree import ElementTree

__all__ = ["read_graphml", "write_graphml"]

SPACE = "http://graphml.graphdrawing.org/xmlns"
KINDS = {float: "double", bool: "boolean", list: "string"}
LISTS = ("point", "peak", "path")


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


def read_graphml(file: BinaryIO) -> tuple[list[dict], list[dict]]:
    """Return the nodes and edges of a GraphML file, as `write_graphml` takes them.

    Raises
    ------
    ValueError
        If this is other XML, an edge names an unknown node, or an attribute cannot be read.
    xml.etree.ElementTree.ParseError
        If this is no XML.
    """
    root = ElementTree.parse(file).getroot()
    graph = root.find(f"{{{SPACE}}}graph")
    if graph is None:
        raise ValueError(f"XML with the root <{root.tag.split('}')[-1]}> and no graph in it")
    keys = {
        key.get("id"): (key.get("attr.name"), key.get("attr.type"))
        for key in root.iter(f"{{{SPACE}}}key")
    }
    found = list(graph.iter(f"{{{SPACE}}}node"))
    rows = {node.get("id"): row for row, node in enumerate(found)}
    edges = []
    for edge in graph.iter(f"{{{SPACE}}}edge"):
        ends = [edge.get("source"), edge.get("target")]
        unknown = [end for end in ends if end not in rows]
        if unknown:
            raise ValueError(f"an edge to {unknown[0]!r}, which is no node; add the node")
        edges.append({"ends": [rows[end] for end in ends], **_attributes(edge, keys)})
    return [_attributes(node, keys) for node in found], edges


def _fill(element: ElementTree.Element, row: dict, keys: dict[str, str]) -> None:
    for name, entry in row.items():
        if name != "ends":
            data = ElementTree.SubElement(element, "data", key=keys[name])
            data.text = json.dumps(entry)


def _attributes(element: ElementTree.Element, keys: dict) -> dict[str, Any]:
    found = {}
    for data in element.findall(f"{{{SPACE}}}data"):
        name, kind = keys.get(data.get("key"), (None, None))
        if name is not None:
            found[name] = _read(name, kind, (data.text or "").strip())
    return found


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
        if kind == "boolean" or (name == "exact" and text.lower() in ("true", "false")):
            return text.lower() in ("true", "1")
        return float(text) if name in ("value", "weight") else text
    except ValueError:
        raise ValueError(f"{text!r} as `{name}`; write a number, or a list in JSON") from None
