"""Opaque cursors: where the next page begins, and the times that all pages of an answer share.
Signed, so that none can be made up."""

import hashlib

import msgspec
from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.exc import BadData

from gatewatch.site.problem import ProblemError

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
    return _signer(key).sign(base64_encode(msgspec.msgpack.encode(cursor))).decode()


def unseal(text: str, key: bytes) -> Cursor:
    """A cursor that this site made; ProblemError for any other text."""
    try:
        body = base64_decode(_signer(key).unsign(text.encode()))
        return msgspec.msgpack.decode(body, type=Cursor)
    except (BadSignature, BadData, UnicodeError, msgspec.DecodeError) as fault:
        raise ProblemError(400, _STALE) from fault


def _signer(key: bytes) -> Signer:
    return Signer(key, salt="gatewatch.cursor", digest_method=hashlib.sha256)
