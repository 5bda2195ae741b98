"""Logs of a site as JSON lines: what was asked and how it ended, and what went wrong.

Who asked is left out unless the operator wants it, and so is the query, for it says what somebody
looked up. Files are opened anew when a log rotation moved them away.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import Any

from gatewatch.site.settings import SiteSettings

STDOUT = "-"
"""As the name of a log file: standard output."""
_ACCESS = logging.getLogger("gatewatch.access")
_LONGEST_PATH = 400
"""Characters; a longer path is one that somebody made up."""


class JsonLines(logging.Formatter):
    """A record as one line: time in UTC, level, message, the record's own `fields`, the
    traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
        }
        if text := record.getMessage():
            line["message"] = text
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure(settings: SiteSettings) -> None:
    """Set both logs up for this worker: access as asked, errors to standard error as JSON lines."""
    _lead(logging.getLogger("gatewatch"), logging.StreamHandler(sys.stderr), logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
    _lead(logging.getLogger("uvicorn"), logging.StreamHandler(sys.stderr), logging.WARNING)
    _ACCESS.disabled = not settings.access_log
    if settings.access_log == STDOUT:
        _lead(_ACCESS, logging.StreamHandler(sys.stdout), logging.INFO)
    elif settings.access_log:
        file = WatchedFileHandler(settings.access_log, encoding="utf-8")
        _lead(_ACCESS, file, logging.INFO)


def access(
    *, method: str, path: str, status: int, sent: int, seconds: float, client: str | None
) -> None:
    """One request as a line; `client` is None unless the operator asked for addresses."""
    if _ACCESS.disabled or not _ACCESS.handlers:
        return
    fields: dict[str, Any] = {
        "method": method,
        "path": path[:_LONGEST_PATH],
        "status": status,
        "bytes": sent,
        "ms": round(seconds * 1000, 1),
    }
    if client is not None:
        fields["client"] = client
    _ACCESS.info("", extra={"fields": fields})


def _lead(log: logging.Logger, handler: logging.Handler, level: int) -> None:
    handler.setFormatter(JsonLines())
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False
