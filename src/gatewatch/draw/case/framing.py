"""The sheet that both drawings stand on: title, description, style; and what they say of a case."""

from collections.abc import Sequence
from html import escape

from gatewatch.cases.case import Case
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.draw import marks
from gatewatch.draw.case.labels import away, safe, when
from gatewatch.model.redaction import clean
from gatewatch.words.cases import headline, named

NAMES = ("Obligations", "Claims", "Listings", "Network", "Reports")
TITLE = 21 / 13 * 1.13
"""How much wider than other text a title is."""
INKS = ("duty", "ink-2", "listed", "access", "reports")


def frame(width: float, height: float, title: str, told: str, body: Sequence[str]) -> str:
    """An SVG with its title and its description."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lanes" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="t d">'
        f'<title id="t">{escape(clean(title))}</title><desc id="d">{escape(clean(told))}</desc>'
        f"<style>{marks.style()}</style>{marks.hatching()}"
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="var(--paper)"/>'
    )
    return "\n".join([head, *body, "</svg>\n"])


def title(case: Case) -> str:
    return safe(f"{case.service.name} in {country(case.jurisdiction)}")


def answer(case: Case) -> str:
    """The answer in one sentence."""
    return safe(headline(case))


def told(case: Case) -> str:
    """The whole picture in words, for who does not see it."""
    steps = []
    for step in case.steps:
        other = away(step, case)
        steps.append(
            f"{step.number} {named(step)}: {when(step.day)}{f' ({other})' if other else ''}"
        )
    network = f"Network: {case.network.state}, {case.network.why}"
    listings = f"{len(case.listings)} more listings held. " if case.listings else ""
    line = "; ".join(steps) or "No step is on record"
    return safe(
        f"{answer(case)} Five lanes: {', '.join(NAMES).lower()}. {line}. {listings}{network}."
    )
