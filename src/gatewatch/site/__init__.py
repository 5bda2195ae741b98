"""The site: pages for people and an API for programs, over one ledger and the catalogue. Reads
only; what writes is handed in from outside."""

from gatewatch.errors import needs

with needs("site"):
    import litestar  # noqa: F401 - first of all, so that the line to type is said wherever one enters
