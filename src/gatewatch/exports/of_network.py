"""The data set of network measurements: verdicts, episodes and silences."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from gatewatch.exports.tables import (
    COUNT,
    DAY,
    FLAG,
    NESTED,
    NETWORK_LICENCE,
    NUMBER,
    TEXT,
    TEXTS,
    TIME,
    DataSet,
    Row,
    Table,
    basis_of,
    in_key_order,
)
from gatewatch.ledger.selection import MeasurementFilter, picked
from gatewatch.model.moment import Moment, iso
from gatewatch.query import episodes
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.network import day_of
from gatewatch.records import episodes as episode_records
from gatewatch.records.verdicts import picked_row

_PART = 50_000
_VERDICTS = {
    "at": TIME,
    "measurement_uid": TEXT,
    "host": TEXT,
    "subject": TEXT,
    "about": TEXT,
    "probe_cc": TEXT,
    "probe_asn": COUNT,
    "invented": FLAG,
    "test_name": TEXT,
    "state": TEXT,
    "mechanism": TEXT,
    "locus": TEXT,
    "rules": TEXTS,
    "why": TEXT,
    "ruleset": TEXT,
}
_EPISODES = {
    "probe_cc": TEXT,
    "target": TEXT,
    "onset_earliest": TIME,
    "onset_latest": TIME,
    "resolution_earliest": TIME,
    "resolution_latest": TIME,
    "ongoing": FLAG,
    "confidence": NUMBER,
    "networks": NESTED,
    "networks_measured": COUNT,
    "mechanisms": TEXTS,
    "members": COUNT,
    "invented": FLAG,
    "last_seen": TIME,
    "scope": TEXT,
    "countries": TEXTS,
    "countries_measured": TEXTS,
}
_SILENCES = {
    "probe_cc": TEXT,
    "target": TEXT,
    "network": COUNT,
    "first": DAY,
    "last": DAY,
    "expected_a_day": NUMBER,
    "seen": COUNT,
    "ongoing": FLAG,
    "invented": FLAG,
}


def network_set(ledger: Ledger, moment: Moment) -> DataSet:
    """What was concluded from measurements."""
    read: dict[str, Any] = {"as_of": moment.as_of, "recorded_by": moment.recorded_by}

    def verdicts() -> Iterator[Row]:
        start = 0
        while True:
            found, total = picked(
                ledger.store, MeasurementFilter(**read), descending=False, limit=_PART, offset=start
            )
            yield from (picked_row(one) for one in found if one.at)
            start += _PART
            if start >= total:
                return

    def timed(row: Row) -> Row:
        return {
            name: iso(value) if hasattr(value, "hour") else value for name, value in row.items()
        }

    @cache
    def record() -> episodes.Record:
        return episodes.Record(ledger, of_all(ledger, Moment.parse(None, **read)))

    def blocks() -> list[Row]:
        return in_key_order(_ONSET, [timed(episode_records.row(one)) for one in record().told])

    def silences() -> list[Row]:
        return in_key_order(_FIRST, map(episode_records.silence_row, record().silences))

    return DataSet(
        basis=basis_of(day_of(moment.as_of), moment.recorded_by),
        name="network",
        title="Verdicts on network measurements, and the episodes they make",
        publisher="OONI and others",
        licence=NETWORK_LICENCE,
        last_checked=iso(moment.recorded_by),
        tables=(
            Table(
                name="verdicts",
                about="what was concluded from each measurement",
                columns=_VERDICTS,
                key=("at", "measurement_uid"),
                rows=verdicts,
            ),
            Table(
                name="episodes",
                about="since when and until when targets were blocked; with the scope `global` what began everywhere at once, which is no restriction",
                columns=_EPISODES,
                key=_ONSET,
                rows=blocks,
            ),
            Table(
                name="silences",
                about="where measurements stopped that were there as a rule",
                columns=_SILENCES,
                key=_FIRST,
                rows=silences,
            ),
        ),
    )


_ONSET = ("probe_cc", "target", "onset_earliest")
_FIRST = ("probe_cc", "target", "network", "first")
