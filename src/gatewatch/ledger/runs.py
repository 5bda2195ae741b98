"""Entries of a register over the times they were on its list, judged at a moment in SQL: what
analysis/registers/standing.py says of an entry at a time, of all of them at once. What the
register's own words for days mean is asked of Python, once for each different word that decides.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from gatewatch.ledger.schema import micros
from gatewatch.ledger.store import Store
from gatewatch.model.entry import NO_SITE, UNREAD_ID

_FOLDED = """
    WITH stated AS (SELECT unnest($texts::VARCHAR[]) AS text, unnest($days::BIGINT[]) AS at),
    numbered AS (
        SELECT e.entry, e.op, e.included_at, e.removed_at, epoch_us(e.base_at) AS came_after,
            epoch_us(e.published_at) AS came_by,
            {{'body': e.decision_body, 'number': {number}, 'act': {act}, 'date': e.decision_date,
              'included': e.included_at, 'ground': e.ground, 'block': e.block_type,
              'named': {named}, 'texts': {texts}, 'ends': {ends}, 'unread': {unread}}} AS shown,
            row_number() OVER story AS n, lead(epoch_us(e.base_at)) OVER story AS went_after,
            lead(epoch_us(e.published_at)) OVER story AS went_by
        FROM {accepted} WHERE e.register = $register AND {narrowed}
        WINDOW story AS (PARTITION BY e.entry
            ORDER BY e.published_at, e.base_at IS NOT NULL, e.base_at)),
    each AS (
        SELECT *, n - row_number() OVER (PARTITION BY entry ORDER BY n) AS span
        FROM numbered WHERE op <> 'removed'),
    told AS (
        SELECT entry, span, first(came_after ORDER BY n) AS came_after, min(came_by) AS came_by,
            last(went_after ORDER BY n) AS went_after, last(went_by ORDER BY n) AS went_by,
            first(included_at ORDER BY n) AS included_at, last(removed_at ORDER BY n) AS removed_at,
            last(r.at ORDER BY n) FILTER (r.at IS NOT NULL) AS removed,
            first(coalesce(came_after, {far}) ORDER BY n) FILTER (removed_at IS NOT NULL) AS doubted,
            coalesce(last(shown ORDER BY n) FILTER (came_by <= $end), first(shown ORDER BY n))
                AS shown
        FROM each LEFT JOIN stated r ON r.text = removed_at GROUP BY entry, span),
    ended AS (
        SELECT entry, span, came_after, came_by, shown, i.at AS included,
            CASE WHEN removed_at IS NOT NULL AND (went_by IS NULL OR removed < went_by)
                THEN removed END AS removed,
            CASE WHEN removed_at IS NOT NULL AND removed IS NULL THEN doubted END AS doubted,
            went_after, went_by
        FROM told LEFT JOIN stated i ON i.text = included_at
            AND i.at <= came_by AND (came_after IS NULL OR i.at > came_after)),
    judged AS (
        SELECT entry, row_number() OVER (PARTITION BY entry ORDER BY span, came_by) - 1 AS run, shown,
            CASE WHEN coalesce($end < coalesce(included, came_after), false)
                    OR included IS NULL AND coalesce($end <= came_after, false)
                    OR coalesce($start >= coalesce(removed, went_by), false) THEN 'not_listed'
                WHEN $end < coalesce(included, came_by)
                    OR coalesce($start > coalesce(removed, went_after), false)
                    OR NOT $covered OR coalesce($end > doubted, false) THEN 'insufficient'
                ELSE 'listed' END AS state
        FROM ended)
    SELECT row_number() OVER (ORDER BY entry, run) - 1 AS place, entry, run, state,
        coalesce(shown.body, '') AS body, shown.ground AS ground, shown.number AS number,
        shown.date AS decided,
        coalesce(shown.date, shown.included, '')[:4] AS year, shown.ends AS ends,
        shown.unread AS unread
    FROM judged WHERE state <> 'not_listed' AND {fits}
"""
_DAYS = """
    SELECT e.included_at FROM {accepted} WHERE e.register = $register AND e.included_at IS NOT NULL
        AND epoch_us(e.published_at) > $end AND (e.base_at IS NULL OR epoch_us(e.base_at) < $end)
    UNION SELECT e.removed_at FROM {accepted}
    WHERE e.register = $register AND e.removed_at IS NOT NULL
"""
"""Words for days that decide: of an inclusion where the moment lies between the states around it
(outside of them neither of its ends matters), and of every removal."""
_FAR = -(1 << 62)
_UNREAD = f"""starts_with(e.entry, '{UNREAD_ID}')
    OR coalesce(len(e.selectors), 0) = 0 AND coalesce(e.block_type, '') <> '{NO_SITE}'"""
"""Whether nothing of an entry could be read that it names: as a snapshot counts its own."""
_HOST = """CASE split_part(s, ':', 1) WHEN 'domain' THEN substr(s, 8) WHEN 'mask' THEN substr(s, 8)[3:]
    WHEN 'url' THEN regexp_extract(s, '^url:[^:]*://(?:\\*\\.)?([^/:?#]+)', 1) ELSE '' END"""
_NEAR_HOST = """CASE split_part(s, ':', 1) WHEN 'domain' THEN substr(s, 8) WHEN 'mask' THEN substr(s, 10)
    WHEN 'url' THEN split_part(split_part(s, '/', 3), ':', 1) ELSE '' END"""
"""The same without a look for a pattern, which takes three times as long: of addresses of pages
with all that stands before the host, which is no part of its end."""
_ENDS = f"""list_distinct(list_filter(list_transform(e.selectors, lambda s: {_NEAR_HOST}),
    lambda h: split_part(h, '.', -1)[1] BETWEEN 'a' AND 'z'{{under}}).list_transform(lambda h: {{end}}))"""
"""The ends of the hosts that an entry names: the last label of each, or one more than what they are
sought by."""
_TEXTS = """list_concat(list_transform(e.attributes, lambda s: substr(s, instr(s, '=') + 1)),
    e.unparsed)"""
"""What an entry says beside its decision, without the names of attributes."""
_UNDER = f"""list_bool_or(list_transform(shown.named,
    lambda s: {_HOST} = $suffix OR ends_with({_HOST}, '.' || $suffix)))"""
_ANY = "list_bool_or(list_transform({}, lambda s: {}))"
_SAID = f"list_concat({{}}, list_transform({{}}, lambda s: {_HOST}))"
"""Texts and the hosts that are named: of addresses no path, which a register may withhold."""
_BORE = {
    "bodies": "list_contains($bodies::VARCHAR[], coalesce(e.decision_body, ''))",
    "number": "contains(lower(e.decision_number), lower($number))",
    "decided": "starts_with(e.decision_date, $decided)",
    "grounds": "list_contains($grounds::VARCHAR[][], [e.ground, e.decision_body, {number}])",
    "block_type": "list_contains(string_split(e.block_type, '+'), $block_type)",
    "suffix": _ANY.format("e.selectors", "contains(s, $suffix)"),
    "addresses": "list_has_any(e.selectors, $addresses::VARCHAR[])",
    "text": _ANY.format(_SAID.format(_TEXTS, "e.selectors"), "contains(lower(s), lower($text))"),
}
"""What an event must be like, for its entry to be looked at: narrows what is read."""
_SHOWS = {
    "bodies": "list_contains($bodies::VARCHAR[], coalesce(shown.body, ''))",
    "number": "contains(lower(shown.act), lower($number))",
    "decided": "starts_with(shown.date, $decided)",
    "grounds": "list_contains($grounds::VARCHAR[][], [shown.ground, shown.body, shown.number])",
    "block_type": "list_contains(string_split(shown.block, '+'), $block_type)",
    "suffix": _UNDER,
    "addresses": "list_has_any(shown.named, $addresses::VARCHAR[])",
    "text": _ANY.format(
        _SAID.format("shown.texts", "shown.named"), "contains(lower(s), lower($text))"
    ),
}
"""The same of the version that is shown."""


class Among(msgspec.Struct, frozen=True, kw_only=True):
    """What the version of an entry that is shown must be like; None: anything."""

    bodies: tuple[str, ...] | None = None
    """As published; empty: where none is told."""
    number: str | None = None
    """A part of the decision's number, whatever its case."""
    decided: str | None = None
    """How the decision's day begins."""
    grounds: tuple[tuple[str | None, str | None, str | None], ...] | None = None
    """Grounds as published, each with the body and number beside it."""
    block_type: str | None = None
    """One of those that it joins by `+`."""
    suffix: str | None = None
    """A domain: it names this or a name under it."""
    addresses: tuple[str, ...] | None = None
    """Selectors of which it bears one."""
    text: str | None = None
    """A part of a host, of an attribute or of what could not be read, whatever its case."""

    @property
    def asked(self) -> dict[str, object]:
        """What is asked for, by name."""
        return {n: v for n, v in msgspec.structs.asdict(self).items() if v is not None}


class JudgedAt(msgspec.Struct, frozen=True):
    """The moment of a question, in a register's own bounds."""

    start: datetime
    end: datetime
    covered: bool
    """Whether snapshots cover it, so that what stands is listed."""


class Runs:
    """Entries that stand at a moment or may, by id, in a table of a session. It is made anew where
    the session has let go of it."""

    def __init__(self, store: Store, table: Callable[[], str]) -> None:
        self._store, self._made = store, table

    @property
    def table(self) -> str:
        """Its name."""
        return self._made()

    def __len__(self) -> int:
        return int(self._store.query(f"SELECT count(*) FROM {self.table}")[0][0])

    def counts(self, field: str) -> dict[str, int]:
        """How many there are of each `body` or `year`, the most frequent first."""
        rows = self._store.query(
            f"SELECT {field}, count(*) AS n FROM {self.table} GROUP BY 1 ORDER BY n DESC, min(place)"
        )
        return dict(rows)

    def suffixes(self, most: int) -> dict[str, int]:
        """How many name a host under each domain of the top, or next under the one they are sought
        by: the most frequent first, so many of them."""
        rows = self._store.query(
            f"""SELECT unnest(ends) AS end, count(*) AS n FROM {self.table} GROUP BY 1
            ORDER BY n DESC, 1 LIMIT {most}"""
        )
        return dict(rows)

    def unread(self) -> int:
        """Of how many nothing could be read that they name."""
        found = self._store.query(f"SELECT count(*) FROM {self.table} WHERE unread")
        return int(found[0][0])

    def perhaps(self) -> int:
        """How many of those that were read are not surely on the list."""
        found = self._store.query(
            f"SELECT count(*) FROM {self.table} WHERE NOT unread AND state = 'insufficient'"
        )
        return int(found[0][0])

    def grounds(self) -> list[tuple[tuple[str | None, str, str | None], int]]:
        """How many there are of each ground, body and number together; the number only where it
        was asked for."""
        rows = self._store.query(
            f"""SELECT ground, body, number, count(*) AS n FROM {self.table}
            GROUP BY ALL ORDER BY n DESC, min(place)"""
        )
        return [((ground, body, number), n) for ground, body, number, n in rows]

    def page(self, first: int, last: int) -> list[tuple[str, int, str]]:
        """Id, which of its times on the list, and state, of [first, last)."""
        return self._store.query(
            f"SELECT entry, run, state FROM {self.table} WHERE place >= $1 AND place < $2 "
            "ORDER BY place",
            [first, last],
        )


def runs(
    store: Store,
    accepted: Callable[[], str],
    *,
    register: str,
    at: JudgedAt,
    sought: Among,
    with_numbers: bool,
    stated: Callable[[str], datetime | None],
) -> Runs:
    """Judge every entry that stands. `accepted`: events `e` for FROM. `with_numbers`: grounds are
    told with the numbers of decisions. `stated`: a register's word for a day, in UTC."""
    end, asked = micros(at.end), sought.asked
    days = store.query(_DAYS.format(accepted=accepted()), {"register": register, "end": end})
    known = [(text, micros(when)) for (text,) in sorted(days) if (when := stated(text)) is not None]
    number = "e.decision_number" if with_numbers else "NULL::VARCHAR"
    bore = " AND ".join(_BORE[name].format(number=number) for name in asked)
    narrowed = "e.entry IN (SELECT e.entry FROM {accepted} WHERE e.register = $register AND {bore})"
    sql = _FOLDED.format(
        accepted="{accepted}",
        narrowed=narrowed.replace("{bore}", bore) if bore else "true",
        far=_FAR,
        number=number,
        act="e.decision_number" if "number" in asked else "NULL::VARCHAR",
        named="e.selectors"
        if asked.keys() & {"suffix", "addresses", "text"}
        else "NULL::VARCHAR[]",
        unread=_UNREAD,
        ends=_ends(sought.suffix),
        texts=_TEXTS if "text" in asked else "NULL::VARCHAR[]",
        fits=" AND ".join(["true", *(_SHOWS[name] for name in asked)]),
    )
    values: dict[str, object] = {
        **asked,
        "register": register,
        "start": micros(at.start),
        "end": end,
        "covered": at.covered,
        "texts": tuple(text for text, _ in known),
        "days": tuple(when for _, when in known),
    }
    placed, given = _placed(sql, values)
    return Runs(store, lambda: store.prepared(placed.replace("{accepted}", accepted()), given))


def _ends(suffix: str | None) -> str:
    if not suffix:
        return _ENDS.format(under="", end="split_part(h, '.', -1)")
    return _ENDS.format(
        under=" AND ends_with(h, '.' || $suffix)",
        end=f"array_to_string(string_split(h, '.')[-{suffix.count('.') + 2}:], '.')",
    )


def _placed(sql: str, asked: Mapping[str, object]) -> tuple[str, tuple[object, ...]]:
    """A statement with its values by place, so that it can be remembered by them."""
    used = [name for name in sorted(asked, key=len, reverse=True) if f"${name}" in sql]
    for place, name in enumerate(used, 1):
        sql = sql.replace(f"${name}", f"${place}")
    return sql, tuple(asked[name] for name in used)
