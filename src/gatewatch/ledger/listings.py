"""Events folded to listings in SQL, for questions about a whole register: what analysis/listings.py
does for an entry at a time."""

FOLDED = """
    WITH numbered AS (
        SELECT e.register, e.entry, e.op, e.selectors, e.ground, epoch_us(e.base_at) AS came_after,
            epoch_us(e.published_at) AS came_by, row_number() OVER story AS n,
            lead(epoch_us(e.base_at)) OVER story AS went_after,
            lead(epoch_us(e.published_at)) OVER story AS went_by
        FROM events e JOIN {live} live
            ON e.register = live.register AND e.snapshot = live.id AND e.batch = live.batch
        WINDOW story AS (PARTITION BY e.register, e.entry
            ORDER BY e.published_at, e.base_at IS NOT NULL, e.base_at)),
    each AS (
        SELECT * REPLACE (unnest(list_distinct(selectors)) AS selectors) FROM numbered
        WHERE op <> 'removed'),
    unbroken AS (
        SELECT *, n - row_number() OVER (PARTITION BY register, entry, selectors ORDER BY n) AS span
        FROM each),
    told AS (
        SELECT register, entry, selectors AS selector, first(came_after ORDER BY n) AS came_after,
            min(came_by) AS came_by, last(went_after ORDER BY n) AS went_after,
            last(went_by ORDER BY n) AS went_by, last(ground ORDER BY n) AS ground
        FROM unbroken GROUP BY register, entry, selectors, span)
    SELECT *, row_number() OVER (ORDER BY register, entry, selector, came_by) AS place,
        CASE split_part(selector, ':', 1)
        WHEN 'domain' THEN 'd:' || substr(selector, 8)
        WHEN 'mask' THEN 'm:' || substr(selector, 8)
        WHEN 'url' THEN 'u:' || regexp_replace(substr(selector, 5), '^[^:]*://', '')
        WHEN 'ip' THEN 'i:' || substr(selector, 4)
        WHEN 'cidr' THEN 'c:' || substr(selector, 6)
        ELSE 'a:' || substr(selector, 5) END AS key,
        CASE split_part(selector, ':', 1)
        WHEN 'mask' THEN 'domain:' || substr(selector, 8)
        WHEN 'url' THEN 'domain:' || regexp_extract(selector, '^url:[^:]*://([^/:?#]+)', 1)
        ELSE selector END AS subject
    FROM told
"""
"""Every selector of every entry over each unbroken time it was listed. Its ends are microseconds since
1970; `subject` is the name by which probes would measure it."""
