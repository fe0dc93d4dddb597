r"""
The canonical form, as matrices
===============================

A basis that respects the order of the values turns the boundary of a Morse complex into a matching:
its pairs are the bars (Barannikov 1994). Here are the three matrices, exact numbers all of them,
and two complexes whose bars depend on the field.
"""

import matplotlib.pyplot as plt
import numpy as np

import morseloss as ml

land = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -1.5, (1, 1): 0.3, (1, 0): 0.1})
complex_ = ml.morse_complex(land, ml.critical_points(land))
form = complex_.canonical_form()
print(complex_, form, sep="\n")

# %%
# Rows and columns in the order of the filtration. A column of the boundary holds the signed flow
# lines of one critical point. The basis is upper triangular: a critical point is changed by lower
# ones only. In it each column of the boundary has at most one entry, and so has each row.

order = form.order
place = np.ix_(order, order)
boundary = complex_.boundary.toarray()[place].astype(object)
basis, matching = form.basis_matrix()[place], form.matching_matrix()[place]

fig, axes = plt.subplots(1, 3, figsize=(10, 3.9))
titles = r"boundary $\partial$", r"basis $S$", r"$S^{-1}\partial S$: the matching"
for ax, matrix, title in zip(axes, (boundary, basis, matching), titles, strict=True):
    ax.imshow(matrix.astype(float), cmap="PuOr", vmin=-2, vmax=2)
    for row, column in zip(*np.nonzero(matrix), strict=True):
        ax.text(column, row, f"{matrix[row, column]:d}", ha="center", va="center")
    labels = [f"{cell}" for cell in order]
    ax.set_xticks(range(len(order)), labels)
    ax.set_yticks(range(len(order)), labels)
    ax.spines[["top", "right"]].set_visible(True)
    ax.set_title(title)
    ax.set_xlabel("critical point")

assert (np.tril(basis, -1) == 0).all() and (np.diag(basis) != 0).all()
assert (boundary @ basis == basis @ matching).all()
assert matching.sum(0).max() == matching.sum(1).max() == 1

# %%
# The basis is not unique, the matching is. It is decided by ranks of corners of the boundary, which
# no triangular change of basis alters: the pairs with birth after i and death up to j number the
# rank of the rows after i and the columns up to j.

for i in range(len(order)):
    for j in range(len(order)):
        corner = boundary[i + 1 :, : j + 1].astype(float)
        rank = np.linalg.matrix_rank(corner) if corner.size else 0
        assert matching[i + 1 :, : j + 1].sum() == rank

# %%
# Fields. The projective plane is a disc whose edge runs twice around a circle. Over the rationals
# the disc closes the circle; modulo 2 it closes nothing.

plane = ml.MorseComplex.from_matrices([[0.0], [1.0], [2.0]], [[[0]], [[2]]])
print("projective plane, Betti numbers:")
for p in (0, 2, 3):
    print(f"  {plane.canonical_form(p)}: {plane.canonical_form(p).betti}")
assert plane.canonical_form(0).betti == (1, 0, 0)
assert plane.canonical_form(2).betti == (1, 1, 1)

# %%
# Torsion may stay invisible in every Betti number and still move bars. A Möbius band is a disc
# glued along its edge and twice along its core; let the edge (1) be older than the core (2). Over
# the rationals the disc (3) ends the younger of the two, the core. Modulo 2 the core cancels, and
# the disc ends the edge. Such a band lies in three-dimensional space: bars of degree 1 may depend
# on the field there, while on the line and in the plane they cannot.

band = ml.MorseComplex.from_matrices([[0.0], [1.0, 2.0], [3.0]], [[[0, 0]], [[1], [-2]]])
fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True)
for ax, p, field in zip(axes, (0, 2), ("rationals", "integers modulo 2"), strict=True):
    ml.plot.barcode(band.diagram(p), ax=ax)
    ax.set_xlabel(f"critical point, over the {field}")
    assert band.canonical_form(p).betti == (1, 1, 0)
assert band.canonical_form(0).pairs.tolist() == [[2, 3]]
assert band.canonical_form(2).pairs.tolist() == [[1, 3]]

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/canonical_form.png'
