"""Commands of `morseloss network`, as tests give them."""

import argparse

from morseloss.cli.command import main
from morseloss.cli.networks.network import add_network

__all__ = ["run", "status_of", "train"]


def run(*arguments):
    parser = argparse.ArgumentParser()
    add_network(parser.add_subparsers())
    options = parser.parse_args(["network", *map(str, arguments)])
    options.run(options)


def train(models, *more):
    run("train", "run", "--module", f"{models}:mlp", "--data", f"{models}:data",
        "--weight-decay", 0.01, "--minima", 3, "--epochs", 4, "--size", 20, "--rate", 0.03,
        "--max-steps", 40, *more)  # fmt: skip


def status_of(argv):
    """Options that argparse refuses end in an exit, others in a return."""
    try:
        return main(argv)
    except SystemExit as end:
        return end.code
