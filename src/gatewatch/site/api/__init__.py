"""The API: one file for each layer, all under /api/v1."""

from gatewatch.site.api import (
    check,
    collector,
    entries,
    facts,
    following,
    network,
    ooni,
    orders,
    registers,
    reports,
    search,
)

_FILES = (
    check,
    registers,
    entries,
    search,
    facts,
    network,
    orders,
    ooni,
    reports,
    following,
    collector,
)
ROUTES = tuple(route for file in _FILES for route in file.ROUTES)
