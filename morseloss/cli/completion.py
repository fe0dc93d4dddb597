"""`morseloss --completion SHELL`: what a shell needs to complete our commands.

The one idea: shtab reads the parser, so nothing about the commands is written twice.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from morseloss.cli.standard_input import file_or_input

__all__ = ["Completion"]

FILES = (Path, file_or_input)  # types of arguments that are completed to names of files


class Completion(argparse.Action):
    """Print the completion for a shell, and leave."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Print the completion for the shell that is named."""
        try:
            import shtab
        except ImportError:
            parser.error(
                "--completion is made by shtab, which is not installed; use `pip install shtab`, "
                "or the extra `completion`"
            )
        for action in _actions(parser):
            if action.type in FILES:
                action.complete = shtab.FILE  # pyright: ignore[reportAttributeAccessIssue] where shtab looks
        print(shtab.complete(parser, str(values)))
        parser.exit()


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield all arguments of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)
