"""The signed list of the files of a copy, and a mirror compared with it.

`files.sha256` is what `sha256sum` writes and checks. `files.note` holds its digest as a signed note
(C2SP signed-note, Ed25519), so that one signature vouches for every file.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from gatewatch import disk
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.exports.exporting import LOCK
from gatewatch.ledger import notes

LIST, NOTE, KEYS = "files.sha256", "files.note", "files.keys"
_ORIGIN = "gatewatch/copy"
_OWN = frozenset({LIST, NOTE, KEYS})
Sign = Callable[[str], tuple[str, Sequence[str]]]
"""Makes a signed note of a text; and the public keys that verify it."""


class WrittenList(msgspec.Struct, frozen=True):
    """What was written of a list."""

    files: tuple[str, ...]
    written: tuple[str, ...]
    signed_by: tuple[str, ...]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What a mirror's files are by its signed list."""

    files: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unlisted: tuple[str, ...]
    signed_by: tuple[str, ...]
    """Public keys of which a signature holds; none where the copy was not signed."""
    trusted: bool
    """Whether the keys came from who verifies, and not with the mirror itself."""

    @property
    def sound(self) -> bool:
        """Whether everything is as it was listed, and nothing else is there."""
        return not (self.changed or self.missing or self.unlisted)


def is_copy(folder: Path) -> bool:
    """Whether a folder is a copy of a site, or a mirror of one."""
    return any((folder / name).is_file() for name in (LIST, NOTE))


def found(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path; but for locks, which are empty. A link is
    no file, whatever it leads to: it would not go along to the next mirror."""
    return {
        file.relative_to(folder).as_posix(): _LINK if file.is_symlink() else disk.sha256(file)
        for file in sorted(folder.rglob("*"))
        if file.is_symlink()
        or (file.is_file() and not (file.name == LOCK and file.stat().st_size == 0))
    }


_LINK = "link"
"""In the place of a digest."""


def held(folder: Path) -> dict[str, str]:
    """What the list of a copy says; nothing where there is none."""
    try:
        text = (folder / LIST).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return parsed(text)


def parsed(text: str) -> dict[str, str]:
    """Digests by path. UsageError for what is no list, or leads out of the folder."""
    digests = {}
    for line in text.splitlines():
        digest, mark, name = line[:64], line[64:66], line[66:]
        if mark != "  " or len(digest) != 64 or not disk.inside(name):
            raise UsageError(f"{line[:100]!r} is no line of {LIST}")
        digests[name] = digest
    return digests


def write(folder: Path, digests: dict[str, str], sign: Sign | None) -> WrittenList:
    """Write the list, its note and the keys of its signatures, each if it differs."""
    body = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    texts = {LIST: body}
    keys: Sequence[str] = ()
    if sign:
        texts[NOTE], keys = sign(_said(body, len(digests)))
        texts[KEYS] = "".join(f"{key}\n" for key in keys)
    else:
        for name in (NOTE, KEYS):
            (folder / name).unlink(missing_ok=True)
    written = [name for name, text in texts.items() if _differs(folder / name, text)]
    for name in written:
        disk.written(folder / name, texts[name].encode())
    return WrittenList(tuple(texts), tuple(written), tuple(keys))


def _said(body: str, number: int) -> str:
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"{_ORIGIN}\n{number}\n{digest}\n"


def _differs(file: Path, text: str) -> bool:
    try:
        return file.read_bytes() != text.encode()
    except OSError:
        return True


def verify(folder: Path, keys: Sequence[str] = ()) -> Verified:
    """Compare a mirror with its list, and the list with its signature. `keys`: public keys of the
    operator; without them those are taken that lie in the mirror. GatewatchError where the list is
    not the one that was signed."""
    if not (folder / LIST).is_file():
        raise UsageError(
            f"{folder} holds no {LIST}: it is no copy that gatewatch export --site made"
        )
    try:
        body = (folder / LIST).read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise UsageError(f"{folder / LIST} is no list of files: {fault}") from fault
    listed, there = parsed(body), {n: d for n, d in found(folder).items() if n not in _OWN}
    return Verified(
        files=len(listed),
        changed=tuple(n for n, d in listed.items() if there.get(n, d) != d),
        missing=tuple(n for n in listed if n not in there),
        unlisted=tuple(n for n in there if n not in listed),
        signed_by=_signers(folder, body, len(listed), keys),
        trusted=bool(keys),
    )


def _signers(folder: Path, body: str, number: int, keys: Sequence[str]) -> tuple[str, ...]:
    if not (folder / NOTE).is_file():
        if keys:
            raise GatewatchError(f"{folder} has no {NOTE}: nobody signed its list of files")
        return ()
    given = keys or (folder / KEYS).read_text(encoding="utf-8").split()
    known = [notes.Verifier.parse(one) for one in given]
    text, by = notes.signed_by((folder / NOTE).read_bytes(), known)
    if not by:
        raise GatewatchError(
            f"none of the keys given signed {folder / NOTE}: compare with what the operator publishes"
        )
    if text != _said(body, number):
        raise GatewatchError(f"{folder / LIST} is not the list that was signed: take the copy anew")
    return tuple(str(one) for one in by)
