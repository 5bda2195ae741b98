"""Events by mail, over the server that the operator names."""

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from gatewatch.errors import UsageError
from gatewatch.model.event import Event
from gatewatch.pipeline.webhook import WebhookReply

_PATIENCE = 20.0
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def check(address: str) -> None:
    """Refuse what is no single plain mail address."""
    _, plain = parseaddr(address)
    name, at, host = plain.rpartition("@")
    bad = set(' \t\r\n,;<>"()[]\\')
    if (
        plain != address
        or not at
        or not name
        or "." not in host
        or bad & set(address)
        or not address.isascii()
    ):
        raise UsageError(f"{address!r} is no mail address")


class Post:
    """Where mail leaves. `server` is smtp://, smtp+starttls:// or
    smtps://[USER:PASSWORD@]HOST[:PORT]."""

    def __init__(self, server: str, sender: str) -> None:
        parts = urlsplit(server)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise UsageError("GATEWATCH_SMTP is smtp://, smtp+starttls:// or smtps:// with a host")
        check(sender)
        self._parts, self._sender = parts, sender

    def send(self, to: str, name: str, event: Event, base: str) -> WebhookReply:
        """One message; never raises."""
        try:
            with self._open() as server:
                server.send_message(_message(self._sender, to, name, event, base=base))
        except (smtplib.SMTPException, OSError) as fault:
            return WebhookReply(None, f"{type(fault).__name__}: {fault}")
        return WebhookReply(250)

    def _open(self) -> smtplib.SMTP:
        parts = self._parts
        where = (str(parts.hostname), parts.port or _PORTS[parts.scheme])
        safe = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=_PATIENCE, context=safe)
        else:
            server = smtplib.SMTP(*where, timeout=_PATIENCE)
        if parts.scheme == "smtp+starttls":
            server.starttls(context=safe)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def _message(sender: str, to: str, name: str, event: Event, base: str) -> EmailMessage:
    message = EmailMessage(policy=WIRE)
    message["From"], message["To"] = sender, to
    message["Subject"] = " ".join(event.title.split())
    message["Date"] = format_datetime(event.at)
    message["Message-ID"] = f"<{name}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{event.text}\n\n{base}{event.path}\n")
    return message
