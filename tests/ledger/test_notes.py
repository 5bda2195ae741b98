"""Signed notes: those of others are read, ours hold, and a changed one does not."""

from pathlib import Path

import pytest

from gatewatch.errors import LedgerError
from gatewatch.ledger import notes

SIGNER = notes.Signer("example.org/log", bytes(range(32)))
OTHERS = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
THEIRS = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
"""The example of Go's package sumdb/note."""


def test_a_note_of_another_program_holds() -> None:
    """The one that Go's own documentation gives, by its key."""
    text, by = notes.signed_by(THEIRS.encode(), [notes.Verifier.parse(OTHERS)])
    assert text.startswith("If you think")
    assert [one.name for one in by] == ["PeterNeumann"]
    assert str(by[0]) == OTHERS


def test_every_changed_bit_of_a_note_is_found() -> None:
    """In the text, the name, the id and the signature: no other writing of it is taken."""
    note = notes.note("example.org/log\n1\nAAAA\n", [SIGNER]).encode()
    known = [SIGNER.verifier]
    assert notes.signed_by(note, known)[1] == known
    for place in range(len(note) * 8):
        changed = bytearray(note)
        changed[place // 8] ^= 1 << place % 8
        try:
            assert notes.signed_by(bytes(changed), known)[1] == []
        except LedgerError:
            continue


def test_keys_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    """There and back as text; no key in a message; a file that others cannot read."""
    made = notes.Signer.new("example.org/log")
    file = notes.keep(tmp_path / "keys", made, 1)
    assert notes.keys_in(tmp_path / "keys") == [made]
    assert file.stat().st_mode & 0o077 == 0
    assert notes.Verifier.parse(str(made.verifier)) == made.verifier
    assert made.seed.hex() not in repr(made)


@pytest.mark.parametrize("text", ["", "a+b", OTHERS[:-4], OTHERS.replace("c74", "c75"), "+" * 9])
def test_what_is_no_key_is_refused(text: str) -> None:
    """Cut, mistyped or something else."""
    with pytest.raises(LedgerError):
        notes.Verifier.parse(text)


def test_a_name_that_a_note_cannot_bear_is_refused() -> None:
    """Blanks and plus part what stands in a line."""
    with pytest.raises(LedgerError, match="cannot name a log"):
        notes.Signer.new("our log")
