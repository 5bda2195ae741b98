"""The command line. Thin: parse, call one function, print, give an exit code.

Exit codes: 0 an answer, 1 something failed, 2 a usage error, 3 not enough to say.
"""

import gc
import os
import sys

from gatewatch import heavy
from gatewatch.errors import GatewatchError

_STOPPED = 130
# What DuckDB makes of a Ctrl-C within a query, whoever asked: a RuntimeError with these words.
_STRUCK = "Query interrupted"


def main() -> None:
    """The entry point `gatewatch`."""
    # Start-up makes many objects and no garbage: the default of 700 costs 10 ms for nothing.
    gc.set_threshold(50_000, 20, 20)
    _leave(_run())


def _run() -> int:
    heavy.hold_off()
    try:
        from gatewatch.cli.app import build

        if sys.stdout.isatty() or sys.stderr.isatty():
            from gatewatch.cli.terminal import settle_width

            settle_width()
        _plain_help()
        build(sys.argv[1] if len(sys.argv) > 1 else None)()
    except SystemExit as end:
        if end.code == _STOPPED:  # what Typer makes of Ctrl-C
            return _stopped()
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except GatewatchError as fault:
        from gatewatch.cli.terminal import note

        note(f"gatewatch: {fault}")
        return fault.exit_code
    except KeyboardInterrupt:
        return _stopped()
    except RuntimeError as fault:
        if str(fault) != _STRUCK:
            raise
        _leave(_stopped())  # from here: taking the connection apart may wait for the query's end
    except BrokenPipeError:
        return _gone()
    except OSError as fault:
        return _refused(fault)
    return 0


def _plain_help() -> None:
    """Help and usage errors are Typer's own: without colour they write no escape either."""
    quenched = os.environ.get("NO_COLOR") or "--no-color" in sys.argv
    if quenched and (sys.stdout.isatty() or sys.stderr.isatty()):
        from typer import rich_utils

        rich_utils.COLOR_SYSTEM = None


def _stopped() -> int:
    from gatewatch.cli.terminal import note

    note("gatewatch: stopped; what is committed stays, and the next run goes on from there")
    return _STOPPED


def _gone() -> int:
    """The reader of our output left; what is still buffered has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


def _refused(fault: OSError) -> int:
    """What the system refuses, by its own word: a place, a device, a connection."""
    from gatewatch.cli.terminal import note

    where = f"{fault.filename}: " if fault.filename else ""
    note(f"gatewatch: {where}{fault.strerror or fault}")
    return 1


def _leave(code: int) -> None:
    """End at once: everything is committed, and taking DuckDB apart would cost 40 ms."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _gone()
    except OSError as fault:  # a device that is full
        code = _refused(fault)
    sys.stderr.flush()
    os._exit(code)
