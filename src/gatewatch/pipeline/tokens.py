"""Tokens for those who may write: shown once, kept as a hash.

A token is 256 random bits, so that a plain SHA-256 of it cannot be undone by trying.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gatewatch import disk, locks
from gatewatch.errors import UsageError

PREFIX = "gw_"
SCOPES = ("alerts", "reports")


class Token(msgspec.Struct, frozen=True):
    """What is kept of one. `may` holds some of `SCOPES`."""

    name: str
    may: tuple[str, ...]
    digest: str
    made_at: datetime


class Tokens:
    """The tokens of a site, in its state folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "tokens.json"

    def all(self) -> list[Token]:
        """By name."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=list[Token])
        except FileNotFoundError:
            return []
        except msgspec.MsgspecError as fault:
            raise UsageError(f"{self._file} cannot be read: {fault}") from fault

    def add(self, name: str, may: tuple[str, ...]) -> str:
        """Make a token; the only time that it is seen."""
        with self._alone():
            return self._add(name, may)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Whoever changes the file reads it and writes it with no other between."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with locks.in_turn(self._file.with_suffix(".lock")):
            yield

    def _add(self, name: str, may: tuple[str, ...]) -> str:
        held = self.all()
        if any(one.name == name for one in held):
            raise UsageError(f"there is a token {name!r}; revoke it first, or choose another name")
        if not name or not all(c.isalnum() or c in "-_." for c in name) or len(name) > 64:
            raise UsageError(f"{name!r}: a name has up to 64 letters, digits and -_.")
        if not may or set(may) - set(SCOPES):
            raise UsageError(f"a token may do some of {', '.join(SCOPES)}")
        token = PREFIX + secrets.token_urlsafe(32)
        made = Token(name, may, _digest(token), datetime.now(UTC).replace(microsecond=0))
        self._keep(sorted([*held, made], key=lambda one: one.name))
        return token

    def revoke(self, name: str) -> bool:
        """Whether there was one of that name."""
        with self._alone():
            held = self.all()
            kept = [one for one in held if one.name != name]
            if len(kept) != len(held):
                self._keep(kept)
            return len(kept) != len(held)

    def owner(self, token: str, scope: str) -> str | None:
        """Whose token it is, if it may do that."""
        digest = _digest(token)
        return next(
            (
                one.name
                for one in self.all()
                if secrets.compare_digest(one.digest, digest) and scope in one.may
            ),
            None,
        )

    def _keep(self, held: list[Token]) -> None:
        told = msgspec.json.format(msgspec.json.encode(held), indent=2)
        disk.written(self._file, told, mode=0o600)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
