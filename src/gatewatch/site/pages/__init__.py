"""Pages for people, a file for each kind. Each page has a struct that its template finds as
`page`."""

from gatewatch.site.pages import (
    cases,
    compare,
    copied,
    entries,
    following,
    front,
    laws,
    method,
    network,
    orders,
    pictures,
    prose,
    records,
    reporting,
    search,
)

ROUTES = (
    *front.ROUTES,
    *search.ROUTES,
    *cases.ROUTES,
    *compare.ROUTES,
    *laws.ROUTES,
    *method.ROUTES,
    *records.ROUTES,
    *entries.ROUTES,
    *following.ROUTES,
    *network.ROUTES,
    *orders.ROUTES,
    *reporting.ROUTES,
    *pictures.ROUTES,
    *prose.ROUTES,
)
COPIED = copied.ROUTES
"""Beside these, what a copy has."""
