"""Facts of a measurement as a whole: whether it is an instrument's word on a network at all."""

import re
from datetime import datetime, timedelta

from gatewatch.analysis.network.facts import Facts, copied
from gatewatch.analysis.network.failures import failure_class
from gatewatch.catalogue import nettests
from gatewatch.model.measurement import Measurement
from gatewatch.model.memo import memo
from gatewatch.model.nettest import Defect
from gatewatch.model.observation import FAILED, Observed
from gatewatch.model.verdict import Subject

_AHEAD = timedelta(hours=1)
_BEHIND = timedelta(days=365)
"""OONI's own bounds (fastpath, flag_measurements_with_wrong_date): an upload may come late, but
not before the measurement, and not a year after."""
_NOT_THE_HELPER = frozenset({"hostname", "authority", "malformed"})
"""Of the classes of failures: a certificate of another name or of an issuer that nobody trusts (one
out of date may be the probe's clock), and words that are no helper's: a page where JSON was due."""
_NUMBERS = re.compile(r"\d+")


def measured(observed: Observed) -> Facts:
    """The facts that hold for every hop and target of a measurement."""
    m = observed.measurement
    template, defects, hosted = _of_test(m.test_name)
    facts = copied(template)
    facts.control, facts.control_page = observed.control, observed.control_page
    facts.online = _online(observed)
    if observed.control == FAILED:
        told = m.facts.get("control_failure")
        facts.control_forged = isinstance(told, str) and failure_class(told) in _NOT_THE_HELPER
    if hosted and m.tunnel is not None:
        facts.tunnel = True
    if defects:
        facts.defect = any(_applies(one, m) for one in defects)
    if m.collected_at is not None:
        facts.clock_off = _clock_off(m)
    if m.resolver_asn and m.probe_asn and m.resolver_asn != m.probe_asn:
        facts.resolver_foreign = True
    return facts


@memo
def _of_test(name: str) -> tuple[Facts, tuple[Defect, ...], bool]:
    """What holds for every measurement of a test, the defects that versions of it have, and
    whether it is about a host."""
    test = nettests.test_of(name)
    subject = test.subject if test else None
    mine = tuple(one for one in nettests.defects() if one.test == name)
    template = Facts(expected=subject in {Subject.SERVICE, Subject.ENDPOINT})
    return template, mine, subject == Subject.HOST


def _online(observed: Observed) -> str:
    """What shows that the probe was on line: seen, session or nothing. A program finds out its
    network and its resolver when a session begins, by asking OONI's services by name."""
    special = nettests.is_special
    for asked in observed.names:
        for address in asked.addresses:
            if not special(address):
                return "seen"
    for tried in observed.connects:
        if tried.failure is None and not special(tried.ip or "::"):
            return "seen"
    if any(task.failure is None for task in observed.tasks):
        return "seen"
    m = observed.measurement
    return "session" if m.probe_asn is not None and m.resolver_asn is not None else ""


def _clock_off(m: Measurement) -> bool:
    """Whether the probe's clock and the collector's cannot both be right."""
    if m.started_at and m.collected_at and _hour(m.started_at) == _hour(m.collected_at):
        return False  # so it is of nearly all, and times need not be read
    started, collected = moment(m.started_at), moment(m.collected_at)
    if started is None or collected is None:
        return False
    return started - collected > _AHEAD or collected - started > _BEHIND


def _hour(text: str) -> str:
    """The hour of a time in one of the two forms, as text."""
    return text[:13].replace("T", " ")


def moment(text: str | None) -> datetime | None:
    """A time as the format writes it, or in ISO 8601; both are UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None


def _applies(defect: Defect, m: Measurement) -> bool:
    """Whether a measurement was made by a test that outlived what it measures."""
    day = (m.started_at or "")[:10]
    if (defect.since and day < defect.since) or (defect.until and day > defect.until):
        return False
    if defect.software and not (m.software or "").startswith(defect.software):
        return False
    if defect.version and m.test_version != defect.version:
        return False
    if defect.versions_below and not _below(m.test_version, defect.versions_below):
        return False
    return not defect.engine_below or _below(m.engine, defect.engine_below)


def _below(version: str | None, bound: str) -> bool:
    """Whether a version is below a bound; one that is not known is not."""
    known = [int(n) for n in _NUMBERS.findall(version or "")[:4]]
    return bool(known) and known < [int(n) for n in _NUMBERS.findall(bound)]
