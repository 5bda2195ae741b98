"""Pages for people: one file for finding, one for records, one for the network."""

from gatewatch.publish.site.pages import finding, network, records

ROUTES = (*finding.ROUTES, *records.ROUTES, *network.ROUTES)
