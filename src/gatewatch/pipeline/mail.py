"""Events by mail, over the server that the operator names."""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import msgspec

from gatewatch.errors import MistakeError, UsageError
from gatewatch.model.event import Event
from gatewatch.pipeline.webhook import WebhookReply

_PATIENCE = 20.0
_LONGEST = 254
"""Characters of an address: RFC 5321, 4.5.3.1.3, less its brackets."""
_OWN = (".localhost", ".localdomain")
"""How names end that a server of mail takes for its own machine, as it does numbers."""
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def check(address: str) -> None:
    """Refuse what is no single plain mail address."""
    _, plain = parseaddr(address)
    name, at, host = plain.rpartition("@")
    bad = set(',;<>"()[]\\')
    if (
        plain != address
        or not at
        or not name
        or "." not in host
        or not host.rpartition(".")[2][:1].isalpha()
        or host.lower().endswith(_OWN)
        or not all(host.split("."))
        or len(address) > _LONGEST
        or bad & set(address)
        or not all("!" <= one <= "~" for one in address)
    ):
        raise MistakeError("'{address}' is no mail address", address=address)


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `name` is the same however often it is sent, `first` the name of the one that it
    corrects, in whose thread it stands."""

    to: str
    name: str
    event: Event
    links: Sequence[str]
    sent: datetime
    first: str = ""


class Post:
    """Where mail leaves. `server` is smtp://, smtp+starttls:// or
    smtps://[USER:PASSWORD@]HOST[:PORT]."""

    def __init__(self, server: str, sender: str) -> None:
        parts = urlsplit(server)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise UsageError("GATEWATCH_SMTP is smtp://, smtp+starttls:// or smtps:// with a host")
        check(sender)
        self._parts, self._sender = parts, sender

    @contextmanager
    def session(self) -> "Iterator[Session]":
        """One connection for several messages, opened with the first."""
        session = Session(self._open, self._sender)
        try:
            yield session
        finally:
            session.close()

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


class Session:
    """Messages over one connection, made anew where the server ended it."""

    def __init__(self, connect: Callable[[], smtplib.SMTP], sender: str) -> None:
        self._connect, self._sender = connect, sender
        self._server: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> WebhookReply:
        """One message; never raises."""
        message = _message(self._sender, mail)
        fresh = self._server is None
        try:
            self._through(message)
        except smtplib.SMTPServerDisconnected as fault:
            self.close()
            if fresh:
                return _failed(fault)
            return self.send(mail)
        except (smtplib.SMTPException, OSError) as fault:
            self.close()
            return _failed(fault)
        return WebhookReply(250)

    def _through(self, message: EmailMessage) -> None:
        if self._server is None:
            self._server = self._connect()
        self._server.send_message(message)

    def close(self) -> None:
        """Say goodbye, where anybody is still there."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()


def _failed(fault: Exception) -> WebhookReply:
    return WebhookReply(None, f"{type(fault).__name__}: {fault}")


def _message(sender: str, mail: Mail) -> EmailMessage:
    event, host = mail.event, sender.rpartition("@")[2]
    message = EmailMessage(policy=WIRE)
    message["From"], message["To"] = sender, mail.to
    message["Subject"] = " ".join(event.title.split())
    # When it was sent (RFC 5322, 3.6.1), not when it happened: late data tells of years ago.
    message["Date"] = format_datetime(mail.sent)
    message["Message-ID"] = f"<{mail.name}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if event.amends:
        message["X-Gatewatch-Amends"] = " ".join(event.amends.split())
    if mail.first:
        message["In-Reply-To"] = message["References"] = f"<{mail.first}@{host}>"
    message.set_content("\n".join([event.text, "", *mail.links, ""]))
    return message
