"""Facts of a measurement as a whole: whether it is an instrument's word on a network at all."""

import re
from datetime import datetime, timedelta

from gatewatch.analysis.network.facts import Facts
from gatewatch.catalogue import nettests
from gatewatch.model.measurement import Measurement
from gatewatch.model.nettest import Defect
from gatewatch.model.observation import Observed
from gatewatch.model.verdict import Subject

_AHEAD = timedelta(hours=1)
_BEHIND = timedelta(days=365)
"""OONI's own bounds (fastpath, flag_measurements_with_wrong_date): an upload may come late, but
not before the measurement, and not a year after."""
_NUMBERS = re.compile(r"\d+")


def measured(observed: Observed) -> Facts:
    """The facts that hold for every hop and target of a measurement."""
    m = observed.measurement
    test = nettests.tests().get(m.test_name)
    subject = test.subject if test else None
    return Facts(
        control=observed.control,
        control_page=observed.control_page,
        tunnel=m.tunnel is not None and subject == Subject.HOST,
        defect=any(_applies(one, m) for one in nettests.defects()),
        clock_off=_clock_off(m),
        online=_online(observed),
        expected=subject in {Subject.SERVICE, Subject.ENDPOINT},
        resolver_foreign=bool(m.resolver_asn and m.probe_asn and m.resolver_asn != m.probe_asn),
    )


def _online(observed: Observed) -> str:
    """What shows that the probe was on line: seen, session or nothing. A program finds out its
    network and its resolver when a session begins, by asking OONI's services by name."""
    special = nettests.ranges().is_special
    if any(not special(a) for step in observed.names for a in step.addresses):
        return "seen"
    if any(step.failure is None and not special(step.ip or "::") for step in observed.connects):
        return "seen"
    if any(task.failure is None for task in observed.tasks):
        return "seen"
    m = observed.measurement
    return "session" if m.probe_asn is not None and m.resolver_asn is not None else ""


def _clock_off(m: Measurement) -> bool:
    """Whether the probe's clock and the collector's cannot both be right."""
    started, collected = moment(m.started_at), moment(m.collected_at)
    if started is None or collected is None:
        return False
    return started - collected > _AHEAD or collected - started > _BEHIND


def moment(text: str | None) -> datetime | None:
    """A time as the format writes it, or in ISO 8601; both are UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None


def _applies(defect: Defect, m: Measurement) -> bool:
    """Whether a measurement was made by a test that outlived what it measures."""
    if defect.test != m.test_name:
        return False
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
