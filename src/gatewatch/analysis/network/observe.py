"""From a measurement to its steps, each beside what happened to the control. No judgement.

Pure, and the hot path of an ingest: one pass over what the probe recorded, names and URLs parsed
once each.
"""

from collections.abc import Iterable

import msgspec

from gatewatch.analysis.network import certificates
from gatewatch.analysis.network.content import (
    digest,
    header_names,
    read_headers,
    title_element,
    title_there,
    title_words,
)
from gatewatch.analysis.network.fingerprints import Matcher
from gatewatch.analysis.network.pages import same_site
from gatewatch.analysis.network.places import (
    addresses_among,
    canonical_address,
    canonical_addresses,
    canonical_host,
    split_endpoint,
    untranslated,
    url_parts,
)
from gatewatch.analysis.network.relayed import is_relayed, through_tor
from gatewatch.model.measurement import (
    UNREAD,
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
    readable,
)
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

_VALID_FOR_NAME = 8
_REFUSED_FROM = 400
_EXTRA = "fetch_body=false"
_DEPTHS = {f"depth={n}": n for n in range(64)}
_Control = tuple[str, str | None]
"""How the control fared with a step: what is known of it, and its failure."""
_Answered = tuple[tuple[str, ...], tuple[int, ...]]
"""Addresses, and their networks."""
_NOTHING: tuple[str, ...] = ()
_UNKNOWN: tuple[_Control, _Answered] = ((NONE, None), ((), ()))
_UNREAD: tuple[None, None] = (None, None)
_NO_LEAF = certificates.Leaf("")
_MOST_BYTES = 1 << 53
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
        control = through_tor(steps.requests) if self._relayed else steps.control
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
        addresses = addresses_among(tuple(given))
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
                    cnames += (canonical_host(answer.hostname),)
            asns = tuple(known_asns)
            addresses = canonical_addresses(tuple(given))
            if not addresses and not cnames and failure is None:
                failure = UNREAD
            marks = self._matcher.in_answers(addresses + cnames if cnames else addresses)
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
        found = table.get(untranslated(place)) if table else None
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
            certificates.kept_names(leaf.names, host),
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
            rows = [row for row in rows if not is_relayed(row)]
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
            title = title_element(body)
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
            title_words(title[1]) if title else None,
            len(body) if body is not None else None,
            digest(body) if body else None,
            bool(response.body_is_truncated),
            tuple(headers),
            names,
            *rate,
            there.status_code,
            there.body_length if (there.body_length or -1) >= 0 else None,
            title_there(there.title, title),
            header_names(there.headers),
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
