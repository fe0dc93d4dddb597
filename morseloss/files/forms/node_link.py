"""The node-link JSON of networkx, which d3 draws, too: a list of nodes and one of edges.

The one idea: networkx makes a node of every unknown end of an edge, and keeps the last of parallel
edges; here that is told instead.
"""

from typing import TYPE_CHECKING, Any

from morseloss.topology.door import shown

if TYPE_CHECKING:
    import networkx

__all__ = ["node_link"]


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
        graph = networkx.node_link_graph(content, edges=edges)
    except (networkx.NetworkXError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"expected a node-link graph of networkx, got {error!r}") from None
    if graph.number_of_edges() < len(content[edges]):
        raise ValueError(
            "two edges join the same nodes, and one would be lost; set `multigraph` to true, and "
            "give each a `key` of its own"
        )
    return graph


def _name(entry: Any) -> Any:
    """Return what networkx makes of the name of a node; None where that is no name."""
    name = tuple(entry) if isinstance(entry, list) else entry
    try:
        hash(name)
    except TypeError:
        return None
    return name
