"""The API: one file for each layer, all under /api/v1."""

from gatewatch.site.api import (
    collector,
    facts,
    following,
    network,
    ooni,
    orders,
    registers,
    reports,
    search,
)

_FILES = (registers, search, facts, network, orders, ooni, reports, following, collector)
ROUTES = tuple(route for file in _FILES for route in file.ROUTES)
