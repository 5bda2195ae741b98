"""control: a control helper, whom probes ask what a page looks like from elsewhere."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from gatewatch.cli.options import finite
from gatewatch.cli.terminal import note
from gatewatch.errors import UsageError

EXAMPLES = (
    "control serve --port 8452",
    "control serve --host 0.0.0.0 --networks networks.csv --rate 30",
)


class ControlAction(StrEnum):
    """What `gatewatch control` does."""

    SERVE = "serve"


def control(
    action: Annotated[
        ControlAction,
        typer.Argument(help="serve: answer probes until it is stopped."),
    ],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 for any.")
    ] = 8452,
    networks: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            metavar="FILE", help="A CSV of network,asn: to which network an address belongs."
        ),
    ] = None,
    rate: Annotated[
        int, typer.Option(min=0, help="Requests a minute of one client; 0 for no limit.")
    ] = 60,
    at_once: Annotated[
        int, typer.Option(min=1, max=1000, help="Requests that are answered at one time.")
    ] = 32,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=60, callback=finite, help="Seconds for a connect.")
    ] = 15.0,
    lab: Annotated[
        bool,
        typer.Option("--lab", help="Ask private and loopback addresses too. Only in a lab."),
    ] = False,
) -> None:
    """A control helper: it does from here what a probe did there, and tells what came of it.

    It speaks the protocol of the field's Web Connectivity test helpers: POST / with JSON.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from gatewatch.probe.helper_server import HelperBounds, HelperServer
    from gatewatch.probe.helping import HelperTools
    from gatewatch.probe.limits import ProbeLimits
    from gatewatch.probe.networks import NetworkTable, load

    tools = HelperTools(
        limits=ProbeLimits(whole=60.0).scaled(timeout),
        networks=load(networks) if networks else NetworkTable(),
        threads=ThreadPoolExecutor(at_once),
        lab=lab,
    )
    server = HelperServer(tools, HelperBounds(at_once=at_once, a_minute=rate))

    def ready(number: int) -> None:
        place = f"[{host}]" if ":" in host else host
        note(f"Gatewatch's control helper answers at http://{place}:{number}/\n  Ctrl-C ends it")

    assert action == ControlAction.SERVE
    try:
        asyncio.run(server.serve(host, port, ready))
    except OSError as fault:
        raise UsageError(f"cannot listen on {host}:{port}: {fault.strerror}") from None
