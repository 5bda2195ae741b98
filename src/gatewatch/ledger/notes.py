"""Signed notes (C2SP signed-note) with Ed25519, and the keys of a log, written as Go's
`sumdb/note` writes them so that other programs of the field read them.

A private key is kept by the operator outside what is served: one file a key in a folder of its own.
"""

import base64
import hashlib
import os
import re
from pathlib import Path

import msgspec

from gatewatch.errors import LedgerError, needs

_ED25519 = b"\x01"
"""The type of a signature, as the specification numbers them."""
_DASH = "\u2014 "
_NAME = re.compile(r"[^\s+]{1,200}")
_MOST_SIGNATURES = 16
_MOST_BYTES = 1 << 16


class Verifier(msgspec.Struct, frozen=True):
    """A public key with the name that it signs under. `str()` is what an operator publishes:
    `name+id+key`."""

    name: str
    key: bytes

    @property
    def id(self) -> bytes:
        """Four bytes by which a signature names its key."""
        said = self.name.encode() + b"\n" + _ED25519 + self.key
        return hashlib.sha256(said).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.key)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """A key as it is published. LedgerError where it is none."""
        name, _, rest = text.strip().partition("+")
        number, _, key = rest.partition("+")
        raw = _bytes_of(key)
        if not (_NAME.fullmatch(name) and raw and raw[:1] == _ED25519 and len(raw) == 1 + 32):
            raise LedgerError(f"{text[:100]!r} is no public key of a log: NAME+ID+KEY, in one line")
        found = cls(name, raw[1:])
        if found.id.hex() != number:
            raise LedgerError(f"the public key {text[:100]!r} was mistyped: its id is another")
        return found

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made a signature over a text. MissingExtraError without the extra
        `cite`."""
        with needs("cite"):
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer(msgspec.Struct, frozen=True):
    """A private key with its name. `str()` is the line that its file holds."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"

    def __str__(self) -> str:
        public = self.verifier
        return f"PRIVATE+KEY+{self.name}+{public.id.hex()}+{_base64(_ED25519 + self.seed)}"

    @classmethod
    def new(cls, name: str) -> "Signer":
        """A key made at random. LedgerError for a name that a note cannot bear."""
        if not _NAME.fullmatch(name):
            raise LedgerError(
                f"{name!r} cannot name a log: write an address without its scheme, as "
                "example.org/gatewatch, without blanks and without +"
            )
        return cls(name, os.urandom(32))

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """A key from the line of its file."""
        head, _, rest = text.strip().partition("PRIVATE+KEY+")
        name, _, tail = rest.partition("+")
        number, _, key = tail.partition("+")
        raw = _bytes_of(key)
        if head or not name or not raw or raw[:1] != _ED25519 or len(raw) != 1 + 32:
            raise LedgerError("this is no private key of a log")
        found = cls(name, raw[1:])
        if found.verifier.id.hex() != number:
            raise LedgerError(f"the private key of {name} is damaged")
        return found

    @property
    def _private(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - of a library that an extra brings
        with needs("cite"):
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self._private.public_key().public_bytes_raw())

    def signature(self, text: str) -> str:
        """The line that this key adds to a note."""
        signed = self.verifier.id + self._private.sign(text.encode())
        return f"{_DASH}{self.name} {_base64(signed)}\n"


def note(text: str, signers: "list[Signer]") -> str:
    """A text with its signatures."""
    return f"{text}\n{''.join(one.signature(text) for one in signers)}"


def read(data: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a note, and the name, key id and signature of each of its lines. LedgerError for
    what is no note. Only one writing of a note is taken, to the last bit."""
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise LedgerError("the note is not UTF-8") from None
    text, blank, lines = whole.rpartition("\n\n")
    if len(data) > _MOST_BYTES or not blank or any(ord(c) < 0x20 and c != "\n" for c in whole):
        raise LedgerError("the note is not of the form that signed-note gives")
    found = []
    for line in lines.splitlines():
        name, _, signed = line.removeprefix(_DASH).partition(" ")
        raw = _bytes_of(signed)
        if not line.startswith(_DASH) or not _NAME.fullmatch(name) or not raw or len(raw) <= 4:
            raise LedgerError("a signature of the note cannot be read")
        found.append((name, raw[:4], raw[4:]))
    if len(found) > _MOST_SIGNATURES or (lines and not lines.endswith("\n")):
        raise LedgerError("the note is not of the form that signed-note gives")
    return f"{text}\n", found


def signed_by(data: bytes, known: "list[Verifier]") -> tuple[str, list[Verifier]]:
    """The text of a note and the known keys that signed it. A signature of a known key that does
    not hold makes a LedgerError, as the specification wants; those of others are passed over."""
    text, lines = read(data)
    found = []
    for name, number, signature in lines:
        for key in known:
            if (key.name, key.id) == (name, number):
                if not key.holds(text.encode(), signature):
                    raise LedgerError(f"the signature of {name} does not hold")
                found.append(key)
    return text, found


def keys_in(folder: Path) -> list[Signer]:
    """The private keys of a folder, the newest first."""
    files = sorted(folder.glob("*.key")) if folder.is_dir() else []
    return [Signer.parse(file.read_text()) for file in reversed(files)]


def keep(folder: Path, signer: Signer, number: int) -> Path:
    """Write a private key where its owner alone may read it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    file = folder / f"{number:04d}-{signer.verifier.id.hex()}.key"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(f"{signer}\n")
        out.flush()
        os.fsync(out.fileno())
    return file


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes_of(text: str) -> bytes | None:
    """The bytes that a text of base64 writes; None unless it is the one way to write them."""
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return found if _base64(found) == text else None


def decoded(text: str) -> bytes:
    """As notes and proofs write hashes. LedgerError for anything else."""
    found = _bytes_of(text)
    if found is None:
        raise LedgerError(f"{text[:60]!r} is no base64")
    return found
