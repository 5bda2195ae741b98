"""Requests through Tor beside which the first years' tests made their own (ts-003)."""

import msgspec

from gatewatch.analysis.network.content import read_headers, title_element, title_words
from gatewatch.model.measurement import (
    Control,
    ControlHttp,
    HttpResponse,
    HttpTransaction,
    body_bytes,
)

_NONE = HttpResponse()


def is_relayed(row: HttpTransaction) -> bool:
    """Whether a request went through Tor."""
    return bool(row.request and row.request.tor and row.request.tor.is_tor)


def through_tor(rows: list[HttpTransaction] | None) -> Control | None:
    """The control of http_requests (ts-003): the same request through Tor."""
    found = next((row for row in rows or () if is_relayed(row)), None)
    if found is None:
        return None
    response = found.response or _NONE
    body = body_bytes(response.body) if response.body else b""
    title = title_element(body) if body else None
    headers = list(read_headers(response.headers_list, response.headers))
    return Control(
        http_request=ControlHttp(
            failure=found.failure,
            status_code=response.code,
            body_length=len(body) if body else None,
            title=(title_words(title[1]) if title else "") if body else None,
            headers=msgspec.Raw(msgspec.json.encode(dict.fromkeys(headers, ""))),
        )
    )
