"""What a network test is about, and how the answers on its parts fold into one on its subject."""

import msgspec

from gatewatch.model.verdict import Subject


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a service must have to work, met by any of several parts of a test.

    Parts are chosen by name (`hosts`), by being an address without a name (`addresses`), or by
    the protocol that the test names (`protocols`). Ports of one address are one part.
    """

    id: str
    hosts: tuple[str, ...] = ()
    addresses: bool = False
    protocols: tuple[str, ...] = ()
    enough: float = 0.0
    """Share of the parts that must work for the need to be met in full; 0: any one."""
    least: int = 1
    """When fewer parts were tried, that all of them fail says nothing: they may be gone."""


class Nettest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test by the name that measurements bear."""

    name: str
    why: str
    """What the test's own specification says, and where."""
    subject: Subject | None = None
    """The kind of thing it is about; None: nothing whose reachability is counted."""
    service: str = ""
    """Id in the catalogue of services, where the subject is one."""
    chained: bool = False
    """Its steps are hops of one chain of redirects. Those of others are about several targets."""
    needs: tuple[Need, ...] = ()
    blocked_from: float = 1.0
    """Share of the needs whose failure cuts the service off; below it the service is impaired."""
    networks: tuple[int, ...] = ()
    """Where the specification says that all of the service's names lie (AS numbers)."""
    ignored: tuple[str, ...] = ()
    """Hosts that the test asks for and that say nothing of the service."""


class Defect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test that outlived what it measures: its failures say nothing of any network.

    It is defective where all that is given holds. Versions are bounds as in `test_version`, days
    are ISO 8601 and by when the measurement was made.
    """

    id: str
    test: str
    why: str
    source: str
    versions_below: str = ""
    version: str = ""
    engine_below: str = ""
    software: str = ""
    since: str = ""
    until: str = ""
