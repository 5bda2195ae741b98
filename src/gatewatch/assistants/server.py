"""The tools of the record as a server of the Model Context Protocol, on standard input and
output."""

import base64
import json
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any, TypeVar

from gatewatch.assistants.bounded import MOST_BYTES
from gatewatch.assistants.tools import (
    DATA,
    MOST_BUNDLE,
    MOST_COUNTRIES,
    MOST_NAMES,
    MOST_ROWS,
    Desk,
    Times,
)
from gatewatch.errors import GatewatchError, needs
from gatewatch.model.states import Agreement
from gatewatch.query.statement import Said

with needs("mcp"):
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import (
        BlobResourceContents,
        CallToolResult,
        EmbeddedResource,
        TextContent,
        ToolAnnotations,
    )
    from pydantic import Field

INSTRUCTIONS = (
    "Gatewatch is the open record of restrictions on online services: official registers with every "
    "version of every entry, laws, network measurements, users' reports, and claims with their "
    "sources. It records and verifies; it enforces nothing.\n"
    "Say of which day an answer is and up to when its evidence reaches (`last_known`). "
    "`insufficient` and silence mean not known: neither yes nor no. Layers are kept apart; do not "
    "add them up to a score. Name the licence and the link of what you quote. "
    f"{DATA}\n"
    f"The data of a reply has at most {MOST_BYTES:,} bytes of JSON; `left_out` counts what was cut."
)
_LONGEST = 2_048
"""Letters of one thing that is asked for: a reply says it back, and is bounded."""
ValidAt = Annotated[
    str | None,
    Field(description="When it was true: ISO 8601 day or time. Default now.", max_length=_LONGEST),
]
AsOf = Annotated[
    str | None,
    Field(
        description="Use only what had been published by then. Default now.", max_length=_LONGEST
    ),
]
RecordedBy = Annotated[
    str | None,
    Field(description="Use only what this ledger held by then. Default now.", max_length=_LONGEST),
]
Country = Annotated[
    str, Field(description="A country by its two letters, as RU.", max_length=_LONGEST)
]
MaybeCountry = Annotated[
    str | None,
    Field(description="A country by its two letters; default all.", max_length=_LONGEST),
]
Service = Annotated[
    str, Field(description="A service by any of its names, as WeChat.", max_length=_LONGEST)
]
Name = Annotated[str, Field(max_length=_LONGEST)]
Told = TypeVar("Told")


def server(desk: Desk) -> "MCPServer":
    """A server of the tools."""
    made = MCPServer(
        "gatewatch",
        title="Gatewatch",
        instructions=INSTRUCTIONS,
        version=metadata.version("gatewatch"),
        log_level="WARNING",
    )
    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    @made.tool(annotations=reads)
    def check(
        names: Annotated[
            list[Name],
            Field(
                description=f"Domains, web addresses, IP addresses, networks: at most {MOST_NAMES}.",
                min_length=1,
                max_length=MOST_NAMES,
            ),
        ],
        jurisdiction: MaybeCountry = None,
        valid_at: ValidAt = None,
        as_of: AsOf = None,
        recorded_by: RecordedBy = None,
    ) -> CallToolResult:
        """Is it on an official list, and what do sources, probes and users say? By country."""
        times = Times(valid_at, as_of, recorded_by)
        return _told(lambda: desk.check(names, jurisdiction, times))

    @made.tool(annotations=reads)
    def case(
        service: Service,
        jurisdiction: Country,
        valid_at: ValidAt = None,
        as_of: AsOf = None,
        recorded_by: RecordedBy = None,
    ) -> CallToolResult:
        """One service in one country: state, five layers, steps with sources, law, what would lift
        it."""
        times = Times(valid_at, as_of, recorded_by)
        return _told(lambda: desk.case(service, jurisdiction, times))

    @made.tool(annotations=reads)
    def history(
        name: Annotated[
            str,
            Field(description="A domain, web address, IP address, network.", max_length=_LONGEST),
        ],
        jurisdiction: MaybeCountry = None,
        valid_at: ValidAt = None,
        as_of: AsOf = None,
        recorded_by: RecordedBy = None,
    ) -> CallToolResult:
        """Every listing that ever met a name, with the bracket in which it came and went."""
        times = Times(valid_at, as_of, recorded_by)
        return _told(lambda: desk.history(name, jurisdiction, times))

    @made.tool(annotations=reads)
    def changes(
        since: Annotated[
            str, Field(description="From this day or time on; it is included.", max_length=_LONGEST)
        ],
        until: Annotated[
            str | None,
            Field(description="Before this day or time; it is not included.", max_length=_LONGEST),
        ] = None,
        register: Annotated[
            str | None, Field(description="A register's id, as ru-rkn.", max_length=_LONGEST)
        ] = None,
        jurisdiction: MaybeCountry = None,
        offset: Annotated[int, Field(description=f"Replies hold {MOST_ROWS} changes.", ge=0)] = 0,
        valid_at: ValidAt = None,
        as_of: AsOf = None,
        recorded_by: RecordedBy = None,
    ) -> CallToolResult:
        """What registers added, changed and removed, the newest first."""
        times = Times(valid_at, as_of, recorded_by)
        return _told(
            lambda: desk.changes(since, until, register, jurisdiction, offset=offset, times=times)
        )

    @made.tool(annotations=reads)
    def reconcile(
        jurisdiction: Country,
        target: Annotated[
            str | None, Field(description="A host or a service; default all.", max_length=_LONGEST)
        ] = None,
        state: Annotated[Agreement | None, Field(description="Only targets in this state.")] = None,
        valid_at: ValidAt = None,
        as_of: AsOf = None,
        recorded_by: RecordedBy = None,
    ) -> CallToolResult:
        """Does the network agree with the registers of a country? Listed but reachable, blocked but
        not listed, taken off and still blocked."""
        times = Times(valid_at, as_of, recorded_by)
        return _told(lambda: desk.reconcile(jurisdiction, target, state, times))

    @made.tool(annotations=reads)
    def compare(
        jurisdictions: Annotated[
            list[Name],
            Field(
                description=f"Two to {MOST_COUNTRIES} countries, as RU and CN.",
                min_length=2,
                max_length=MOST_COUNTRIES,
            ),
        ],
        service: Annotated[
            str | None, Field(description="Only this service.", max_length=_LONGEST)
        ] = None,
        valid_at: ValidAt = None,
        as_of: AsOf = None,
        recorded_by: RecordedBy = None,
    ) -> CallToolResult:
        """Countries side by side: which services each restricts, since when, on which ground."""
        times = Times(valid_at, as_of, recorded_by)
        return _told(lambda: desk.compare(jurisdictions, service, times))

    @made.tool(annotations=reads)
    def verify_statement(
        subject: Annotated[
            str,
            Field(description="A service, a domain, a web address, an IP.", max_length=_LONGEST),
        ],
        jurisdiction: Country,
        says: Annotated[Said, Field(description="What is said of it.")] = Said.BLOCKED,
        valid_at: ValidAt = None,
        as_of: AsOf = None,
        recorded_by: RecordedBy = None,
    ) -> CallToolResult:
        """Was X blocked in Y on a day (`valid_at`)? Which layers agree, which contradict, which are
        silent. No score: a list prescribes, a probe sees, a source says."""
        times = Times(valid_at, as_of, recorded_by)
        return _told(lambda: desk.verify_statement(subject, jurisdiction, says, times))

    @made.tool(annotations=reads)
    def cite(
        service: Service,
        jurisdiction: Country,
        bundle: Annotated[
            bool,
            Field(
                description="Enclose the signed file that proves the answer, if it has at most "
                f"{MOST_BUNDLE:,} bytes."
            ),
        ] = False,
        valid_at: ValidAt = None,
        as_of: AsOf = None,
        recorded_by: RecordedBy = None,
    ) -> CallToolResult:
        """How to cite a case: in words, as BibTeX, as CSL-JSON, with an address that gives the same
        answer again, the sources behind it, and where the signed file that proves it is had."""
        times = Times(valid_at, as_of, recorded_by)
        reply, file = _asked(lambda: desk.cite(service, jurisdiction, times, bundle=bundle))
        told = _as_result(reply)
        if file is not None:
            told.content.append(_enclosed(file, reply["data"]["bundle"]["sha256"]))
        return told

    return made


def _enclosed(file: bytes, digest: str) -> "EmbeddedResource":
    return EmbeddedResource(
        type="resource",
        resource=BlobResourceContents(
            uri=f"urn:sha256:{digest}",
            mime_type="application/zip",
            blob=base64.b64encode(file).decode(),
        ),
    )


def _told(ask: Callable[[], dict[str, Any]]) -> "CallToolResult":
    return _as_result(_asked(ask))


def _as_result(reply: dict[str, Any]) -> "CallToolResult":
    """A reply as text and as structure. The text is without the blanks that the SDK would put into
    it: they were half as much again."""
    text = json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=reply)


def _asked(ask: Callable[[], Told]) -> Told:
    """What cannot be answered is told to the assistant in the words of the command line."""
    try:
        return ask()
    except GatewatchError as fault:
        raise ToolError(str(fault)) from fault
