"""One measurement in steps: resolve, connect, handshake, request; here beside elsewhere."""

from collections.abc import Iterator

import msgspec

from gatewatch.analysis.network.failures import failure_class
from gatewatch.draw import marks
from gatewatch.draw.text import TITLE, cut, folded, text
from gatewatch.model.documentation import INVENTED, all_invented
from gatewatch.model.message import Message, message
from gatewatch.model.observation import MET, DnsStep, HttpStep, Step, TaskStep, TcpStep, TlsStep
from gatewatch.model.redaction import defanged
from gatewatch.query.verdicts import Explained
from gatewatch.words import say
from gatewatch.words.disputes import joined
from gatewatch.words.states import Ink, look

_ROW = 34.0
_MOST = 40
"""Steps that are drawn; a chain of redirects can be longer, and its rest is counted."""
NAMES: dict[type, Message] = {
    DnsStep: message("resolve"),
    TcpStep: message("connect"),
    TlsStep: message("handshake"),
    HttpStep: message("request"),
    TaskStep: message("task"),
}


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step in words. What the probe and its control met is told in the measurement's own
    terms."""

    name: Message
    hop: int
    here: Message
    elsewhere: Message
    failed: bool
    decides: bool
    """Whether the verdict rests on it."""


class _Page(msgspec.Struct, frozen=True):
    """Where the two columns stand; narrow, they stand one under the other."""

    width: float
    edge: float
    here: float
    elsewhere: float
    stacked: bool

    @property
    def row(self) -> float:
        return 68.0 if self.stacked else _ROW


_WIDE = _Page(1000.0, 24.0, 170.0, 620.0, stacked=False)
_NARROW = _Page(390.0, 14.0, 14.0, 14.0, stacked=True)


def picture(found: Explained, *, language: str = "en", narrow: bool = False) -> str:
    """Every step in its place: what happened here, what happened elsewhere, where it was
    decided."""
    page, told = _NARROW if narrow else _WIDE, lines(found)
    verdict, measured = found.verdict, found.observed.measurement
    room = page.width - 2 * page.edge
    name = defanged(verdict.target or measured.input or measured.uid)
    of = message("{target}: {state}", target=name, state=look(verdict.state).word)
    title = say(of, language)
    head = folded(title, room, 2, bold=True, size=TITLE)
    why = folded(say(verdict.why, language), room, 3)
    if all_invented([measured.probe_asn]):
        why += folded(say(INVENTED, language), room, 2)
    body = [text(page.edge, 38 + 26 * n, line, "b t") for n, line in enumerate(head)]
    y = 38.0 + 26 * len(head)
    body += [text(page.edge, y + 18 * n, line, "m") for n, line in enumerate(why)]
    y += 18 * len(why) + 16
    if not narrow:
        body.append(text(page.here + 22, y, say(message("here"), language), "b"))
        body.append(text(page.elsewhere, y, say(message("elsewhere"), language), "b"))
        y += 18
    for row in told[:_MOST]:
        body += _row(row, y, page, language)
        y += page.row
    rest = len(told) - _MOST
    if rest > 0:
        more = message("and {n} more step", "and {n} more steps", n=rest)
        body.append(text(page.edge, y + 16, say(more, language), "m"))
        y += _ROW
    alt = "; ".join(say(_told(row), language) for row in told[:_MOST])
    return marks.frame(page.width, y + 24, title, f"{' '.join(why)}. {alt}", body=body)


def lines(found: Explained) -> list[StepLine]:
    """Steps in words."""
    return [
        StepLine(
            name=NAMES[type(step)],
            hop=step.hop,
            here=here(step),
            elsewhere=elsewhere(step),
            failed=step.failure is not None,
            decides=decides(place, step, found),
        )
        for place, step in enumerate(found.observed.steps)
    ]


def _told(row: StepLine) -> Message:
    told = message(
        "{step}: {here}; elsewhere {elsewhere}",
        step=row.name,
        here=row.here,
        elsewhere=row.elsewhere,
    )
    return message("{step}, decided here", step=told) if row.decides else told


def _row(row: StepLine, y: float, page: _Page, language: str) -> Iterator[str]:
    right = page.width - page.edge
    yield marks.rule(page.edge, right, y, "hair", thick=1)
    said, beyond = say(row.here, language), say(row.elsewhere, language)
    if page.stacked:
        yield text(page.edge + 20, y + 20, say(row.name, language), "b")
        yield _mark(row, page.edge + 6, y + 15)
        yield text(page.edge, y + 39, cut(said, right - page.edge))
        both = message("elsewhere: {met}", met=row.elsewhere)
        yield text(page.edge, y + 58, cut(say(both, language), right - page.edge), "m")
    else:
        yield text(page.edge, y + 22, say(row.name, language), "b")
        yield _mark(row, page.here + 6, y + 17)
        yield text(page.here + 22, y + 22, cut(said, page.elsewhere - page.here - 36))
        yield text(page.elsewhere, y + 22, cut(beyond, right - page.elsewhere), "m")
    if row.decides:
        yield marks.rule(page.edge, page.edge + 110, y + page.row - 4, Ink.ACCESS, thick=3)


def _mark(row: StepLine, x: float, y: float) -> str:
    """Solid where it was decided, dashed where a step failed without deciding, else hollow."""
    if row.decides:
        return marks.circle(x, y, Ink.ACCESS, 1)
    return marks.unsure(x, y) if row.failed else marks.circle(x, y, Ink.GREY)


def decides(place: int, step: Step, found: Explained) -> bool:
    """Whether the verdict rests on this step: it is evidence, and of the layer that the mechanism
    names."""
    if place not in found.verdict.evidence:
        return False
    layer = (found.verdict.mechanism or "").partition(".")[0]
    kinds = {"dns": DnsStep, "ip": TcpStep, "tcp": TcpStep, "tls": TlsStep, "http": HttpStep}
    # A mechanism that begins with no layer is of a protocol that a test speaks as a whole.
    wanted = kinds.get(layer, TaskStep) if layer else None
    return wanted is not None and isinstance(step, wanted) and _stands_out(step)


def _stands_out(step: Step) -> bool:
    if isinstance(step, DnsStep):
        same = set(step.addresses) & set(step.control_addresses)
        return step.engine not in {"doh", "dot"} and not same and step.failure != "dns_no_answer"
    if isinstance(step, HttpStep):
        return bool(step.failure or step.fingerprints) or step.status != step.control_status
    return step.failure is not None


def here(step: Step) -> Message:
    """What the probe met."""
    if isinstance(step, DnsStep):
        return _parts(_resolved(step), _failure(step), _known(step))
    if isinstance(step, HttpStep):
        titled = message('"{title}"', title=step.title) if step.title else None
        return _parts(_replied(step.status, step.body_length), _known(step), titled, _failure(step))
    at = _plain(f"{step.ip}:{step.port}") if step.ip else None
    if isinstance(step, TaskStep):
        return _parts(_task(step), at, _changed(step), _failure(step))
    if isinstance(step, TlsStep):
        host = _plain(defanged(step.host)) if step.host else None
        ech = _plain("ECH") if step.ech else None
        verified = message("verified") if step.verified else None
        return _parts(at, host, ech, verified, _failure(step))
    return _parts(at, _failure(step))


def _resolved(step: DnsStep) -> Message:
    given = ", ".join(step.addresses)
    met = _plain(given) if given else None
    if met is None and not step.failure:
        met = message("no address")
    who = _plain(step.engine) if step.engine else message("resolver")
    return message("{resolver}: {answer}", resolver=who, answer=met) if met else who


def _task(step: TaskStep) -> Message:
    """What a protocol was asked to do as a whole, and how far it came."""
    done = f" {step.progress} %" if step.progress is not None else ""
    return _plain(f"{step.protocol} {step.operation}{done}")


def _changed(step: TaskStep) -> Message | None:
    """What came back other than it was sent."""
    return message("changed: {what}", what=", ".join(step.changed)) if step.changed else None


def _replied(status: int | None, length: int | None) -> Message:
    if not status:
        return message("no response")
    return message("{status}, {n} byte", "{status}, {n} bytes", status=str(status), n=length or 0)


def _known(step: DnsStep | HttpStep) -> Message | None:
    """The page or address of a block that is known by its fingerprint."""
    if not step.fingerprints:
        return None
    return message("known: {fingerprint}", fingerprint=step.fingerprints[0])


def _failure(step: Step) -> Message | None:
    if not step.failure:
        return None
    return _plain(f"{failure_class(step.failure)}: {step.failure}")


def _plain(text: str) -> Message:
    """Terms of the measurement, the same in every language."""
    return Message("{term}", {"term": text})


def _parts(*parts: Message | None) -> Message:
    return joined([one for one in parts if one]) or message("nothing")


def elsewhere(step: Step) -> Message:
    """What the control met, where it met anything."""
    if step.control != MET:
        return message("not compared")
    if isinstance(step, DnsStep):
        six = step.query_type == "AAAA"
        either = step.query_type not in {"A", "AAAA"}
        fitting = [a for a in step.control_addresses if either or (":" in a) == six]
        if fitting:
            return _plain(", ".join(fitting))
        return _plain(step.control_failure) if step.control_failure else message("no address")
    if isinstance(step, HttpStep):
        if step.control_status is None:
            failed = step.control_failure
            return _plain(failed) if failed else message("not compared")
        return _replied(step.control_status, step.control_length)
    return _plain(step.control_failure) if step.control_failure else message("worked")
