"""What is concluded from one measurement about one target, and everything it rests on."""

from enum import StrEnum

import msgspec


class VerdictState(StrEnum):
    """What the network did, as far as one measurement shows."""

    BLOCKED = "blocked"
    LIKELY_BLOCKED = "likely_blocked"
    IMPAIRED = "impaired"
    DOWN = "down"
    OK = "ok"
    INSUFFICIENT = "insufficient"


class Locus(StrEnum):
    """Where the cause lies."""

    NETWORK = "network"
    SERVER_SIDE = "server_side"
    UNKNOWN = "unknown"


class Subject(StrEnum):
    """What kind of thing a verdict is about."""

    SERVICE = "service"
    """A service of the catalogue, by its id."""
    HOST = "host"
    """A host name, or the address of an input that is one."""
    ENDPOINT = "endpoint"
    """An address with port and protocol, or a resolver: no website."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to conclude something from the facts of a hop (analysis.network.facts.Facts).

    `when` is an expression over those facts. Of all rules that hold the one of the greatest
    weight decides. `scenario` says in words what a network does that this rule is for, `shows` how
    that looks in facts; a test holds each rule to it.
    """

    id: str
    version: int
    when: str
    state: VerdictState
    weight: int
    comment: str
    scenario: str
    shows: dict[str, str | bool]
    """Facts, beside those that nothing is known of, under which this rule decides."""
    mechanism: str | None = None
    """Dotted; `{fact}` stands for the word of a fact."""
    locus: Locus = Locus.UNKNOWN
    interference: str | None = None
    """A mechanism that was at work although the target was reached. It is named whenever the rule
    holds and the verdict is no block, whichever rule decides."""
    learned: str = ""
    """What went wrong before, and the public report or measurement that taught it."""


class Caveat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What takes certainty from a verdict, whichever rule made it."""

    id: str
    version: int
    when: str
    on: str
    """The beginning of the mechanisms that it is about."""
    at_most: VerdictState
    comment: str
    learned: str = ""
    locus: Locus = Locus.UNKNOWN


class RuleSet(msgspec.Struct, frozen=True):
    """All that judging rests on; `version` is a digest of everything that decides."""

    version: str
    rules: tuple[Rule, ...]
    caveats: tuple[Caveat, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """The conclusion on one target. `rules` are `id@version`, the deciding one first; `evidence`
    are places in the observed steps; `hop` is the redirect at which it was decided."""

    uid: str
    target: str | None
    state: str
    mechanism: str | None
    locus: str
    interference: tuple[str, ...]
    hop: int | None
    rules: tuple[str, ...]
    evidence: tuple[int, ...]
    why: str
    ruleset: str
    fingerprints: str | None
    """The version of the fingerprints, if one of them was used."""
    subject: str | None = None
    """The kind of thing that it counts for (Subject); None: it says nothing of anything that is
    counted, such as what came through a tunnel or what a middlebox did to an echo."""
    about: str | None = None
    """What it counts for: `telegram`, `news.example.com`, `tcp://192.0.2.1:443`."""
    parts: tuple["Verdict", ...] = ()
    """One for each target, of a test that measures several. Each counts for its own subject."""
