"""The price of a report: some work, or where no script runs some waiting. A challenge needs no
memory; that it is used once is the inbox's affair."""

import base64
import hashlib
import hmac
import os
import time
from datetime import UTC, datetime

from gatewatch.model.message import message
from gatewatch.site.problem import ProblemError

BITS = 13
"""Leading zero bits of the answer's hash: about a second of work in a browser."""
WAIT = 15
"""Seconds after which a form without an answer is taken."""
_LIFE = 3600
_MARK = 16


def make(key: bytes, now: float | None = None) -> str:
    """A challenge as text: a random part, when it was made, our mark."""
    body = os.urandom(9) + int(now or time.time()).to_bytes(6, "big")
    return _text(body + _mark(body, key))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def redeem(challenge: str, answer: str, key: bytes, now: float | None = None) -> datetime:
    """Until when the challenge has to be remembered as used; ProblemError if it is not paid for."""
    now = now or time.time()
    made = _made(challenge, key)
    if not made <= now <= made + _LIFE:
        raise ProblemError(400, message("this form is older than an hour; open it again"))
    if answer:
        digest = hashlib.sha256(f"{challenge}{answer}".encode()).digest()
        if int.from_bytes(digest, "big") >> (256 - BITS):
            raise ProblemError(400, message("answer does not solve the challenge"))
    elif now - made < WAIT:
        raise ProblemError(
            429,
            message(
                "without an answer to its challenge a report is taken {seconds} seconds after the form was opened",
                seconds=WAIT,
            ),
            {"Retry-After": str(WAIT)},
        )
    return datetime.fromtimestamp(made + _LIFE, UTC)


def _made(challenge: str, key: bytes) -> int:
    fault = ProblemError(400, message("challenge is not one that this site gave"))
    try:
        raw = base64.b64decode(challenge + "=" * (-len(challenge) % 4), b"-_", validate=True)
    except (ValueError, UnicodeEncodeError):
        raise fault from None
    body, mark = raw[:-_MARK], raw[-_MARK:]
    # Spare bits of the last letter would let one challenge be written in sixteen ways, each good
    # once.
    if (
        len(body) != 15
        or _text(raw) != challenge
        or not hmac.compare_digest(mark, _mark(body, key))
    ):
        raise fault
    return int.from_bytes(body[9:], "big")


def _mark(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"report" + body, hashlib.sha256)[:_MARK]
