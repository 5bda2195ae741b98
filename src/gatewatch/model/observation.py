"""What happened in one step on the network, beside what happened to the control. No judgement.

Fields that came after the first ledgers stand last and have defaults: rows of older ones lack them.

Times are seconds since the measurement began. `failure` is the probe's own word (OONI's failure
strings); None means success. `control` says what is known of the same step elsewhere:
MET (it was made; `control_failure` says how it ended), FAILED (a control was asked for and did
not come), NONE (nobody asked for one).
"""

import msgspec

from gatewatch.model.measurement import Measurement

# Plain words and no enumeration: they are set and compared millions of times.
MET, FAILED, NONE = "met", "failed", "none"


class Observation(msgspec.Struct, frozen=True, gc=False):
    """What all steps share. `hop` counts redirects from 0, the input itself."""

    hop: int
    transaction: int | None
    failure: str | None
    t0: float | None
    t: float | None
    control: str
    control_failure: str | None


class DnsStep(Observation, frozen=True, gc=False, tag="dns"):
    """One question to one resolver. `addresses` in canonical form, `asns` of those known;
    `control_*` what the control's resolver said of the same name."""

    host: str
    query_type: str | None
    engine: str | None
    resolver: str | None
    addresses: tuple[str, ...]
    asns: tuple[int, ...]
    control_addresses: tuple[str, ...]
    control_asns: tuple[int, ...]
    fingerprints: tuple[str, ...] = ()
    cnames: tuple[str, ...] = ()
    duplicate: bool = False
    """A further answer to a question that had been answered."""
    subset: str | None = None


class TcpStep(Observation, frozen=True, gc=False, tag="tcp"):
    """One connect to one endpoint. `extra`: a further check that the page itself did not need."""

    ip: str | None
    port: int | None
    extra: bool
    subset: str | None = None


class TlsStep(Observation, frozen=True, gc=False, tag="tls"):
    """One handshake. `verified`: the probe checked the chain and the name, and they were right.
    The leaf's facts are None where the probe kept no certificates. `ech`: the ClientHello bore the
    extension, with `outer_host` as the name in the clear. `sent` are bytes written to the
    connection until the handshake ended, `operation` the last thing tried on it."""

    ip: str | None
    port: int | None
    host: str | None
    version: str | None
    verified: bool
    quic: bool
    extra: bool
    certificate: str | None = None
    certificate_names: tuple[str, ...] = ()
    certificate_issuer: str | None = None
    certificate_expires: str | None = None
    certificate_starts: str | None = None
    ech: bool = False
    outer_host: str | None = None
    sent: int | None = None
    operation: str | None = None
    subset: str | None = None


class HttpStep(Observation, frozen=True, gc=False, tag="http"):
    """One request and what came of it. Body and headers are gone: their hash, length, names and
    what fingerprints met in them stay. `read` is bytes read on its connection, `seconds` the time
    from the connection's first byte to its last, where the probe recorded reads. The control's
    page is the one at the end of the control's own redirects."""

    ip: str | None
    port: int | None
    host: str | None
    url: str | None
    tls: bool
    status: int | None
    location: str | None
    server: str | None
    title: str | None
    body_length: int | None
    body_hash: str | None
    body_truncated: bool
    header_names: tuple[str, ...]
    fingerprints: tuple[str, ...]
    read: int | None
    seconds: float | None
    control_status: int | None
    control_length: int | None
    control_title: str | None
    control_header_names: tuple[str, ...]
    control_marks: tuple[str, ...] = ()
    """Fingerprints met in the title of the control's page."""
    subset: str | None = None


class TaskStep(Observation, frozen=True, gc=False, tag="task"):
    """Something done as a whole in a protocol of its own: a tunnel started (`operation` bootstrap,
    `progress` in per cent), a handshake, an echo (`changed` names what came back otherwise)."""

    protocol: str
    operation: str
    ip: str | None = None
    port: int | None = None
    progress: int | None = None
    changed: tuple[str, ...] = ()
    subset: str | None = None


Step = DnsStep | TcpStep | TlsStep | HttpStep | TaskStep


class Observed(msgspec.Struct, frozen=True):
    """A measurement taken apart: its steps are all that judging looks at.

    `control` is what is known of the whole: whether the test helper answered. `valid` are
    addresses that the control itself proved right for the input's name by a handshake.
    """

    measurement: Measurement
    host: str | None
    names: tuple[DnsStep, ...]
    connects: tuple[TcpStep, ...]
    handshakes: tuple[TlsStep, ...]
    pages: tuple[HttpStep, ...]
    control: str
    control_page: bool = False
    """The control got a page for the input, at the end of its own redirects."""
    valid: tuple[str, ...] = ()
    fingerprints: str | None = None
    """The version of the fingerprints that were looked for."""
    tasks: tuple[TaskStep, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in the order of resolve, connect, handshake, request and task; a step's place
        here is its number in the ledger and in a verdict's evidence."""
        return (*self.names, *self.connects, *self.handshakes, *self.pages, *self.tasks)
