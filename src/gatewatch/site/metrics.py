"""Counters for Prometheus: requests by route and status, how long they took."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
_REQUESTS = Counter(
    "gatewatch_requests",
    "Requests by area, method and status",
    ["area", "method", "status"],
    registry=REGISTRY,
)
_SECONDS = Histogram(
    "gatewatch_request_seconds",
    "Seconds a request took",
    ["area"],
    registry=REGISTRY,
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
SILENT = Gauge(
    "gatewatch_register_silent",
    "1 while a register's next publication is overdue",
    ["register"],
    registry=REGISTRY,
)
LAST = Gauge(
    "gatewatch_register_last_published_seconds",
    "Time of a register's last publication",
    ["register"],
    registry=REGISTRY,
)
FOLLOWED = Gauge(
    "gatewatch_followed_state",
    "1 for the state of a service that the operator follows, by jurisdiction",
    ["service", "jurisdiction", "state"],
    registry=REGISTRY,
)
FOLLOWED_LISTED = Gauge(
    "gatewatch_followed_listed",
    "1 while a register lists a followed service, 0 while none does, NaN where that is not known",
    ["service", "jurisdiction"],
    registry=REGISTRY,
)
FOLLOWED_BLOCKED = Gauge(
    "gatewatch_followed_blocked_networks",
    "Networks on which a block of a followed service stands, NaN where that is not known",
    ["service", "jurisdiction"],
    registry=REGISTRY,
)
_AREAS = frozenset({"api", "case", "service", "register", "feeds", "static", "entry", "changes"})
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"})


def seen(path: str, method: str, status: int, seconds: float) -> None:
    """Count one request. What a client may make up is not a label."""
    area = path.split("/")[1] if path.count("/") else ""
    area = area if area in _AREAS else "page"
    _counter(area, method if method in _METHODS else "other", status).inc()
    _timer(area).observe(seconds)


@cache
def _counter(area: str, method: str, status: int) -> Counter:
    return _REQUESTS.labels(area, method, str(status))


@cache
def _timer(area: str) -> Histogram:
    return _SECONDS.labels(area)


def text() -> bytes:
    return generate_latest(REGISTRY)
