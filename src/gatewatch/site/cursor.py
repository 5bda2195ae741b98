"""Opaque cursors: where the next page begins, and the times that all pages of an answer share. Signed, so
that none can be made up."""

import base64
import binascii
import hashlib
import hmac

import msgspec

from gatewatch.site.problem import ProblemError

_MARK = 12
_STALE = "cursor is not one that this site gave for this question; ask again without it"


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """`question` is a digest of everything asked but the page."""

    question: str
    offset: int
    valid_at: str | None
    as_of: str | None
    recorded_by: str | None


def seal(cursor: Cursor, key: bytes) -> str:
    """A cursor as text."""
    body = msgspec.msgpack.encode(cursor)
    return base64.urlsafe_b64encode(_sign(body, key) + body).rstrip(b"=").decode()


def unseal(text: str, key: bytes) -> Cursor:
    """A cursor that this site made; ProblemError for any other text."""
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), b"-_", validate=True)
        mark, body = raw[:_MARK], raw[_MARK:]
        if not hmac.compare_digest(mark, _sign(body, key)):
            raise ProblemError(400, _STALE)
        return msgspec.msgpack.decode(body, type=Cursor)
    except (binascii.Error, UnicodeEncodeError, ValueError, msgspec.DecodeError) as fault:
        raise ProblemError(400, _STALE) from fault


def _sign(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:_MARK]
