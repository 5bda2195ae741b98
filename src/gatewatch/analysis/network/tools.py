"""Rules and fingerprints made ready once, and the short way from a measurement to a verdict."""

from functools import lru_cache

import msgspec

from gatewatch.analysis.network.fingerprints import Matcher
from gatewatch.analysis.network.judge import Judge
from gatewatch.analysis.network.observe import observe
from gatewatch.catalogue import fingerprints, rules
from gatewatch.model.measurement import Measurement
from gatewatch.model.verdict import Verdict


class JudgingSettings(msgspec.Struct, frozen=True):
    """Where rules (a TOML file) and fingerprints (a folder of CSV files) come from; None means
    those of the project."""

    rules: str | None = None
    fingerprints: str | None = None


PROJECT = JudgingSettings()


@lru_cache(maxsize=4)
def tools(settings: JudgingSettings = PROJECT) -> tuple[Matcher, Judge]:
    """Fingerprints and rules made ready, once a process."""
    return Matcher(fingerprints.load(settings.fingerprints)), Judge(rules.load(settings.rules))


def judge(measurement: Measurement, settings: JudgingSettings = PROJECT) -> Verdict:
    """The verdict on one measurement, with no ledger at hand."""
    matcher, ready = tools(settings)
    return ready.judge(observe(measurement, matcher))
