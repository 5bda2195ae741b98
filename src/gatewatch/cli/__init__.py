"""The command line. Thin: parse, call one function, print, give an exit code.

Exit codes: 0 an answer, 1 something failed, 2 a usage error, 3 not enough to say.
"""

import os
import sys

from gatewatch.errors import GatewatchError


def main() -> None:
    """The entry point `gatewatch`."""
    from gatewatch.cli.app import build

    try:
        build(sys.argv[1] if len(sys.argv) > 1 else None)()
    except GatewatchError as fault:
        print(f"gatewatch: {fault}", file=sys.stderr)
        sys.exit(fault.exit_code)
    except KeyboardInterrupt:
        print("gatewatch: stopped; what is committed stays, and the next run goes on from there",
              file=sys.stderr)  # fmt: skip
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
