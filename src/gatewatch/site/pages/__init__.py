"""Pages for people, a file for each kind. Each page has a struct that its template finds as
`page`."""

from gatewatch.site.pages import (
    cases,
    compare,
    entries,
    front,
    laws,
    method,
    network,
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
    *network.ROUTES,
    *reporting.ROUTES,
    *pictures.ROUTES,
    *prose.ROUTES,
)
