"""Events to the operator's own chat, pager or phone, through Apprise.

Targets are named in a file that GATEWATCH_NOTIFY names, and nowhere else: what Apprise can reach
includes programs and files of this machine, so nobody over the network names one.
"""

import logging
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gatewatch import config
from gatewatch.errors import UsageError, needs
from gatewatch.model.event import Event
from gatewatch.model.subscription import UNDELIVERED
from gatewatch.pipeline.webhook import WebhookReply


class NotifyTargets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: names, each with an address as Apprise writes it."""

    targets: dict[str, str]


class Notifier:
    """The operator's targets by name, read when they are asked for."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or config.notify_file()

    def check(self, name: str) -> None:
        """UsageError for a name that the file lacks, or that Apprise cannot reach."""
        with needs("notify"):
            from apprise import Apprise
        if not Apprise().add(self._address(name)):
            raise UsageError(f"{self._file}: Apprise does not understand the address of {name!r}")

    def _address(self, name: str) -> str:
        if self._file is None:
            raise UsageError(
                f"notify:{name}: name a file with GATEWATCH_NOTIFY that holds"
                f' [targets] and {name} = "..." as Apprise writes addresses'
            )
        try:
            found = msgspec.convert(
                tomllib.loads(self._file.read_text(encoding="utf-8")), NotifyTargets
            )
        except (
            OSError,
            UnicodeDecodeError,
            tomllib.TOMLDecodeError,
            msgspec.ValidationError,
        ) as fault:
            raise UsageError(f"{self._file}: {fault}") from fault
        if name not in found.targets:
            known = ", ".join(sorted(found.targets)) or "none"
            raise UsageError(f"{self._file} names no target {name!r}; it names {known}")
        return found.targets[name]

    def send(self, name: str, event: Event, links: Sequence[str]) -> WebhookReply:
        """One message with its links; never raises."""
        try:
            with needs("notify"):
                from apprise import Apprise
            logging.getLogger("apprise").setLevel(logging.CRITICAL)
            target = Apprise()
            target.add(self._address(name))
            sent = target.notify(title=event.title, body="\n".join([event.text, "", *links]))
        except UsageError as fault:
            return WebhookReply(None, str(fault))
        except Exception as fault:  # noqa: BLE001 - a hundred services, each with faults of its own
            return WebhookReply(None, f"{type(fault).__name__}: {fault}")
        return WebhookReply(200) if sent else WebhookReply(None, UNDELIVERED.id)
