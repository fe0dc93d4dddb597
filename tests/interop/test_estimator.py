"""`LossBarcode` is an estimator of scikit-learn's, and a step before other libraries' vectors."""

import warnings

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import morseloss as ml
from morseloss.interop import LossBarcode, pairwise_distances
from tests.topology.graphs import random_graph

TRIPLE = ([0.0, 2.0, 1.0], [[0, 1], [1, 2], [0, 2]], [3.0, 4.0, 9.0])
MATRIX = np.array([[0.0, 3.0, 9.0], [3.0, 2.0, 4.0], [9.0, 4.0, 1.0]])
BARS = [[1.0, 4.0], [2.0, 3.0]]
# what scikit-learn asks of tables of a fixed width, and of its own kinds of errors
NOT_FOR_GRAPHS = {"check_n_features_in", "check_n_features_in_after_fitting", "check_dtype_object"}
# what compares outputs as arrays of one shape, which diagrams are not: asked of their sums
OF_ARRAYS = {
    "check_pipeline_consistency",
    "check_estimators_pickle",
    "check_transformer_data_not_an_array",
    "check_transformer_general",
    "check_transformers_unfitted_stateless",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
}


class Summed(LossBarcode):
    """Number and total length of the bars, in an array."""

    def transform(self, X):
        return np.array([[len(bars), np.diff(bars).sum()] for bars in super().transform(X)])


def failed(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(found) > 30
    return {check["check_name"] for check in found if check["status"] == "failed"}


def test_estimator_checks_that_make_sense_for_lists_of_graphs_pass():
    assert failed(LossBarcode()) <= NOT_FOR_GRAPHS | OF_ARRAYS
    assert failed(Summed()) <= NOT_FOR_GRAPHS


def networkx_graph(value="value", weight="weight"):
    graph = nx.Graph()
    for node, height in enumerate(TRIPLE[0]):
        graph.add_node(node, **{value: height})
    for (a, b), height in zip(TRIPLE[1], TRIPLE[2], strict=True):
        graph.add_edge(a, b, **{weight: height})
    return graph


SAMPLES = {
    "a tuple": TRIPLE,
    "a LandscapeGraph": ml.LandscapeGraph(*TRIPLE),
    "networkx": networkx_graph(),
    "a matrix": MATRIX,
    "a matrix as lists": MATRIX.tolist(),
    "a tensor": torch.tensor(MATRIX),
    "scipy sparse": scipy.sparse.coo_array((MATRIX.ravel(), np.indices((3, 3)).reshape(2, -1))),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_form_of_a_graph_has_the_same_bars(kind):
    (bars,) = LossBarcode(bars="all").fit_transform([SAMPLES[kind]])
    plain = ml.barcode(TRIPLE)
    assert bars.tolist() == np.stack([plain.births, plain.deaths], axis=1).tolist()
    (finite,) = LossBarcode().transform([SAMPLES[kind]])
    assert np.isfinite(finite).all() and len(finite) == len(bars) - 1


def test_attributes_of_networkx_may_have_other_names():
    (bars,) = LossBarcode(value="energy", weight="pass").fit_transform(
        [networkx_graph("energy", "pass")]
    )
    assert bars.tolist() == BARS


def grid_graph(values):
    """The graph of a grid's vertices, plainly."""
    index = np.arange(values.size).reshape(values.shape)
    ends = [
        np.stack([np.delete(index, -1, axis).ravel(), np.delete(index, 0, axis).ravel()], axis=1)
        for axis in range(values.ndim)
    ]
    edges = np.concatenate(ends)
    return values.ravel(), edges, values.ravel()[edges].max(axis=1)


@pytest.mark.parametrize("shape", [(9,), (1,), (4, 7), (5, 5), (3, 4, 5)])
def test_a_grid_has_the_bars_of_the_graph_of_its_vertices(shape):
    values = np.random.default_rng(0).integers(0, 9, shape) / 4
    samples = [values, grid_graph(values)]
    grid, graph = LossBarcode(form="auto", bars="all").fit_transform(samples)
    assert sorted(grid.tolist()) == sorted(graph.tolist())


def test_a_square_symmetric_array_is_a_matrix_unless_it_is_said_to_be_a_grid():
    image = np.array([[0.0, 5.0], [5.0, 1.0]])
    as_matrix, as_grid = (LossBarcode(form=form).transform([image])[0] for form in ("auto", "grid"))
    assert as_matrix.tolist() == as_grid.tolist() == [[1.0, 5.0]]
    shaken = image + np.array([[0.0, 0.5], [0.0, 0.0]])
    assert LossBarcode().transform([shaken])[0].tolist() == [[1.0, 5.0]]
    with pytest.raises(ValueError, match="sample 0: `matrix` must be symmetric"):
        LossBarcode(form="graph").transform([shaken])


def test_arrays_of_samples_are_taken_row_by_row():
    lines = np.array([[0.0, 2.0, 1.0], [3.0, 5.0, 0.0]])
    assert [bars.tolist() for bars in LossBarcode().transform(lines)] == [
        [[1.0, 2.0]],
        [[3.0, 5.0]],
    ]
    graphs = np.empty(2, dtype=object)
    graphs[:] = [ml.LandscapeGraph(*TRIPLE), networkx_graph()]
    first, second = LossBarcode().transform(graphs)
    assert np.array_equal(first, second)


def labelled_graphs(count):
    """Graphs with long bars and with short ones."""
    generator = np.random.default_rng(1)
    graphs = [random_graph(12, 30, generator) for _ in range(count)]
    labels = np.arange(count) % 2
    high = [g.weights + 3 * label for g, label in zip(graphs, labels, strict=True)]
    return [(g.values, g.edges, w) for g, w in zip(graphs, high, strict=True)], labels


def test_it_works_before_the_vectors_of_gudhi():
    from gudhi.representations import Landscape

    graphs, labels = labelled_graphs(24)
    model = make_pipeline(LossBarcode(), Landscape(resolution=30), KNeighborsClassifier(3))
    assert model.fit(graphs[:16], labels[:16]).score(graphs[16:], labels[16:]) == 1.0
    search = GridSearchCV(model, {"landscape__num_landscapes": [1, 3]}, cv=2)
    assert search.fit(graphs, labels).best_score_ > 0.9


def test_it_works_before_the_images_of_persim():
    from persim import PersistenceImager

    graphs, labels = labelled_graphs(24)
    # as a step of its own it would take the labels for its second argument, `skew`
    imager = PersistenceImager(birth_range=(-3, 3), pers_range=(0, 8), pixel_size=0.5)
    images = FunctionTransformer(lambda bars: [image.ravel() for image in imager.transform(bars)])
    model = make_pipeline(LossBarcode(), images, KNeighborsClassifier(3))
    assert model.fit(graphs[:16], labels[:16]).score(graphs[16:], labels[16:]) == 1.0


def test_distances_are_those_that_neighbours_take_as_precomputed():
    graphs, labels = labelled_graphs(16)
    bars = LossBarcode().fit_transform(graphs)
    near = KNeighborsClassifier(3, metric="precomputed")
    near.fit(pairwise_distances(bars[:10]), labels[:10])
    assert near.score(pairwise_distances(bars[10:], bars[:10]), labels[10:]) == 1.0


def test_a_copy_has_the_same_parameters():
    estimator = clone(LossBarcode(bars="all", weight="pass"))
    assert repr(estimator) == "LossBarcode(bars='all', weight='pass')"
    assert estimator.get_params() == {
        "bars": "all",
        "form": "auto",
        "value": "value",
        "weight": "pass",
    }


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (ml.LandscapeGraph(*TRIPLE), r"`X` must be a list of .* got LandscapeGraph; wrap a single"),
        (TRIPLE, "`X` must be a list of .* got tuple"),
        ("graph.json", "`X` must be a list of .* got str"),
        (np.array([1.0, 2.0]), "one sample a row, got shape .* Reshape your data"),
        (np.zeros((2, 0)), r"0 feature\(s\)"),
        (np.array([[1j]]), "Complex data not supported"),
        (scipy.sparse.eye_array(3).tocoo(), "sparse graphs come in a list"),
        ([], "at least one sample"),
        ([TRIPLE, (TRIPLE[0], TRIPLE[1], [3.0, 1.0, 9.0])], "sample 1: `weights` must not lie bel"),
        (
            [[0.0, np.nan]],
            r"sample 0: a grid must hold finite numbers, got shape \(2,\), 1 of",
        ),
        ([[0.0, "a"]], "sample 0: `grid` must hold real numbers"),
        ([7], "sample 0: expected a LandscapeGraph"),
    ],
)
def test_what_is_no_list_of_samples_is_refused(X, message):
    for call in (LossBarcode().fit, LossBarcode().transform, LossBarcode().fit_transform):
        with pytest.raises(ValueError, match=message):
            call(X)


@pytest.mark.parametrize("wrong", [{"form": "image"}, {"bars": True}])
def test_other_parameters_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"`{name}` must be one of"):
        LossBarcode(**wrong).fit([TRIPLE])


@pytest.mark.slow
def test_scikit_learn_is_not_imported_before_it_is_asked_for():
    from tests.test_package import printed

    code = "import sys, morseloss as ml; ml.interop; print('sklearn' in sys.modules)"
    assert (
        printed(f"{code}; ml.interop.LossBarcode; print('sklearn' in sys.modules)") == "False\nTrue"
    )
    with pytest.raises(AttributeError, match="has no attribute 'attic'"):
        _ = ml.interop.attic
