"""Pages of running text: who runs this, what is kept, how to object, under which terms.

Each is a text of its own in each language, below `templates/prose`: an essay is not put together
from sentences.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from gatewatch.model.message import Message, message
from gatewatch.model.moment import Moment, iso
from gatewatch.model.register import Register
from gatewatch.site.caching import repository_of
from gatewatch.site.cite import public_keys
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import page_reply
from gatewatch.site.times import Times

TITLES: dict[str, Message] = {
    "about": message("About this site"),
    "privacy": message("Privacy"),
    "accessibility": message("Accessibility"),
    "terms": message("Licences and terms"),
    "corrections": message("Something is wrong here"),
}
_VALID = timedelta(days=180)
"""RFC 9116 asks for less than a year."""


class ProsePage(msgspec.Struct, frozen=True):
    """One text, with what its operator told of themselves and what is held under which licence."""

    name: str
    title: Message
    operator: str
    contact: str
    contact_link: str
    addresses_logged: bool
    registers: tuple[Register, ...]
    keys: tuple[str, ...]
    """Public ones, by which what is cited from here is checked."""


def _text(name: str) -> HTTPRouteHandler:
    """The page of one text. A handler with several paths would be taken to a thread twice."""

    @get(f"/{name}", include_in_schema=False, sync_to_thread=True)
    def text(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
        repository = repository_of(request)
        settings = repository.settings
        page = ProsePage(
            name=name,
            title=TITLES[name],
            operator=settings.operator,
            contact=settings.contact,
            contact_link=link(settings.contact),
            addresses_logged=bool(settings.access_log) and settings.log_addresses,
            registers=tuple(sorted(repository.registers().values(), key=lambda one: one.id)),
            keys=public_keys(settings.ledger),
        )
        return page_reply(request, times, "prose.html", lambda _: page)

    return text


_DRAFT = """\
# A correction, for a person to look at. Fill in what stands between < and >, and send the file to
# whoever keeps the record, or lay it into a folder of facts of your own: gatewatch catalogue check
# FOLDER reads it, gatewatch catalogue log shows it. Nothing is published by itself.

[[correction]]
id = "correction-of-{claim}"
claim = "{claim}"
verdict = "superseded"  # or disputed: the claim stands, with this beside it; or withdrawn
by = "<your part, as: a reader, the company>"
on = {day}
why = "<what shows that it is otherwise>"
replaced_by = "{claim}-corrected"  # leave out where nothing says it better

[[claim]]  # what says it better; leave out with the line before
id = "{claim}-corrected"
service = "{service}"
jurisdiction = "{jurisdiction}"
action = "{action}"
date = "{date}"
says = "<what the source says, in your own words>"
source = {{ publisher = "<who published it>", url = "<https://where>" }}
"""


@get("/corrections/file", include_in_schema=False, sync_to_thread=True)
def correction(request: Request[Any, Any, Any], claim: FromQuery[str]) -> Response[bytes]:
    """A draft of a correction of one claim, as a file to fill in; 404 if there is no such claim."""
    known = repository_of(request).facts(Moment.parse()).catalogue.claims.get(claim)
    if known is None:
        raise ProblemError(404, message("no claim '{claim}' is on record", claim=claim))
    told = _DRAFT.format(
        claim=known.id,
        day=datetime.now(UTC).date(),
        service=known.service,
        jurisdiction=known.jurisdiction,
        action=known.action,
        date=known.date,
    )
    name = f"correction-of-{known.id}.toml"
    return Response(
        told.encode(),
        media_type="application/toml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@get("/.well-known/security.txt", include_in_schema=False, media_type=MediaType.TEXT)
async def security(request: Request[Any, Any, Any]) -> str:
    """Whom to tell of a hole, as RFC 9116 has it; 404 where the operator named nobody."""
    settings = repository_of(request).settings
    if not settings.contact:
        raise ProblemError(404, message("the operator has named nobody to write to"))
    ends = (datetime.now(UTC) + _VALID).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {link(settings.contact)}",
        f"Expires: {iso(ends)}",
        "Preferred-Languages: en, ru, zh",
    ]
    if settings.public_url:
        lines.append(f"Canonical: {settings.public_url.rstrip('/')}/.well-known/security.txt")
    return "\n".join(lines) + "\n"


def link(contact: str) -> str:
    """A contact as a link: a page as it is, an address of mail with its scheme."""
    return contact if contact.startswith("https://") or not contact else f"mailto:{contact}"


ROUTES = (*map(_text, TITLES), correction, security)
