"""What a probe's user must know before the first run, and the answer, kept."""

import os
import sys
from pathlib import Path

from gatewatch.cli.terminal import note
from gatewatch.errors import UsageError
from gatewatch.model.message import Message, message
from gatewatch.words import say
from gatewatch.words.languages import LANGUAGES

_FILE = "probe-consent"
_VERSION = "1"
_TEXT: tuple[Message, ...] = (
    message(
        "The probe connects from this machine to the sites and services that you name, and notes at "
        "which step it fails."
    ),
    message(
        "Your internet provider, and whoever watches the network, can see that you connect to them, "
        "and that you test whether they are blocked. Nothing hides that."
    ),
    message(
        "In some countries it may be unlawful to open such sites, or to measure them. If you could "
        "be harmed by that, do not go on."
    ),
    message(
        "A measurement holds the time, the country and network that you name, your resolver's "
        "address and what the sites answered. Addresses of this machine are taken out of it."
    ),
    message(
        "Nothing is sent to anybody but the sites, the resolvers (1.1.1.1 beside your own, unless you "
        "name others or none), and the control helper or collector that you name."
    ),
)
_ASKED = message("Do you understand this, and go on? Write yes:")
_KEPT = message("You will not be asked again; to take that back, delete")
_YES = {"yes", "y", "да", "是"}


def language() -> str:
    """The language that the system's settings ask for, if it is one of ours; else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value[:2] if value[:2] in LANGUAGES else "en"
    return "en"


def given(*, understood: bool, spoken: str | None) -> None:
    """Make sure that the user knows: it is said and asked once, and the answer kept.

    Raises UsageError where nobody is there to answer, or the answer is no.
    """
    if spoken is not None and spoken not in LANGUAGES:
        raise UsageError(f"--language {spoken!r}: there are {', '.join(LANGUAGES)}")
    file = _place()
    if file.exists() and file.read_text(encoding="utf-8").strip() == _VERSION:
        return
    tongue = spoken or language()
    if not understood:
        for part in _TEXT:
            note(f"  {say(part, tongue)}")
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError(
                "nobody is here to answer: read what stands above, and say --i-understand"
            )
        sys.stderr.write(f"\n  {say(_ASKED, tongue)} ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().casefold() not in _YES:
            raise UsageError("nothing was measured")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{_VERSION}\n", encoding="utf-8")
    if not understood:
        note(f"  {say(_KEPT, tongue)} {file}")


def _place() -> Path:
    from platformdirs import user_state_path

    return user_state_path("gatewatch") / _FILE
