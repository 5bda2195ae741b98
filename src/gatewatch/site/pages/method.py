"""How all of this is made, and what it cannot tell."""

from typing import Any

import msgspec
from litestar import Request, Response, get

from gatewatch.site.asked import Times
from gatewatch.site.render import shown


class MethodologyPage(msgspec.Struct, frozen=True):
    """Words alone."""


@get("/methodology", include_in_schema=False, sync_to_thread=True)
def methodology(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """How all of this is made, and what it cannot tell."""
    return shown(request, times, "methodology.html", lambda _: MethodologyPage())


ROUTES = (methodology,)
