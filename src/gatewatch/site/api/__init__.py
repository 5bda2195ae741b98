"""The API: one file for each layer, all under /api/v1."""

from gatewatch.site.api import alerts, collector, facts, network, ooni, registers, reports, search

_FILES = (registers, search, facts, network, ooni, reports, alerts, collector)
ROUTES = tuple(route for file in _FILES for route in file.ROUTES)
