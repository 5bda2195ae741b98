"""Names beside a name: the domain that it was registered under."""

from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from gatewatch.model import selector as selectors
from gatewatch.query.standings import registrable


def test_the_rules_about_one_host_say_what_the_whole_list_says() -> None:
    """Under every rule of the list, with wildcards and exceptions, a host has the registrable
    domain that the whole list gives it."""
    whole = PublicSuffixList()
    with Path(PSLFILE).open(encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    rules = [line.lstrip("!") for line in lines if line and not line.startswith("//")]
    assert len(rules) > 5_000
    for rule in rules[::7] + [one for one in rules if "*" in one or f"!{one}" in lines]:
        for before in ("", "a.", "b.a."):
            asked = selectors.parse(f"{before}{rule.replace('*', 'q')}.".rstrip("."))
            if "." in asked.value:
                assert registrable(asked) == whole.privatesuffix(asked.value), asked
