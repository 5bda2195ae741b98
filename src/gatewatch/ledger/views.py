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
READ = ("inputs", "measurements", "verdicts")
"""What it reads. Observations have most columns and rows, and their files the longest ends."""
_SINCE_SUBJECTS = """v.subject IS NULL AND v.part = 0 AND m.tunnel IS NULL
    AND m.test_name IN ('web_connectivity', 'http_requests') AND m.host IS NOT NULL"""
"""Verdicts from before each said what it counts for: of the tests of websites that is the host."""
PERHAPS_OLDER = "SELECT 1 FROM verdicts WHERE subject IS NULL AND part = 0 LIMIT 1"
OLDER = f"""SELECT 1 FROM verdicts v JOIN measurements m ON v.uid = m.uid
    WHERE {_SINCE_SUBJECTS} LIMIT 1"""
"""Whether there is any such, which need be asked only where the cheap question before has a row:
only then is `about` no plain column, whose least and greatest value
tell a question about some names which rows to pass over."""
PERHAPS_UNPLACED = "SELECT 1 FROM verdicts WHERE probe_cc IS NULL LIMIT 1"
"""Whether a verdict may be from before each bore the country of its measurement."""
_COLUMNS = "m.* EXCLUDE (batch, recorded_at, fingerprints), v.* EXCLUDE (uid, probe_cc)"
_OLDER_COLUMNS = f"""{_COLUMNS[:-1]}, subject, about),
    CASE WHEN {_SINCE_SUBJECTS} THEN 'host' ELSE v.subject END AS subject,
    CASE WHEN {_SINCE_SUBJECTS} THEN m.host ELSE v.about END AS about"""


def verdicts_in_force(*, judged_again: bool, older: bool, placed: bool) -> str:
    """The SQL that makes `verdicts_in_force(known_by, code := NULL, codes := NULL)`: each
    measurement, of one country if `code` names one (of some, if `codes` does and all are placed),
    with the rows of its one verdict in force, the whole (part 0) and its parts, whatever their
    states.

    That verdict is of the last judgement that was recorded by then and took the measurement in,
    else the one that it came with. A caller that wants some states filters what this gives: a
    verdict that was superseded never comes back. `judged_again`: whether there is any judgement;
    without one the look for later verdicts is left out, which halves the time of a count of a
    million. `older`: whether `OLDER` has a row. `placed`: whether `PERHAPS_UNPLACED` has none.
    """
    columns = _OLDER_COLUMNS if older else _COLUMNS
    # Each table by its own column: groups of rows of other countries are passed over in both.
    there = "v.probe_cc = code" if placed else "(v.probe_cc = code OR v.probe_cc IS NULL)"
    there = f"(code IS NULL OR {there})"
    where = f"""WHERE (known_by IS NULL OR m.recorded_at <= known_by)
            AND (code IS NULL OR m.probe_cc = code) AND {there}
            AND (codes IS NULL OR (list_contains(codes, m.probe_cc)
                AND list_contains(codes, v.probe_cc)))"""
    if not judged_again:
        return f"""CREATE TEMP MACRO {IN_FORCE}(known_by, code := NULL, codes := NULL) AS TABLE
            SELECT {columns}
            FROM measurements m JOIN verdicts v ON v.uid = m.uid AND v.batch = m.batch
            {where}"""
    return f"""CREATE TEMP MACRO {IN_FORCE}(known_by, code := NULL, codes := NULL) AS TABLE
        WITH again AS (
            SELECT v.uid, max_by(v.batch, (j.recorded_at, j.batch)) AS batch
            FROM verdicts v JOIN ({JUDGEMENTS}) j ON v.batch = j.batch
            WHERE v.part = 0 AND (known_by IS NULL OR j.recorded_at <= known_by) AND {there}
            GROUP BY v.uid)
        SELECT {columns}
        FROM measurements m LEFT JOIN again ON again.uid = m.uid
        JOIN verdicts v ON v.uid = m.uid AND v.batch = coalesce(again.batch, m.batch)
        {where}"""
