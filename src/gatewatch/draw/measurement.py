"""One measurement in steps: resolve, connect, handshake, request; here beside elsewhere. As words and as a
picture."""

from typing import Any

from gatewatch.analysis.network.failures import failure_class
from gatewatch.draw import marks
from gatewatch.draw.case import frame, shapes
from gatewatch.model.observation import MET, DnsStep, HttpStep, Step, TaskStep, TcpStep, TlsStep
from gatewatch.model.redaction import defanged
from gatewatch.query.verdicts import Explained

_WIDE, _LEFT, _HERE_X, _THERE_X, _TOP, _ROW = 1000.0, 24.0, 150.0, 620.0, 112.0, 34.0
_MOST = 40
_CUT_HERE, _CUT_THERE = 58, 46


def picture(found: Explained) -> str:
    """Every step in its place: what happened here, what happened elsewhere, where it was decided."""
    told = lines(found)
    verdict, measured = found.verdict, found.observed.measurement
    title = f"{defanged(verdict.target or measured.input or measured.uid)}: {verdict.state.replace('_', ' ')}"
    body = [
        marks.text(_LEFT, 38, _cut(title, 70), "b t"),
        marks.text(_LEFT, 64, _cut(verdict.why, 120), "m"),
        marks.text(_HERE_X + 22, _TOP - 18, "here", "b"),
        marks.text(_THERE_X, _TOP - 18, "elsewhere", "b"),
    ]
    y = _TOP
    for row in told[:_MOST]:
        body += _row(row, y)
        y += _ROW
    if len(told) > _MOST:
        body.append(marks.text(_LEFT, y + 16, f"and {len(told) - _MOST} more steps", "m"))
        y += _ROW
    words = "; ".join(
        f"{r['name']}: {r['here']}, elsewhere {r['elsewhere']}{', decided here' if r['decides'] else ''}"
        for r in told[:_MOST]
    )
    return frame(_WIDE, y + 24, title, f"{verdict.why}. {words}", body)


def lines(found: Explained) -> list[dict[str, Any]]:
    """Steps in words."""
    return [
        {
            "name": NAMES[type(step)],
            "hop": step.hop,
            "here": here(step),
            "elsewhere": elsewhere(step),
            "failed": step.failure is not None,
            "decides": decides(place, step, found),
        }
        for place, step in enumerate(found.observed.steps)
    ]


def _row(row: dict[str, Any], y: float) -> list[str]:
    ink = "access" if row["decides"] else "grey"
    parts = [
        f'<path d="M{_LEFT} {y:.1f}H{_WIDE - _LEFT}" stroke="var(--hair)"/>',
        marks.text(_LEFT, y + 22, row["name"], "b"),
        marks.circle(_HERE_X + 6, y + 17, ink, 1.0 if row["decides"] else 0.0)
        if row["decides"] or not row["failed"]
        else shapes.unsure(_HERE_X + 6, y + 17),
        marks.text(_HERE_X + 22, y + 22, _cut(row["here"], _CUT_HERE)),
        marks.text(_THERE_X, y + 22, _cut(row["elsewhere"], _CUT_THERE), "m"),
    ]
    if row["decides"]:
        parts.append(shapes.rule(_LEFT, _LEFT + 110, y + 30, "access", 3))
    return parts


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def decides(place: int, step: Step, found: Explained) -> bool:
    """Whether the verdict rests on this step: it is evidence, and of the layer that the mechanism names."""
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


NAMES: dict[type, str] = {
    DnsStep: "resolve",
    TcpStep: "connect",
    TlsStep: "handshake",
    HttpStep: "request",
    TaskStep: "task",
}


def here(step: Step) -> str:
    """What the probe met."""
    said = f"  {failure_class(step.failure)}: {step.failure}" if step.failure else ""
    if isinstance(step, DnsStep):
        given = ", ".join(step.addresses) or ("" if step.failure else "no address")
        marks = f"  known: {step.fingerprints[0]}" if step.fingerprints else ""
        return f"{step.engine or 'resolver'}: {given}{said}{marks}"
    if isinstance(step, HttpStep):
        shown = f"{step.status or 'no response'}, {step.body_length or 0:,} bytes"
        title = f' "{step.title}"' if step.title else ""
        marks = f"  known: {step.fingerprints[0]}" if step.fingerprints else ""
        return f"{shown}{marks}{title}{said}"
    at = f"{step.ip}:{step.port}" if step.ip else ""
    if isinstance(step, TaskStep):
        done = f" {step.progress} %" if step.progress is not None else ""
        changed = f"  changed: {', '.join(step.changed)}" if step.changed else ""
        return f"{step.protocol} {step.operation}{done} {at}{changed}{said}".strip()
    if isinstance(step, TlsStep):
        kind = "  ech" if step.ech else ""
        kind += "  verified" if step.verified else ""
        return f"{at} {defanged(step.host or '')}{kind}{said}".strip()
    return f"{at}{said}"


def elsewhere(step: Step) -> str:
    """What the control met, where it met anything."""
    if step.control != MET:
        return "-"
    if isinstance(step, DnsStep):
        six = step.query_type == "AAAA"
        either = step.query_type not in {"A", "AAAA"}
        fitting = [a for a in step.control_addresses if either or (":" in a) == six]
        return ", ".join(fitting) or step.control_failure or "no address"
    if isinstance(step, HttpStep):
        if step.control_status is None:
            return step.control_failure or "-"
        return f"{step.control_status}, {step.control_length or 0:,} bytes"
    return step.control_failure or "worked"
