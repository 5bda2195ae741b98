"""Pages for people: one file for finding, one for records, one for the network."""

from gatewatch.site.pages import finding, network, records, reporting

ROUTES = (*finding.ROUTES, *records.ROUTES, *network.ROUTES, *reporting.ROUTES)
