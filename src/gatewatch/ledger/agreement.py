"""Registers beside the network for every target at once, as set logic in DuckDB.

A target is a measured name, or a selector that a register lists and nothing measured by that name.
What is listed comes folded from events, what was measured as tallies and the episodes found in
them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gatewatch.ledger.schema import micros
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import SAW_ACCESS
from gatewatch.model.episode import Episode

if TYPE_CHECKING:
    import pyarrow as pa

_HOUR = 3_600_000_000
_FAR = 1 << 62
"""Later than any time in microseconds: a listing that stands comes before one that went."""
_STANDING = """
    SELECT * EXCLUDE (included, removed, doubted, shown_by, meant, may_open, starts, ends),
        CASE WHEN went_by <= starts THEN 'gone'
            WHEN ends < opens OR starts > went_after OR ends > doubted THEN 'unsure'
            ELSE 'listed' END AS stood,
        (CASE WHEN went_by <= starts THEN {far} - went_by ELSE came_by END)::HUGEINT << 32 | place
            AS nearness
    FROM (
        SELECT l.* REPLACE (coalesce(l.removed, l.went_after) AS went_after,
                coalesce(l.removed, l.went_by) AS went_by),
            r.covers, r.private, r.https_whole, r.starts, r.ends, coalesce(l.included, l.came_by) AS opens,
            coalesce(l.included, l.came_after) AS may_open,
            l.meant[greatest(len(list_filter(l.shown_by, lambda t: t <= r.ends)), 1)] AS prescribed
        FROM {listings} l JOIN asked_registers r USING (register))
    WHERE may_open IS NULL OR may_open < ends OR (may_open = ends AND opens = may_open)
"""
"""What each listing meant on a day of its register, or at an instant: the rules of
analysis/registers/standing.py. `removed` is the entry's own day where it comes before the snapshot
that shows the removal."""
_AGREEMENT = """
    WITH listed AS MATERIALIZED ({standing}),
    itself AS (
        SELECT DISTINCT selector AS target, key, 'itself' AS how, subject FROM listed
        WHERE $selectors AND prescribed AND selector NOT IN (SELECT target FROM asked_keys)),
    own AS (
        FROM itself UNION ALL
        SELECT target, m.key, m.how, i.subject FROM itself i JOIN own_keys m USING (target)),
    filed AS (
        SELECT key, place FROM listed UNION ALL
        SELECT 'h:' || substr(subject, 8), place FROM listed WHERE starts_with(selector, 'url:')),
    unread AS (
        SELECT u.key FROM {unread} u JOIN asked_registers r USING (register)
        WHERE (came_after IS NULL OR r.ends > came_after)
            AND (went_by IS NULL OR r.starts < went_by)),
    named AS (SELECT target, key, how, target AS subject FROM asked_keys UNION ALL FROM own),
    asked AS (
        FROM named UNION ALL
        SELECT DISTINCT n.target, f.key, 'contains a listed one', n.subject
        FROM named n JOIN (SELECT key FROM filed UNION SELECT key FROM unread) f
            ON ends_with(f.key, substr(n.target, 7))
        WHERE starts_with(n.target, 'mask:') AND n.how <> 'itself'),
    targets AS (SELECT DISTINCT target, subject FROM asked),
    doubts AS (SELECT DISTINCT target FROM asked JOIN unread USING (key)),
    covering AS (
        SELECT a.target, a.how, l.place,
            a.how IN ('url on this host', 'contains a listed one') AS in_part,
            (CASE l.stood WHEN 'listed' THEN in_part::INT WHEN 'unsure' THEN 2
                ELSE 3 END)::HUGEINT << 100 | l.nearness AS nearness
        FROM asked a JOIN filed f USING (key) JOIN listed l USING (place)
        WHERE l.prescribed AND a.how <> 'the mask''s own domain'
            AND (a.how <> 'parent domain' OR l.covers)
            AND (a.how <> 'https url on this host'
                OR l.https_whole AND starts_with(l.selector, 'url:https:'))),
    known AS (
        SELECT DISTINCT a.target, r.register
        FROM asked a JOIN (
            SELECT key, register FROM {listings} WHERE list_bool_or(meant)
            UNION SELECT key, register FROM asked_parts WHERE key IS NOT NULL) r USING (key)
        WHERE list_contains($of_itself, a.how) AND r.register IN (SELECT register FROM asked_parts)),
    beyond AS (
        SELECT DISTINCT t.target FROM targets t CROSS JOIN (SELECT DISTINCT register FROM asked_parts) p
        WHERE NOT EXISTS (FROM known k WHERE k.target = t.target AND k.register = p.register)),
    paper AS MATERIALIZED (
        SELECT target, met_how AS how, met_in_part AS in_part, stood = 'listed' AS stands, listed.* FROM (
            SELECT target, arg_min(how, nearness) AS met_how, arg_min(in_part, nearness) AS met_in_part,
                arg_min(place, nearness) AS place
            FROM covering GROUP BY target) JOIN listed USING (place)),
    seen AS (
        SELECT m.subject, {network} AS network, bool_or(near) AS near
        FROM sightings s JOIN members m USING (about)
        WHERE $network IS NULL OR $network IN (0, network) GROUP BY ALL),
    blocked AS (
        SELECT * FROM blocks WHERE onset_latest <= $at
            AND resolution_earliest + CASE WHEN resolution_latest IS NULL THEN $fresh ELSE 0 END >= $at
        QUALIFY row_number() OVER (PARTITION BY subject ORDER BY onset_latest) = 1),
    met AS (
        SELECT t.target, p.stands, b.* EXCLUDE (networks, measured)
        FROM blocks b JOIN targets t USING (subject) JOIN paper p USING (target)
        WHERE CASE WHEN p.stands THEN b.resolution_latest IS NULL OR b.resolution_latest > p.came_by
            ELSE b.onset_earliest < p.went_by END
        QUALIFY row_number() OVER (PARTITION BY t.target ORDER BY
            CASE WHEN p.stands THEN b.onset_earliest ELSE -b.onset_earliest END) = 1),
    judged AS (
        SELECT t.target, t.subject, coalesce(s.network, nullif($network, 0)) AS network, CASE WHEN p.stands THEN 'listed'
                WHEN p.stood = 'unsure' OR $hole OR d.target IS NOT NULL
                    OR y.target IS NOT NULL THEN 'insufficient'
                WHEN p.target IS NULL THEN 'unlisted' ELSE 'delisted' END AS paper,
            CASE WHEN b.subject IS NOT NULL AND ($network IS NULL OR list_contains(b.networks, s.network))
                THEN 'blocked' WHEN s.near THEN 'reachable' ELSE 'insufficient' END AS wire,
            p.how, coalesce(p.in_part, false) AS in_part, p.register, p.entry, p.selector, p.ground, p.private, p.came_after, p.came_by,
            p.went_after, p.went_by, b.onset_earliest, b.onset_latest, len(b.networks) AS networks,
            b.measured, m.stands AS met_standing, m.onset_earliest AS met_onset_earliest,
            m.onset_latest AS met_onset_latest, m.resolution_earliest AS met_end_earliest,
            m.resolution_latest AS met_end_latest
        FROM targets t LEFT JOIN paper p USING (target) LEFT JOIN seen s ON s.subject = t.subject
            LEFT JOIN blocked b ON b.subject = t.subject LEFT JOIN met m ON m.target = t.target
            LEFT JOIN doubts d ON d.target = t.target LEFT JOIN beyond y ON y.target = t.target)
    SELECT target, subject, network, CASE WHEN paper = 'insufficient' THEN 'insufficient'
            WHEN paper <> 'delisted' THEN paper || '_' || wire
            WHEN wire = 'blocked' THEN 'delisted_still_blocked'
            WHEN wire = 'reachable' THEN 'delisted_reachable' ELSE 'unlisted_insufficient' END AS state,
        wire, how, in_part, register, entry, selector, ground, private, came_after, came_by, went_after, went_by,
        onset_earliest, onset_latest, networks, measured,
        CASE WHEN met_standing THEN met_onset_earliest - came_by ELSE met_end_earliest - went_by END
            / 3.6e9 AS lag_least,
        CASE WHEN met_standing THEN met_onset_latest - came_after ELSE met_end_latest - went_after END
            / 3.6e9 AS lag_most
    FROM judged ORDER BY wire = 'insufficient', target, network
"""
_SIGHTINGS = f"""
    SELECT about, network, bool_or({SAW_ACCESS} AND abs(hour * {_HOUR} - $at) <= $fresh) AS near
    FROM tallies t WHERE t.total > 0 GROUP BY about, network
"""
_SHARED = """
    WITH listed AS ({standing})
    SELECT a.target, list_sort(list(DISTINCT a.address)) FROM asked_addresses a
    JOIN listed l USING (key) WHERE l.stood = 'listed' GROUP BY a.target
"""
"""Named is enough here: operators that block by address take the addresses that entries name beside
a page, and so reach whoever else has them."""


_NOT_STANDING = """
    WITH listed AS ({standing})
    SELECT selector FROM listed WHERE prescribed GROUP BY selector
    HAVING NOT bool_or(stood = 'listed') ORDER BY selector
"""


class AgreementAsked(msgspec.Struct, frozen=True, kw_only=True):
    """A register that counts, and the time asked about where it is: a day of its own, or an
    instant."""

    register: str
    covers: bool
    """A domain in it covers the domains beneath."""
    private: bool
    """It is kept by agreement."""
    https_whole: bool = False
    """By its own words an https address takes its whole host with it."""
    start: datetime
    end: datetime


def agreement(
    store: Store,
    listings: str,
    unread: str,
    registers: Sequence[AgreementAsked],
    *,
    parts: "pa.Table",
    of_itself: Collection[str],
    keys: "pa.Table",
    own: "pa.Table",
    members: "pa.Table",
    sightings: "pa.Table",
    episodes: Sequence[Episode],
    at: datetime,
    fresh: float,
    selectors: bool,
    network: int | None = None,
    hole: bool = False,
) -> "pa.Table":
    """A row for each target, or for each target and network.

    `listings` and `unread` name tables of them (ledger/listings.py). `registers`: those that count.
    `parts`: `register`, `key` of those that restate a part of a list and of the names whose absence
    they tell; of each also one row whose key is null. `of_itself`: how a register meets a name that
    it knows of.
    `keys`: `target`, `key`, `how` of each name asked about; `own` the same of selectors that are
    told of because registers hold them, and that no listing of their own covers (`not_standing`).
    `sightings`: as the function below tells them, of any number of parts.
    `members`: which `subject` each measured name (`about`) speaks of. `selectors`: also all that
    the registers listed and `keys` does not name. `network`: one network's word alone; 0 is each
    network's; None is that of all together. `fresh` are hours. `hole`: other registers of the place
    do not reach the moment, so that not to be listed in these is not known to be unlisted. Times in
    the answer are microseconds since 1970, lags are hours.
    """
    sql = _AGREEMENT.format(
        standing=_STANDING.format(listings=listings, far=_FAR),
        listings=listings,
        unread=unread,
        network="NULL::BIGINT" if network is None else "network",
    )
    with store.shown(
        asked_registers=_registers(registers),
        asked_parts=parts,
        asked_keys=keys,
        own_keys=own,
        members=members,
        sightings=sightings,
        blocks=blocks_table(episodes),
    ):
        return store.arrow(
            sql,
            {
                "at": micros(at),
                "fresh": round(fresh * _HOUR),
                "selectors": selectors,
                "network": network,
                "hole": hole,
                "of_itself": [str(how) for how in of_itself],
            },
        )


def sightings(store: Store, tallies: "pa.Table", at: datetime, fresh: float) -> "pa.Table":
    """Which network (`network`) measured what (`about`), and whether it saw it reached within
    `fresh` hours of a moment (`near`)."""
    asked = {"at": micros(at), "fresh": round(fresh * _HOUR)}
    with store.shown(tallies=tallies):
        return store.arrow(_SIGHTINGS, asked)


def not_standing(store: Store, listings: str, registers: Sequence[AgreementAsked]) -> list[str]:
    """Selectors that registers prescribed and that no listing of their own says surely to stand."""
    sql = _NOT_STANDING.format(standing=_STANDING.format(listings=listings, far=_FAR))
    with store.shown(asked_registers=_registers(registers)):
        return [selector for (selector,) in store.query(sql)]


def shared(
    store: Store,
    listings: str,
    registers: Sequence[AgreementAsked],
    addresses: "pa.Table",
    at: datetime,
) -> dict[str, list[str]]:
    """Which of a target's addresses (`target`, `address`, `key`) standing entries named."""
    sql = _SHARED.format(standing=_STANDING.format(listings=listings, far=_FAR))
    with store.shown(asked_registers=_registers(registers), asked_addresses=addresses):
        return dict(store.query(sql, {"at": micros(at)}))


def _registers(known: Sequence[AgreementAsked]) -> "pa.Table":
    import pyarrow as pa

    return pa.table(
        {
            "register": pa.array([one.register for one in known], pa.string()),
            "covers": pa.array([one.covers for one in known], pa.bool_()),
            "https_whole": pa.array([one.https_whole for one in known], pa.bool_()),
            "private": pa.array([one.private for one in known], pa.bool_()),
            "starts": pa.array([micros(one.start) for one in known], pa.int64()),
            "ends": pa.array([micros(one.end) for one in known], pa.int64()),
        }
    )


def blocks_table(episodes: Sequence[Episode]) -> "pa.Table":
    """Episodes as the SQL joins them."""
    import pyarrow as pa

    times = ("onset_earliest", "onset_latest", "resolution_earliest", "resolution_latest")
    ends = {
        name: pa.array(
            [micros(t) if (t := getattr(one, name)) else None for one in episodes], pa.int64()
        )
        for name in times
    }
    return pa.table(
        {
            "subject": pa.array([one.target for one in episodes], pa.string()),
            **ends,
            "networks": pa.array([list(one.networks) for one in episodes], pa.list_(pa.int64())),
            "measured": pa.array([one.measured for one in episodes], pa.int64()),
        }
    )
