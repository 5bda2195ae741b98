"""Views that several questions rest on, each told once: which verdicts count, and which is in
force.

They are table macros, for what is in force depends on the time by which it was recorded (NULL:
now).
"""

JUDGED = "judge:"
"""How the origin of a judgement begins among `inputs`; that of an ingest is the name of its
input."""
JUDGEMENTS = f"SELECT batch, recorded_at FROM inputs WHERE starts_with(origin, '{JUDGED}')"
COUNTING = f"SELECT batch FROM measurements UNION SELECT batch FROM ({JUDGEMENTS})"
"""Batches whose verdicts count: what a writer left that was stopped is in none of them."""
IN_FORCE = "verdicts_in_force"
_SINCE_SUBJECTS = """v.subject IS NULL AND v.part = 0 AND m.tunnel IS NULL
    AND m.test_name IN ('web_connectivity', 'http_requests') AND m.host IS NOT NULL"""
"""Verdicts from before each said what it counts for: of the tests of websites that is the host."""
_COLUMNS = f"""m.* EXCLUDE (batch, recorded_at, fingerprints), v.* EXCLUDE (uid, subject, about),
    CASE WHEN {_SINCE_SUBJECTS} THEN 'host' ELSE v.subject END AS subject,
    CASE WHEN {_SINCE_SUBJECTS} THEN m.host ELSE v.about END AS about"""


def verdicts_in_force(*, judged_again: bool) -> str:
    """The SQL that makes `verdicts_in_force(known_by)`: each measurement with the rows of its one
    verdict in force, the whole (part 0) and its parts, whatever their states.

    That verdict is of the last judgement that was recorded by then and took the measurement in,
    else the one that it came with. A caller that wants some states filters what this gives: a
    verdict that was superseded never comes back. `judged_again`: whether there is any judgement;
    without one the look for later verdicts is left out, which halves the time of a count of a
    million.
    """
    if not judged_again:
        return f"""CREATE TEMP MACRO {IN_FORCE}(known_by) AS TABLE
            SELECT {_COLUMNS}
            FROM measurements m JOIN verdicts v ON v.uid = m.uid AND v.batch = m.batch
            WHERE known_by IS NULL OR m.recorded_at <= known_by"""
    return f"""CREATE TEMP MACRO {IN_FORCE}(known_by) AS TABLE
        WITH again AS (
            SELECT v.uid, max_by(v.batch, (j.recorded_at, j.batch)) AS batch
            FROM verdicts v JOIN ({JUDGEMENTS}) j ON v.batch = j.batch
            WHERE v.part = 0 AND (known_by IS NULL OR j.recorded_at <= known_by)
            GROUP BY v.uid)
        SELECT {_COLUMNS}
        FROM measurements m LEFT JOIN again ON again.uid = m.uid
        JOIN verdicts v ON v.uid = m.uid AND v.batch = coalesce(again.batch, m.batch)
        WHERE known_by IS NULL OR m.recorded_at <= known_by"""
