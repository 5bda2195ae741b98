"""The API: one file for each layer, all under /api/v1."""

from gatewatch.publish.site.api import facts, network, ooni, registers, reports

ROUTES = (*registers.ROUTES, *facts.ROUTES, *network.ROUTES, *ooni.ROUTES, *reports.ROUTES)
