"""Sphinx configuration: `sphinx-build -n -W --keep-going docs docs/_build/html`.

Neither the build nor a reader needs a network: there is no intersphinx, so names of torch, numpy
and networkx are not links, and the MathJax that typesets formulas lies beside the pages.
"""

import contextlib
import importlib.metadata
import io
import os
import pathlib
import shutil
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the batches are small: threads only wait

import matplotlib
from numpydoc.xref import DEFAULT_LINKS

matplotlib.use("agg")
DEFAULT_LINKS.clear()  # links of int, float, ... to the Python manual, which is not linked

project = "morseloss"
author = "The morseloss developers"
copyright = author
release = importlib.metadata.version("morseloss")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.bibtex",
]
root_doc = "index"
exclude_patterns = [
    "_build",
    "examples",
    "sg_execution_times.rst",
    "**/sg_execution_times.rst",
]
templates_path = ["_templates"]
default_role = "literal"
nitpicky = True
suppress_warnings = ["config.cache"]  # the gallery is configured with code
nitpick_ignore_regex = [
    (r"py:.*", r"(torch|numpy|np|networkx|scipy|jaxtyping|matplotlib)\..*"),
]

# Markdown
myst_enable_extensions = ["amsmath", "attrs_block", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

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
        "CanonicalForm",
        "Certificate",
        "ChainComplex",
        "ClimbingString",
        "CriticalPoints",
        "Diagram",
        "Filtration",
        "FlowLines",
        "GradientPath",
        "Heights",
        "Landscape",
        "LandscapeGraph",
        "MergeTree",
        "MorseComplex",
        "Paths",
        "SaddleDynamics",
        "Vineyard",
    ]
}

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

html_theme = "furo"
html_title = "morseloss"
html_static_path = ["_static", "generated/static"]
html_css_files = ["pages.css"]
mathjax_path = "mathjax/tex-chtml.js"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}


def lay_mathjax(static):
    """Lay MathJax and its fonts, from the package of the docs extra, beside the pages."""
    scripts = ("tex-chtml.js", "input/tex/extensions/", "output/chtml/fonts/woff-v2/")
    for file in importlib.metadata.files("django-static-mathjax"):
        place = file.as_posix().partition("/static/mathjax/es5/")[2]
        if place.startswith(scripts):
            copy = static / "mathjax" / place
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), copy)


lay_mathjax(pathlib.Path(__file__).parent / "generated" / "static")


def fresh_figures(gallery_conf, fname):
    """Start each example from one style, legible on a light and on a dark page."""
    import matplotlib.pyplot as plt

    from morseloss.plot.style import GROUPS

    plt.rcdefaults()
    plt.rcParams.update(
        {
            "figure.constrained_layout.use": True,
            "figure.figsize": (6.4, 4.0),
            "axes.prop_cycle": plt.cycler(color=[colour for colour, _ in GROUPS]),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "savefig.facecolor": "white",
        }
    )


def scraped(block, block_vars, gallery_conf, **more):
    """Save the figures of an example, and the square in which its idea is seen."""
    import matplotlib.pyplot as plt
    from sphinx_gallery.scrapers import matplotlib_scraper

    sys.path.insert(0, str(pathlib.Path(__file__).parent / "pictures"))
    from thumbnails import cut_out

    names = block_vars["image_path_iterator"]
    before = len(names)
    example = pathlib.Path(block_vars["src_file"]).stem.removeprefix("plot_")
    for place, number in enumerate(plt.get_fignums()):
        folder = pathlib.Path(gallery_conf["src_dir"], "generated", "thumbnails")
        cut_out(plt.figure(number), before + place + 1, example, folder)
    return matplotlib_scraper(block, block_vars, gallery_conf, **more)


GALLERY = {  # rooms and examples from the first to read to the last; new ones come at the end
    "bars": (
        "easy_and_hard",
        "polynomial",
        "path_methods",
        "direct_and_elder",
        "merge_tree",
        "compare",
        "change_of_coordinates",
        "grid_and_graph",
        "what_sampling_misses",
        "sampled_grid",
        "clusters",
    ),
    "complexes": (
        "morse_smale",
        "level_surface",
        "canonical_form",
        "theorem_one",
        "two_angles",
        "walls",
    ),
    "escape": ("escape_rate", "escape_mechanism", "escape_noise", "arrhenius"),
    "networks": (
        "tiny_network",
        "network_barcode",
        "network_slopes",
        "network_budgets",
        "lower_bar",
        "network_along",
        "network_plane",
    ),
}


class ReadingOrder:
    """Sort rooms, and the examples of one, by their places in the list `GALLERY`."""

    names = (*GALLERY, *(f"plot_{name}.py" for names in GALLERY.values() for name in names))

    def __init__(self, src_dir=None):
        self.places = {name: place for place, name in enumerate(self.names)}

    def __call__(self, path):
        name = pathlib.Path(path).name
        return self.places.get(name, len(self.places)), name


COMMANDS = ("barcode", "compare", "landscape", "morse", "escape")
SPOKEN = {
    **{f"help-{name}": [name, "--help"] for name in COMMANDS},
    **{
        f"help-network-{part}": ["network", part, "--help"]
        for part in (
            "train",
            "paths",
            "relay",
            "barcode",
            "births",
            "ladder",
            "uncertainty",
            "status",
        )
    },
    "output-morse": ["morse", "himmelblau"],
    "output-escape": ["escape", "mueller-brown"],
}


def write_spoken(app):
    """Write the help of the commands, and one output, for the page on the command line."""
    from morseloss.cli import main

    os.environ["COLUMNS"] = "88"
    folder = pathlib.Path(app.srcdir, "generated")
    folder.mkdir(exist_ok=True)
    for name, command in SPOKEN.items():
        text = io.StringIO()
        with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
            main(command)
        file = folder / f"{name}.txt"
        if not file.exists() or file.read_text() != text.getvalue():
            file.write_text(text.getvalue())


def write_house(app):
    """Draw the rooms of the package and their imports, for the page on the house."""
    sys.path.insert(0, str(pathlib.Path(app.srcdir, "pictures")))
    import house

    house.write(pathlib.Path(app.srcdir, "generated"))


def setup(app):
    """Register what Sphinx calls during the build."""
    app.connect("builder-inited", write_spoken)
    app.connect("builder-inited", write_house)


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
    "image_scrapers": (scraped,),
    "thumbnail_size": (400, 400),
    "matplotlib_animations": False,
    "image_srcset": ["2x"],
    "capture_repr": (),
    "subsection_order": ReadingOrder(),
    "within_subsection_order": ReadingOrder,
    "download_all_examples": False,
    "min_reported_time": 1,
    "show_memory": False,
    "show_signature": False,
    "plot_gallery": "True",
    "remove_config_comments": True,
}
