"""Reading measurements, observations and verdicts. A row counts if its batch is that of its
measurement: what a writer left that was stopped does not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.ledger import schema
from gatewatch.ledger.schema import moment_of, select_list
from gatewatch.ledger.store import Store
from gatewatch.ledger.views import JUDGED, JUDGEMENTS
from gatewatch.model.measurement import Measurement, Steps
from gatewatch.model.moment import Moment
from gatewatch.model.observation import DnsStep, HttpStep, Observed, TaskStep, TcpStep, TlsStep
from gatewatch.model.verdict import Verdict

_UTC = ZoneInfo("UTC")


class New(msgspec.Struct, frozen=True):
    """Which of a list of names are new: their first places, and the names that were there twice."""

    places: list[int]
    again: set[str]


class VerdictCounts(msgspec.Struct, frozen=True):
    """Verdicts by state, over how many networks, on which days."""

    counts: dict[str, int]
    networks: int
    first: date | None
    last: date | None


class MeasuredNetwork(msgspec.Struct, frozen=True):
    """A network that was measured from in a jurisdiction. AS0 is none."""

    asn: int
    jurisdiction: str
    measurements: int
    first: date
    last: date


class Measurements:
    """The measurements of a ledger as it stands."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def inputs(self) -> set[str]:
        """Origins of inputs that were read to their end."""
        if not self._store.holds("inputs"):
            return set()
        rows = self._store.query(
            "SELECT DISTINCT origin FROM inputs WHERE NOT starts_with(origin, ?)", [JUDGED]
        )
        return {origin for (origin,) in rows}

    def high_water(self) -> datetime | None:
        """When the newest row was recorded: a `recorded_by` of this answers the same forever."""
        rows = self._store.query(
            "SELECT epoch_us(max(written)) FROM (SELECT max(recorded_at) AS written FROM measurements "
            "UNION ALL SELECT max(recorded_at) FROM verdicts)"
        )
        return moment_of(rows[0][0])

    def newest(self) -> datetime | None:
        """When the last measurement was published: had by a collector, else made."""
        rows = self._store.query(
            "SELECT epoch_us(max(coalesce(collected_at, started_at))) FROM measurements"
        )
        return moment_of(rows[0][0])

    def last_in(
        self, code: str, as_of: datetime | None, recorded_by: datetime | None
    ) -> datetime | None:
        """When the last measurement from a country was made, of those published and recorded by
        then."""
        rows = self._store.query(
            "SELECT epoch_us(max(started_at)) FROM measurements WHERE probe_cc = $code "
            "AND ($as_of IS NULL OR coalesce(collected_at, started_at) <= $as_of) "
            "AND ($recorded_by IS NULL OR recorded_at <= $recorded_by)",
            {"code": code, "as_of": as_of, "recorded_by": recorded_by},
        )
        return moment_of(rows[0][0])

    def older(self) -> int:
        """How many measurements were taken in before a probe's annotations were kept."""
        rows = self._store.query("SELECT count(*) FROM measurements WHERE annotations IS NULL")
        return int(rows[0][0])

    def new(self, uids: Sequence[str]) -> New:
        """Which of these the ledger does not hold."""
        held = {
            uid
            for (uid,) in self._store.query(
                "SELECT uid FROM measurements WHERE uid IN (SELECT unnest(?))", [list(uids)]
            )
        }
        places, again = [], set()
        for place, uid in enumerate(uids):
            if uid not in held:
                places.append(place)
                held.add(uid)
            else:
                again.add(uid)
        return New(places, again)

    def all(self, at_once: int) -> Iterator[tuple[list[Verdict | None], list[Observed]]]:
        """Every measurement with its verdict in force, some at a time, in the order of their
        names."""
        names, fields = list(schema.TABLES["measurements"]), list(schema.TABLES["observations"])
        last = ""
        while True:
            rows = self._store.query(
                f"SELECT {select_list('measurements')} FROM measurements "
                "WHERE uid > ? ORDER BY uid LIMIT ?",
                [last, at_once],
            )
            if not rows:
                return
            held = [dict(zip(names, row, strict=True)) for row in rows]
            uids = [named["uid"] for named in held]
            last = uids[-1]
            steps: dict[str, list[dict[str, Any]]] = {uid: [] for uid in uids}
            for row in self._store.query(
                f"SELECT {select_list('observations', prefix='o.')} FROM observations o "
                "JOIN measurements m ON o.uid = m.uid AND o.batch = m.batch "
                "WHERE o.uid IN (SELECT unnest(?)) ORDER BY o.uid, o.step",
                [uids],
            ):
                named = dict(zip(fields, row, strict=True))
                steps[named["uid"]].append(named)
            latest = self._latest(uids)
            yield (
                [latest.get(uid) for uid in uids],
                [observed_from(named, steps[named["uid"]]) for named in held],
            )

    def _latest(self, uids: Sequence[str]) -> dict[str, Verdict]:
        """The verdict in force on each measurement as a whole."""
        names = list(schema.TABLES["verdicts"])
        rows = self._store.query(
            f"""SELECT {select_list("verdicts")} FROM verdicts_in_force(NULL)
            WHERE part = 0 AND uid IN (SELECT unnest(?))""",
            [list(uids)],
        )
        found = (_verdict(dict(zip(names, row, strict=True))) for row in rows)
        return {verdict.uid: verdict for verdict in found}

    def about(
        self, hosts: Sequence[str], jurisdiction: str, as_of: datetime, recorded_by: datetime | None
    ) -> VerdictCounts:
        """The verdict in force on each measurement about some names in a jurisdiction, counted."""
        rows = self._store.query(
            """SELECT state, probe_asn, epoch_us(started_at) FROM verdicts_in_force($recorded_by, code := $code)
            WHERE part = 0 AND about IN (SELECT unnest($hosts))
                AND coalesce(collected_at, started_at) <= $as_of""",
            {
                "hosts": list(hosts),
                "code": jurisdiction,
                "as_of": as_of,
                "recorded_by": recorded_by,
            },
        )
        times = [moment_of(row[2]) for row in rows]
        days = [when.date() for when in times if when]
        counts = Counter(str(row[0]) for row in rows)
        return VerdictCounts(
            dict(counts),
            len({row[1] for row in rows}),
            min(days, default=None),
            max(days, default=None),
        )

    def addresses(self, hosts: Sequence[str]) -> dict[str, set[str]]:
        """Addresses that the resolvers of probes gave for hosts, in canonical form."""
        rows = self._store.query(
            """SELECT DISTINCT o.host, unnest(o.addresses) FROM observations o
            JOIN measurements m ON o.uid = m.uid AND o.batch = m.batch
            WHERE o.kind = 'dns' AND o.host IN (SELECT unnest(?))""",
            [list(hosts)],
        )
        found: dict[str, set[str]] = {}
        for host, address in rows:
            found.setdefault(host, set()).add(address)
        return found

    def networks(self, by: Moment | None = None) -> list[MeasuredNetwork]:
        """Networks that probes measured from, those with most measurements first; with a moment, by
        what had been published and recorded by then."""
        if not self._store.holds("measurements"):
            return []
        rows = self._store.query(
            "SELECT probe_asn, probe_cc, count(*), min(started_at)::DATE, max(started_at)::DATE "
            "FROM measurements WHERE probe_asn > 0 AND probe_cc IS NOT NULL "
            "AND ($as_of IS NULL OR coalesce(collected_at, started_at, recorded_at) <= $as_of) "
            "AND ($recorded_by IS NULL OR recorded_at <= $recorded_by) GROUP BY ALL "
            "ORDER BY count(*) DESC, probe_asn, probe_cc",
            {"as_of": by.as_of if by else None, "recorded_by": by.recorded_by if by else None},
        )
        return [MeasuredNetwork(*row) for row in rows]

    def count(self) -> int:
        """How many are held."""
        ((number,),) = self._store.query("SELECT count(*) FROM measurements")
        return int(number)

    def measurement(self, uid: str, by: Moment | None = None) -> dict[str, Any] | None:
        """One measurement by its uid, or by the beginning of it if that is enough; with a moment,
        one that had been made, published and recorded by its three times."""
        names = list(schema.TABLES["measurements"])
        rows = self._store.query(
            f"""SELECT {select_list("measurements")} FROM measurements WHERE starts_with(uid, $uid)
                AND ($made IS NULL OR started_at IS NULL OR started_at <= $made)
                AND ($as_of IS NULL OR coalesce(collected_at, started_at, recorded_at) <= $as_of)
                AND ($recorded_by IS NULL OR recorded_at <= $recorded_by) LIMIT 2""",
            {
                "uid": uid,
                "made": by.span(_UTC)[1] if by else None,
                "as_of": by.as_of if by else None,
                "recorded_by": by.recorded_by if by else None,
            },
        )
        exact = [row for row in rows if row[0] == uid] or (rows if len(rows) == 1 else [])
        return dict(zip(names, exact[0], strict=True)) if exact else None

    def observed(self, named: dict[str, Any]) -> Observed:
        """A measurement with its steps, from its row as `measurement` gives it."""
        names = list(schema.TABLES["observations"])
        rows = self._store.query(
            f"SELECT {select_list('observations')} FROM observations "
            "WHERE uid = ? AND batch = ? ORDER BY step",
            [named["uid"], named["batch"]],
        )
        return observed_from(named, [dict(zip(names, row, strict=True)) for row in rows])

    def verdicts(self, uid: str, recorded_by: datetime | None = None) -> list[Verdict]:
        """Every verdict on a measurement that was recorded by a time, the first first: one for each
        rule set that judged it. The last is in force."""
        names = list(schema.TABLES["verdicts"])
        rows = self._store.query(
            f"""SELECT {select_list("verdicts")} FROM verdicts
            WHERE uid = $uid AND batch IN (SELECT batch FROM measurements WHERE uid = $uid
                UNION SELECT batch FROM ({JUDGEMENTS}))
                AND ($recorded_by IS NULL OR recorded_at <= $recorded_by)
            ORDER BY recorded_at, batch, part""",
            {"uid": uid, "recorded_by": recorded_by},
        )
        found: dict[str, list[Verdict]] = {}
        for row in rows:
            named = dict(zip(names, row, strict=True))
            found.setdefault(named["batch"], []).append(_verdict(named))
        return [msgspec.structs.replace(w, parts=tuple(parts)) for w, *parts in found.values()]


_KINDS: dict[str, type[Any]] = {
    "dns": DnsStep,
    "tcp": TcpStep,
    "tls": TlsStep,
    "http": HttpStep,
    "task": TaskStep,
}
_FIELDS = {
    name: [(f.name, f.default) for f in msgspec.structs.fields(kind)]
    for name, kind in _KINDS.items()
}


def observed_from(named: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Observed:
    """A measurement taken apart, from the rows that hold it."""
    steps: dict[str, list[Any]] = {name: [] for name in _KINDS}
    for row in rows:
        kind = row["kind"]
        values = {
            field: _frozen(row[field])
            for field, default in _FIELDS[kind]
            # A row of an older form lacks the field: what it says then is the default.
            if row[field] is not None or default is msgspec.NODEFAULT
        }
        steps[kind].append(_KINDS[kind](**values))
    collected = moment_of(named["collected_at"])
    measurement = Measurement(
        started_at=_written(named["started_at"]),
        collected_at=collected.isoformat() if collected else None,
        annotations=msgspec.json.decode(named["annotations"] or "{}"),
        steps=Steps(),
        facts=msgspec.json.decode(named["facts"]),
        problems=tuple(named["problems"] or ()),
        **{name: named[name] for name in schema.AS_RECEIVED},
    )
    return Observed(
        measurement=measurement,
        host=named["host"],
        names=tuple(steps["dns"]),
        connects=tuple(steps["tcp"]),
        handshakes=tuple(steps["tls"]),
        pages=tuple(steps["http"]),
        control=named["control"],
        control_page=bool(named["control_page"]),
        valid=tuple(named["valid"] or ()),
        fingerprints=named["fingerprints"],
        tasks=tuple(steps["task"]),
    )


def _written(micros: int | None) -> str | None:
    """A time as the data format writes it."""
    when = moment_of(micros)
    return when.strftime("%Y-%m-%d %H:%M:%S") if when else None


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _verdict(named: dict[str, Any]) -> Verdict:
    wanted = [f.name for f in msgspec.structs.fields(Verdict) if f.name != "parts"]
    return Verdict(**{name: _frozen(named[name]) for name in wanted})
