"""Sphinx configuration: `sphinx-build -n -W --keep-going docs docs/_build/html`.

The build needs no network: there is no intersphinx, so names of torch, numpy and networkx are not
links, and formulas are typeset by MathJax when a page is read.
"""

import importlib.metadata
import warnings

import matplotlib

matplotlib.use("agg")

project = "morseloss"
author = "The morseloss developers"
copyright = author  # noqa: A001 - the name Sphinx reads
release = importlib.metadata.version("morseloss")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.bibtex",
]
root_doc = "index"
exclude_patterns = ["_build", "examples", "sg_execution_times.rst", "gallery/sg_execution_times.rst"]
templates_path = ["_templates"]
default_role = "literal"
nitpicky = True
suppress_warnings = ["config.cache"]  # the gallery is configured with a function
nitpick_ignore_regex = [
    (r"py:.*", r"(torch|numpy|np|networkx|scipy|jaxtyping|matplotlib)\..*"),
    (r"(py|std):.*", r"python:.*"),  # numpydoc links int, float, ... to the Python manual
]

# Markdown
myst_enable_extensions = ["amsmath", "attrs_block", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# API pages: shapes and meanings stand in the docstrings, annotations would repeat them
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {
    name: f"morseloss.{name}"
    for name in [
        "ClimbingString",
        "CriticalPoints",
        "Diagram",
        "Filtration",
        "GradientPath",
        "Heights",
        "Landscape",
        "LandscapeGraph",
        "MergeTree",
        "Paths",
        "SaddleDynamics",
    ]
}

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

html_theme = "furo"
html_title = "morseloss"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}


def fresh_figures(gallery_conf, fname):
    """Start each example from one style, legible on a light and on a dark page."""
    import matplotlib.pyplot as plt

    plt.rcdefaults()
    plt.rcParams.update(
        {
            "figure.constrained_layout.use": True,
            "figure.figsize": (6.4, 4.0),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "savefig.facecolor": "white",
        }
    )
    warnings.resetwarnings()


sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"plot_.*\.py",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("morseloss",),
    "inspect_global_variables": False,
    "abort_on_example_error": False,
    "only_warn_on_example_error": False,
    "reset_modules": (fresh_figures,),
    "image_scrapers": ("matplotlib",),
    "matplotlib_animations": False,
    "image_srcset": ["2x"],
    "capture_repr": ("_repr_html_", "__repr__"),
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "min_reported_time": 1,
    "show_memory": False,
    "show_signature": False,
    "plot_gallery": "True",
    "remove_config_comments": True,
}
