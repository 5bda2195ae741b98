"""From a measurement to its steps, each beside what happened to the control. No judgement.

Pure, and the hot path of an ingest: one pass over what the probe recorded, names and URLs parsed
once each.
"""

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import urlsplit

import msgspec
from blake3 import blake3

from gatewatch.analysis.network import certificates
from gatewatch.analysis.network.fingerprints import Matcher
from gatewatch.analysis.network.pages import same_site
from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.measurement import (
    UNREAD,
    Binary,
    Control,
    ControlConnect,
    ControlHttp,
    DnsQuery,
    HttpResponse,
    HttpTransaction,
    Measurement,
    NetworkEvent,
    Task,
    TcpConnect,
    TlsHandshake,
    body_bytes,
    readable,
)
from gatewatch.model.memo import memo
from gatewatch.model.observation import (
    FAILED,
    MET,
    NONE,
    DnsStep,
    HttpStep,
    Observed,
    TaskStep,
    TcpStep,
    TlsStep,
)
from gatewatch.model.ranges import parsed, plain

_VALID_FOR_NAME = 8
# Classes and no flag: it needs no copy in small letters of what it looks through.
_TITLE = re.compile(
    rb"<[tT][iI][tT][lL][eE]\b[^<>]{0,400}>(.{0,600}?)</[tT][iI][tT][lL][eE]", re.DOTALL
)
_BARE_TITLE = re.compile(rb"<title>[^<]{1,128}</title", re.IGNORECASE)
"""A title that every test helper reads. Of one with an attribute, with an element in it or longer
than 128 characters some of them say "" (OONI's WebGetTitle and its forerunners)."""
_TITLE_WITHIN = 65_536
_MOST_LEAPS = 64
_T = (b"t", b"T")
_REFUSED_FROM = 400
_plain_headers = msgspec.json.Decoder(list[tuple[str, str]]).decode
_headers = msgspec.json.Decoder(list[tuple[str, str | Binary | None]]).decode
_header_map = msgspec.json.Decoder(dict[str, str | Binary | list[str] | None]).decode
_lower = str.lower
_FINAL_DOT = "."
_EXTRA = "fetch_body=false"
_DEPTHS = {f"depth={n}": n for n in range(64)}
_Control = tuple[str, str | None]
"""How the control fared with a step: what is known of it, and its failure."""
_Answered = tuple[tuple[str, ...], tuple[int, ...]]
"""Addresses, and their networks."""
_NOTHING: tuple[str, ...] = ()
_UNKNOWN: tuple[_Control, _Answered] = ((NONE, None), ((), ()))
_UNREAD: tuple[None, None] = (None, None)
_NO_RAW = msgspec.Raw()
_NO_LEAF = certificates.Leaf("")
_MOST_BYTES = 1 << 53
_DIGEST_BYTES = 16
_SUMMED = "bytes_received_cumulative"
_READS = frozenset({"read", "bytes_received_snapshot", _SUMMED})
_NO_CONTROL, _NO_PAGE, _NO_RESPONSE = Control(), ControlHttp(), HttpResponse()


def observe(measurement: Measurement, matcher: Matcher) -> Observed:
    """The steps of a measurement, in the order of resolve, connect, handshake and request."""
    return _Observer(measurement, matcher).observed()


class _Observer:
    """One measurement being taken apart."""

    def __init__(self, measurement: Measurement, matcher: Matcher) -> None:
        self._m = measurement
        self._matcher = matcher
        steps = measurement.steps
        self._relayed = measurement.test_name == "http_requests"
        control = _through_tor(steps.requests) if self._relayed else steps.control
        self._control = control or _NO_CONTROL
        if control is None and steps.control_failure is None:
            self._known = NONE
        elif steps.control_failure is not None or control is None or _is_empty(control):
            self._known = FAILED
        else:
            self._known = MET
        _, self._host, _ = url_parts(measurement.input)
        self._hops: dict[str, int] = {}
        self._there = self._control_answers()

    def observed(self) -> Observed:
        s = self._m.steps
        page = self._control.http_request
        pages = self._pages(s.requests) if s.requests else ()
        handshakes = [self._tls(h, quic=False) for h in s.tls_handshakes or ()]
        names = [self._dns(q) for q in s.queries or ()]
        if s.x_dns_duplicate_responses:
            again = [self._dns(q) for q in s.x_dns_duplicate_responses]
            names += [msgspec.structs.replace(one, duplicate=True) for one in again]
        if s.quic_handshakes:
            handshakes += [self._tls(h, quic=True) for h in s.quic_handshakes]
        return Observed(
            measurement=self._m,
            host=self._host,
            names=tuple(names),
            connects=tuple([self._tcp(c) for c in s.tcp_connect or ()]),
            handshakes=tuple(handshakes),
            pages=pages,
            control=self._known,
            control_page=page is not None and (page.status_code or 0) > 0 and page.failure is None,
            valid=self._valid(),
            fingerprints=self._matcher.version,
            tasks=tuple([_task(one) for one in self._m.tasks]),
        )

    def _valid(self) -> tuple[str, ...]:
        info = self._control.ip_info
        if not info:
            return ()
        return tuple(
            [
                canonical_address(ip)
                for ip, known in info.items()
                if known is not None and (known.flags or 0) & _VALID_FOR_NAME
            ]
        )

    def _control_answers(self) -> tuple[_Control, _Answered]:
        """What is known of the input's name: the words of a step and the control's answers."""
        control = self._control.dns
        if self._known is not MET or control is None:
            return (NONE if self._known is MET else self._known, None), ((), ())
        info = self._control.ip_info or {}
        given = control.addrs or ()
        addresses = _addresses(tuple(given))
        asns = [known.asn for a in given if (known := info.get(a)) and known.asn]
        failure = control.failure
        if failure is None and not addresses:
            failure = "dns_no_answer"
        return (MET, failure), (addresses, tuple(asns))

    def _hop(self, tags: list[str] | None, host: str | None) -> int:
        for tag in tags or ():
            if tag in _DEPTHS:
                return _DEPTHS[tag]
        return self._hops.get(host, 0) if host and self._hops else 0

    def _dns(self, q: DnsQuery) -> DnsStep:
        host = canonical_host(q.hostname or "")
        addresses = marks = cnames = _NOTHING
        asns: tuple[int, ...] = ()
        failure = q.failure
        if answers := q.answers:
            given, known_asns = [], []
            for answer in answers:
                given.append(answer.ipv4 or answer.ipv6)
                if answer.asn:
                    known_asns.append(answer.asn)
                if answer.hostname:
                    cnames += (answer.hostname,)
            asns = tuple(known_asns)
            addresses = _canonical(tuple(given))
            if not addresses and not cnames and failure is None:
                failure = UNREAD
            marks = self._matcher.in_answers(addresses)
        control, answered = self._there if host == self._host else _UNKNOWN
        # By place, here and below: to name so many values takes five times as long as to set them,
        # on the way that every step goes.
        return DnsStep(
            self._hop(q.tags, host),
            q.transaction_id,
            failure,
            q.t0,
            q.t,
            *control,
            host,
            q.query_type,
            q.engine,
            q.resolver_address or q.resolver_hostname or None,
            addresses,
            asns,
            *answered,
            marks,
            cnames,
            False,
            q.subset,
        )

    def _endpoint(
        self, table: dict[str, ControlConnect] | None, place: tuple[str | None, int | None]
    ) -> _Control:
        """How the control fared with the same endpoint."""
        if self._known is not MET:
            return self._known, None
        found = table.get(_untranslated(place)) if table else None
        if found is None:
            return _UNKNOWN[0]
        failure = found.failure
        if failure is None and found.status is False:
            failure = "unknown_error"
        return MET, failure

    def _tcp(self, c: TcpConnect) -> TcpStep:
        status = c.status
        failure = None
        if status is not None and not status.success:
            failure = status.failure if isinstance(status.failure, str) else None
            failure = failure or ("unknown_error" if status.success is False else None)
        control = self._endpoint(self._control.tcp_connect, (c.ip, c.port))
        return TcpStep(
            self._hop(c.tags, None),
            c.transaction_id,
            failure,
            c.t0,
            c.t,
            *control,
            canonical_address(c.ip) if c.ip else None,
            c.port,
            c.tags is not None and _EXTRA in c.tags,
            c.subset,
        )

    def _tls(self, h: TlsHandshake, *, quic: bool) -> TlsStep:
        host = canonical_host(h.server_name or "") or None
        ip, port = split_endpoint(h.address)
        control = self._control
        table = control.quic_handshake if quic else control.tls_handshake
        known = self._endpoint(table, (ip, port))
        found = certificates.leaf(h.peer_certificates[0]) if h.peer_certificates else None
        leaf = found or _NO_LEAF
        last = self._last(h.transaction_id) if h.failure else _UNREAD
        return TlsStep(
            self._hop(h.tags, host),
            h.transaction_id,
            h.failure,
            h.t0,
            h.t,
            *known,
            ip,
            port,
            host,
            h.tls_version or None,
            h.failure is None and not h.no_tls_verify,
            quic,
            h.tags is not None and _EXTRA in h.tags,
            leaf.digest or None,
            leaf.names,
            leaf.issuer,
            leaf.expires,
            leaf.starts,
            bool(h.echconfig),
            h.outer_server_name or None,
            *last,
            h.subset,
        )

    def _last(self, transaction: int | None) -> tuple[int | None, str | None]:
        """Bytes written on a connection, and the last thing that was tried on it."""
        events = self._m.steps.network_events
        if not transaction or not events:
            return None, None
        mine = [event for event in events if event.transaction_id == transaction]
        sent = sum([e.num_bytes or 0 for e in mine if e.operation == "write"])
        return min(sent, _MOST_BYTES) or None, mine[-1].operation if mine else None

    def _pages(self, rows: list[HttpTransaction]) -> tuple[HttpStep, ...]:
        """Requests are recorded last first: without tags, the place from the end is the hop."""
        web = self._m.test_name == "web_connectivity"
        if self._relayed:
            rows = [row for row in rows if not _is_relayed(row)]
        last = len(rows) - 1
        if last:
            for place, row in enumerate(reversed(rows)):
                _, host, _ = url_parts(row.request.url if row.request else None)
                if host:
                    self._hops.setdefault(host, place)
        events = self._m.steps.network_events
        reads = _reads(events) if events else {}
        found = []
        for place, row in enumerate(rows):
            rate = reads.get(row.transaction_id or 0, _UNREAD) if reads else _UNREAD
            hop = self._hop(row.tags, None) if row.tags else (last - place) if web else 0
            found.append(self._http(row, hop, rate, final=not place and (web or self._relayed)))
        return tuple(found)

    def _http(
        self,
        row: HttpTransaction,
        hop: int,
        rate: tuple[int | None, float | None],
        *,
        final: bool,
    ) -> HttpStep:
        """One request; `rate` is the bytes read on its connection, and in how many seconds."""
        url = row.request.url if row.request else None
        scheme, host, port = url_parts(url)
        ip, dialled = split_endpoint(row.address)
        response = row.response or _NO_RESPONSE
        headers = read_headers(response.headers_list, response.headers)
        body = readable(response.body)
        status = response.code or None
        names = self._matcher.in_headers(headers) if headers else ()
        title = None
        if body:
            # What a network writes into a page it can only write where nothing is encrypted, or
            # at the end of a redirect that it wrote.
            elsewhere = scheme == "https" and not same_site(host, self._host)
            if scheme != "https" or (status or 0) >= _REFUSED_FROM or elsewhere:
                names += self._matcher.in_body(body)
            title = _title(body)
        control = self._control.http_request if final and self._known is MET else None
        there = control if control and (control.status_code or 0) > 0 else _NO_PAGE
        known = MET if control else NONE if self._known is MET else self._known
        return HttpStep(
            hop,
            row.transaction_id,
            row.failure,
            row.t0,
            row.t,
            known,
            control.failure if control else None,
            ip,
            dialled or port,
            host,
            url,
            scheme == "https",
            status,
            headers.get("location"),
            headers.get("server"),
            _words(title[1]) if title else None,
            len(body) if body is not None else None,
            _digest(body) if body else None,
            bool(response.body_is_truncated),
            tuple(headers),
            names,
            *rate,
            there.status_code,
            there.body_length if (there.body_length or -1) >= 0 else None,
            _title_there(there.title, title),
            _header_names(there.headers),
            self._matcher.in_title(there.title) if there.title else (),
            row.subset,
        )


def _task(one: Task) -> TaskStep:
    return TaskStep(
        hop=0,
        transaction=None,
        failure=one.failure,
        t0=one.t0,
        t=one.t,
        control=NONE,
        control_failure=None,
        protocol=one.protocol,
        operation=one.operation,
        ip=canonical_address(one.ip) if one.ip else None,
        port=one.port,
        progress=one.progress,
        changed=one.changed,
        subset=one.subset,
    )


def _is_relayed(row: HttpTransaction) -> bool:
    """Whether a request went through Tor."""
    return bool(row.request and row.request.tor and row.request.tor.is_tor)


def _through_tor(rows: list[HttpTransaction] | None) -> Control | None:
    """The control of http_requests (ts-003): the same request through Tor."""
    found = next((row for row in rows or () if _is_relayed(row)), None)
    if found is None:
        return None
    response = found.response or _NO_RESPONSE
    body = body_bytes(response.body) if response.body else b""
    title = _title(body) if body else None
    headers = list(read_headers(response.headers_list, response.headers))
    return Control(
        http_request=ControlHttp(
            failure=found.failure,
            status_code=response.code,
            body_length=len(body) if body else None,
            title=(_words(title[1]) if title else "") if body else None,
            headers=msgspec.Raw(msgspec.json.encode(dict.fromkeys(headers, ""))),
        )
    )


def _is_empty(control: Control) -> bool:
    return control.dns is None and not control.tcp_connect and control.http_request is None


def _reads(events: Iterable[NetworkEvent]) -> dict[int, tuple[int, float]]:
    """Bytes read on each connection, and the seconds from its first read to its last. Some
    programs write every read, others from time to time the sum until then."""
    found: dict[int, list[float]] = {}
    for event in events:
        at = event.t
        if event.operation not in _READS or at is None:
            continue
        size = event.num_bytes or 0
        known = found.get(event.transaction_id or 0)
        if known is None:
            found[event.transaction_id or 0] = [size, at, at]
            continue
        summed = event.operation == _SUMMED
        known[0] = max(known[0], size) if summed else known[0] + size
        known[1] = min(known[1], at)
        known[2] = max(known[2], at)
    return {
        name: (min(int(size), _MOST_BYTES), end - start)
        for name, (size, start, end) in found.items()
    }


def read_headers(listed: msgspec.Raw, named: msgspec.Raw) -> dict[str, str]:
    """Headers by lower-case name; of repeated ones the first."""
    try:
        if len(listed) > len("null"):
            try:  # as nearly all are
                return {name.lower(): value for name, value in reversed(_plain_headers(listed))}
            except msgspec.ValidationError:
                return {name.lower(): _text(value) for name, value in reversed(_headers(listed))}
        if len(named) > len("null"):
            return {
                name.lower(): value if type(value) is str else _text(value)
                for name, value in _header_map(named).items()
            }
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    return {}


def _header_names(named: msgspec.Raw) -> tuple[str, ...]:
    """The names of headers that are given by name, in lower case."""
    if len(named) <= len("null"):
        return ()
    try:
        return tuple(dict.fromkeys(map(_lower, _header_map(named))))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()


def _text(value: str | Binary | list[str] | None) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return value[0] if value else ""
    return body_bytes(value).decode("utf-8", "replace")


def _digest(body: bytes) -> str:
    """BLAKE3 to 128 bits, after the name of what it is: SHA-256, which stood here bare, took a
    quarter of all that an encrypted page of 130 kB costs."""
    return f"blake3:{blake3(body).hexdigest(_DIGEST_BYTES)}"


def _title(body: bytes) -> re.Match[bytes] | None:
    """The title's element. From one "<" to the next, which the C library finds many bytes at a time
    and an expression each by itself; among many of them the expression is the quicker."""
    at = body.find(b"<", 0, _TITLE_WITHIN)
    for _ in range(_MOST_LEAPS):
        if at < 0:
            return None
        if body[at + 1 : at + 2] in _T and (found := _TITLE.match(body, at, _TITLE_WITHIN)):
            return found
        at = body.find(b"<", at + 1, _TITLE_WITHIN)
    return _TITLE.search(body, at, _TITLE_WITHIN) if at >= 0 else None


def _words(title: bytes) -> str:
    return _plain_title(title.decode("utf-8", "replace"))


def _plain_title(title: str) -> str:
    """A title as a reader sees it: without what HTML writes for letters, and one space for any."""
    return " ".join(unescape(title).split())


def _title_there(told: str | None, found: re.Match[bytes] | None) -> str | None:
    """The title of the control's page as it was told, which is as it stands in the page; None where
    it is told empty and the probe's own is one that the helper could not read."""
    if told:
        return _plain_title(told)
    return None if found is not None and not _BARE_TITLE.match(found[0]) else told


def endpoint(ip: str | None, port: int | None) -> str:
    if ip is None:
        return ""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


@memo
def _untranslated(place: tuple[str | None, int | None]) -> str:
    """An endpoint as the control names it: what NAT64 translates it met at the address itself."""
    ip, port = place
    return endpoint(plain(ip) if ip else None, port)


@memo
def canonical_host(host: str) -> str:
    """A name as the rest of Gatewatch writes it; what is no name comes back in lower case."""
    if not host:
        return ""
    try:
        return selector.domain(host).value
    except UsageError:
        return host.lower().rstrip(_FINAL_DOT)


@memo
def canonical_address(text: str) -> str:
    """An address in its shortest form; what is none comes back as it is."""
    known = parsed(text)
    return text if known is None else str(known)


@memo
def _canonical(given: tuple[str | None, ...]) -> tuple[str, ...]:
    """The addresses of an answer: many questions of a measurement have the same one."""
    return tuple([canonical_address(one) for one in given if one])


@memo
def _addresses(given: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses among what a control lists, which are names too."""
    return tuple([canonical_address(one) for one in given if is_address(one)])


@memo
def is_address(text: str) -> bool:
    """Whether a text is an IP address. Controls list names among the addresses."""
    return parsed(text) is not None


@memo
def split_endpoint(endpoint: str | None) -> tuple[str | None, int | None]:
    """Address and port of `ip:port` or `[ip]:port`."""
    if not endpoint:
        return None, None
    ip, _, port = endpoint.rpartition(":")
    known = int(port) if port.isdecimal() and len(port) < 6 else None
    return canonical_address(ip.strip("[]")), known


@memo
def url_parts(url: str | None) -> tuple[str | None, str | None, int | None]:
    """Scheme, canonical host and port of a URL, or of a bare name as older tests took it."""
    if not url:
        return None, None, None
    try:
        split = urlsplit(url if "://" in url else f"//{url}")
        host = split.hostname
        port = split.port
    except ValueError:
        return None, None, None
    scheme = split.scheme or None
    if host and is_address(host):
        host = canonical_address(host)
    return scheme, canonical_host(host or "") or None, port or _PORTS.get(scheme or "")


_PORTS = {"http": 80, "https": 443}
