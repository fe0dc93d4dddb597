"""The catalogue of claims: in which room each lies, and which run together.

The one idea: a claim is known by its name alone, on the command line, in results and figures; only
this page knows where its module is.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

__all__ = [
    "BENCHMARKS",
    "CLAIMS",
    "KNOWN",
    "LONG",
    "PRESETS",
    "ROOMS",
    "WITH_DATA",
    "claim_module",
    "place",
]

ROOMS = {
    "graphs": ("graph_against_gudhi", "algorithm_one", "bottleneck"),
    "landscapes": (
        "exact_catalogue",
        "random_polynomials",
        "landscape_against_cubical",
        "walls_against_cubical",
        "change_of_coordinates",
        "periodic_landscapes",
        "path_heights",
        "smooth_functions",
        "two_sided_bars",
        "clusters",
        "quotients",
    ),
    "complexes": (
        "degree_zero",
        "theorem_one",
        "published_field",
        "morse_complexes",
        "morse_in_four",
    ),
    "escape": (
        "escape_rate",
        "escape_map",
        "escape_regimes",
        "escape_bifurcation",
        "escape_steps",
        "escape_noise",
    ),
    "arrhenius": ("arrhenius_line", "arrhenius_plane", "eyring_kramers"),
    "networks": (
        "networks_births",
        "networks_relay",
        "networks_many",
        "networks_paths",
        "networks_embeddings",
        "networks_larger",
        "networks_pairs",
        "networks_star",
        "networks_passes",
        "networks_cluster",
        "networks_gpu",
    ),
    "alignment": (
        "networks_alignment",
        "networks_alignment_text",
        "networks_alignment_width",
    ),
    "depth": (
        "networks_finished",
        "networks_finished_mnist",
        "networks_finished_fashion",
        "networks_width",
        "networks_depth",
        "networks_decay",
        "networks_mnist",
        "networks_fashion",
        "networks_paper",
    ),
    "convolutions": (
        "images_layers",
        "images_rates",
        "images_skips",
        "images_wide",
        "images_robust",
    ),
    "whole": ("whole_layers", "whole_rates", "whole_skips", "whole_wide", "whole_robust"),
    "benchmarks": (
        "benchmarks.barcode",
        "benchmarks.sorting",
        "benchmarks.blocks",
        "benchmarks.blocks_long",
        "benchmarks.paths",
        "benchmarks.importing",
        "benchmarks.morse",
        "benchmarks.escape",
        "benchmarks.networks",
        "benchmarks.engines",
        "benchmarks.relays",
        "benchmarks.grids",
        "benchmarks.joining",
        "benchmarks.memory",
    ),
    "symmetries": ("symmetries",),
    "workers": ("workers.speed",),
    "engines": ("engines.convolutions",),
    "published": (
        "networks_published_depth",
        "networks_published_width",
        "networks_published_rates",
        "networks_published_gpt",
        "networks_published_resnet",
    ),
    "transformers": ("networks_shakespeare", "networks_languages", "networks_languages_paper"),
}
LONG = (  # claims that run by name
    "quotients",
    "walls_against_cubical",
    "periodic_landscapes",
    "clusters",
    "morse_complexes",
    "morse_in_four",
    "networks_births",
    "networks_relay",
    "networks_finished",
    "networks_many",
    "networks_width",
    "networks_paths",
    "networks_depth",
    "networks_decay",
    "networks_embeddings",
    "networks_larger",
    "networks_pairs",
    "networks_star",
    "networks_passes",
    "networks_alignment",
)
WITH_DATA = (
    "networks_alignment_text",
    "networks_alignment_width",
    "networks_finished_mnist",
    "networks_finished_fashion",
    "networks_mnist",
    "networks_fashion",
    "networks_paper",
    *ROOMS["convolutions"],
    *ROOMS["published"],
    *ROOMS["transformers"],
)  # by name, with images or texts
BENCHMARKS = (*ROOMS["benchmarks"], *ROOMS["workers"], *ROOMS["engines"])
KNOWN = tuple(name for names in ROOMS.values() for name in names)
CLAIMS = tuple(
    name
    for name in KNOWN
    if name not in (*LONG, *WITH_DATA, "networks_gpu", *ROOMS["whole"], *BENCHMARKS)
)
PRESETS = {
    "default": CLAIMS,
    "paper": ("networks_paper", *ROOMS["whole"], "networks_languages_paper"),
    "gpu": (
        "networks_gpu",
        "benchmarks.networks",
        "benchmarks.engines",
        "benchmarks.escape",
        "networks_paper",
        *ROOMS["whole"],
        "networks_languages_paper",
        "networks_published_resnet",
    ),
}


def place(name: str) -> Path:
    """Return where the claim lies, below `validation`, `results` and `figures`, without suffix."""
    room = next(room for room, names in ROOMS.items() if name in names)
    return Path(room) / name.removeprefix(f"{room}.")


def claim_module(name: str) -> ModuleType:
    """Return the module of a claim."""
    return import_module(".".join(("validation", *place(name).parts)))
