"""The application, put together from its commands."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from typing import Annotated, Any

import typer

COMMANDS = {
    "Registers": "check statement history entry entries orders order changes registers",
    "Services, laws, claims": "find case cases contradictions compare diff service rule claims"
    " obligations read",
    "The network": "measurements verdict judge episodes reconcile probe",
    "For others": "cite verify serve mcp control watch follow token export",
    "The ledger": "ingest plan quarantine catalogue facts doctor repair log backup restore upgrade demo",
}
"""Commands under the headings that help gives them. Each is a function in a file of its name, with
`EXAMPLES` that help shows and the tests run."""


given: ContextVar[dict[str, Any]] = ContextVar("given", default={})  # noqa: B039 - never written to
"""What the command under way was given, by its parameters."""


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
    return [name for words in COMMANDS.values() for name in words.split()]


def examples(name: str) -> tuple[str, ...]:
    """What a command's help shows it doing, as typed after `gatewatch`."""
    return tuple(import_module(f"gatewatch.cli.commands.{name}").EXAMPLES)


def commands(wanted: str | None = None) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Headings, names, commands: of that name alone, if there is one, else all."""
    chosen = [wanted] if wanted in names() else names()
    for heading, words in COMMANDS.items():
        for name in words.split():
            if name in chosen:
                yield heading, name, command(name)


def command(name: str) -> Callable[..., Any]:
    """The function that a command is."""
    return getattr(import_module(f"gatewatch.cli.commands.{name}"), name)  # type: ignore[no-any-return]


def _noting(runs: Callable[..., Any]) -> Callable[..., Any]:
    """The command, which notes what it was given for as long as it runs."""

    @wraps(runs)
    def run(**words: Any) -> Any:
        token = given.set(words)
        try:
            return runs(**words)
        finally:
            given.reset(token)

    return run


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
    for heading, name, runs in commands(wanted):
        app.command(name, rich_help_panel=heading, epilog=_epilog(name))(_noting(runs))
    return app


def _epilog(name: str) -> str:
    """Examples one below the other: help keeps only empty lines."""
    return "\n\n".join(["Examples:", *(f"  gatewatch {line}" for line in examples(name))])
