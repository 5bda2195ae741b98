"""Whether a page that came slowly came so by itself, or by a line on which everything is slow.

One measurement cannot tell a throttled name from a weak line: its verdict stands as it is, the same
for the same bytes. What tells them apart is what the same probe fetched of other hosts within an
hour, and that enters where verdicts are counted. Counting looks at all that had been published, so
neither the order in which measurements came nor their batches matter.
"""

THROTTLED = "throttle"
"""What a mechanism of throttling has in its name, at whatever step."""
_FIRST_FLIGHT = 14_600
"""Bytes that a server sends before it hears back (RFC 6928: ten segments). A page within them shows
the way's delay and not its pace."""
_LEAST = 2
"""Pages of other hosts, that one of them is slow by itself is no word on the line."""
_MANY_TIMES = 4
"""How much faster than the page the others came on a line that is not to blame. What one line gives
varies by two or three from page to page; throttling to 128 kbit/s was a tenth of it and less
(net4people/bbs#65)."""
_HOUR = 3_600_000_000
"""Microseconds."""

PROBER = """coalesce(probe_id, report_id,
    concat_ws(' ', probe_cc, probe_asn, platform, software, network_type))"""
"""What stands for one probe within an hour: its own number, its run, else where and what it is."""


def weak_lines(at: str) -> str:
    """SQL of the `uid`s whose page was slow as other pages of the probe were.

    `at` is the SQL of when a measurement was made. Parameters: $recorded_by, $as_of.
    """
    published = "($as_of IS NULL OR coalesce(collected_at, started_at) <= $as_of)"
    return f"""
        WITH fetched AS (
            SELECT uid, host, mechanism, {PROBER} AS prober, epoch_us({at}) AS at
            FROM verdicts_in_force($recorded_by)
            WHERE part = 0 AND host IS NOT NULL AND {published}),
        slow AS (SELECT * FROM fetched WHERE contains(mechanism, '{THROTTLED}')),
        beside AS (
            SELECT DISTINCT f.uid, f.host, f.prober, f.at
            FROM fetched f JOIN slow s ON f.prober = s.prober AND abs(f.at - s.at) <= {_HOUR}),
        paces AS (
            SELECT b.*, max(o.read / o.seconds) AS pace
            FROM beside b JOIN observations o ON o.uid = b.uid
                JOIN measurements m ON m.uid = o.uid AND m.batch = o.batch
            WHERE o.kind = 'http' AND o.read > {_FIRST_FLIGHT} AND o.seconds > 0
            GROUP BY ALL)
        SELECT s.uid FROM paces s SEMI JOIN slow USING (uid)
            JOIN paces o ON o.prober = s.prober AND o.host <> s.host AND abs(o.at - s.at) <= {_HOUR}
        GROUP BY s.uid
        HAVING count(*) >= {_LEAST} AND median(o.pace) < {_MANY_TIMES} * any_value(s.pace)"""
