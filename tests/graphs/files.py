"""The forms of a graph that are files: written by hand, read by `load_graph`."""

import json

import numpy as np

import morseloss as ml

KEY = '<key id="{0}" for="{1}" attr.name="{0}" attr.type="double"/>'
HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'


def json_file(values, edges, weights, path):
    minima = [{"value": entry} for entry in values]
    rows = [{"ends": [u, v], "weight": entry} for (u, v), entry in zip(edges, weights, strict=True)]
    path = path.with_suffix(".json")
    path.write_text(json.dumps({"minima": minima, "edges": rows}))
    return ml.load_graph(path)


def node_link(values, edges, weights, path):
    nodes = [{"id": row, "value": entry, "x": 1} for row, entry in enumerate(values)]
    links = [
        {"source": u, "target": v, "weight": entry, "key": row}
        for row, ((u, v), entry) in enumerate(zip(edges, weights, strict=True))
    ]
    path = path.with_suffix(".json")
    path.write_text(json.dumps({"multigraph": True, "nodes": nodes, "links": links}))
    return ml.load_graph(path)


def npz(values, edges, weights, path):
    path = path.with_suffix(".npz")
    ends = np.array(edges, np.int64).reshape(-1, 2)
    np.savez(path, values=np.array(values), edges=ends, weights=np.array(weights))
    return ml.load_graph(path)


def graphml(values, edges, weights, path):
    nodes = [
        f'<node id="n{row}"><data key="value">{entry}</data></node>'
        for row, entry in enumerate(values)
    ]
    links = [
        f'<edge source="n{u}" target="n{v}"><data key="weight">{entry}</data></edge>'
        for (u, v), entry in zip(edges, weights, strict=True)
    ]
    keys = KEY.format("value", "node") + KEY.format("weight", "edge")
    path = path.with_suffix(".graphml")
    text = f"{HEAD}{keys}<graph edgedefault='directed'>{''.join(nodes + links)}</graph></graphml>"
    path.write_text(text, encoding="utf-8")
    return ml.load_graph(path)


def matrix_market(values, edges, weights, path):
    entries = [f"{row + 1} {row + 1} {entry}" for row, entry in enumerate(values)]
    entries += [
        f"{max(u, v) + 1} {min(u, v) + 1} {entry}"
        for (u, v), entry in zip(edges, weights, strict=True)
    ]
    path = path.with_suffix(".mtx")
    sizes = f"{len(values)} {len(values)} {len(entries)}"
    head = "%%MatrixMarket matrix coordinate real symmetric"
    path.write_text("\n".join([head, "% made up", sizes, *entries, ""]), encoding="utf-8")
    return ml.load_graph(path)
