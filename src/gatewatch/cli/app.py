"""The application, put together from its commands."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Annotated, Any

import typer

COMMANDS = {
    "asking": ("Registers", "check history entry changes registers"),
    "facts": (
        "Services, laws, claims",
        "case cases contradictions compare service rule claims obligations read",
    ),
    "network": ("The network", "verdict judge episodes reconcile"),
    "publishing": ("For others", "serve watch alerts token export"),
    "keeping": ("The ledger", "ingest quarantine catalogue doctor demo"),
}
"""Commands by the file of `commands` that has them, under the heading that help gives them."""


def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Answer --version; commands do the rest."""
    if version:
        from gatewatch import __version__

        typer.echo(f"gatewatch {__version__}")
        raise typer.Exit


def names() -> list[str]:
    """Every command, in the order of help."""
    return [name for _, words in COMMANDS.values() for name in words.split()]


def commands(wanted: str | None = None) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Headings and commands: of that name alone, if there is one, else all."""
    chosen = [wanted] if wanted in names() else names()
    for file, (heading, words) in COMMANDS.items():
        for name in words.split():
            if name in chosen:
                yield heading, getattr(import_module(f"gatewatch.cli.commands.{file}"), name)


def build(wanted: str | None = None) -> typer.Typer:
    """The application; with one command wanted only that one is built, which starts faster."""
    app = typer.Typer(
        name="gatewatch",
        help="The open record of restrictions on online services. "
        "It records and verifies; it enforces nothing.",
        epilog="Exit codes: 0 an answer, 1 something failed, 2 a usage error, 3 not enough to say.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(root)
    for heading, command in commands(wanted):
        app.command(rich_help_panel=heading)(command)
    return app
