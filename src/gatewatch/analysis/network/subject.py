"""What a measurement counts for: a service, a host, an endpoint, or nothing at all."""

from urllib.parse import parse_qs, urlsplit

from gatewatch.analysis.network.places import endpoint, split_endpoint
from gatewatch.catalogue import nettests
from gatewatch.model.observation import Observed
from gatewatch.model.ranges import parsed
from gatewatch.model.verdict import Subject

About = tuple[str | None, str | None]
"""Kind of subject and its name; nothing twice where a measurement counts for nothing."""
_NOTHING: About = (None, None)


def subject_of(observed: Observed) -> About:
    """What the whole of a measurement counts for.

    What came through a tunnel says nothing of the access network, except of the tunnel itself.
    """
    measurement = observed.measurement
    test = nettests.test_of(measurement.test_name)
    if test is None or test.subject is None:
        return _NOTHING
    if test.subject == Subject.SERVICE:
        return Subject.SERVICE, test.service
    if test.subject == Subject.HOST:
        named = observed.host if measurement.tunnel is None else None
        return (Subject.HOST, named) if named else _NOTHING
    named = endpoint_of(measurement.test_name, measurement.input)
    return (Subject.ENDPOINT, named) if named else _NOTHING


def part_subject(observed: Observed, target: str) -> About:
    """What the verdict on one target counts for.

    Parts of a test about services count for their own host or endpoint, never again for the
    service; parts of any other test count for nothing: its whole does.
    """
    test = nettests.test_of(observed.measurement.test_name)
    if test is None or test.subject != Subject.SERVICE or observed.measurement.tunnel is not None:
        return _NOTHING
    ip, port = split_endpoint(target)
    if ip is not None and parsed(ip) is not None:
        return Subject.ENDPOINT, f"tcp://{endpoint(ip, port)}"
    return (Subject.HOST, target) if "." in target else _NOTHING


def endpoint_of(test: str, text: str | None) -> str | None:
    """An endpoint as a URL of its protocol, without what a probe was told beside it."""
    if not text:
        return None
    try:
        split = urlsplit(text if "://" in text else f"//{text}")
        host, port = split.hostname, split.port
    except ValueError:
        return None
    if test == "openvpn":
        asked = parse_qs(split.query)
        address = (asked.get("address") or asked.get("addr") or [""])[0]
        return f"openvpn://{address}/{(asked.get('transport') or ['udp'])[0]}" if address else None
    if not host:
        return None
    scheme = {"echcheck": "ech"}.get(test, split.scheme or "tcp")
    name = f"[{host}]" if ":" in host else host
    path = split.path if scheme == "https" else ""
    return f"{scheme}://{name}{f':{port}' if port else ''}{path}"
