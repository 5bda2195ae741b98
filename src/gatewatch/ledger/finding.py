"""What an examination of a ledger finds, and what to do about it."""

import msgspec

OK, NOTE, FAULT = "ok", "note", "fault"
RESTORE = "restore a copy, or rebuild it: gatewatch repair NEW --source ID=PLACE"
TELL = f"{RESTORE}; if the rebuilt one has it too, report it with the output of --format json"
NAMED = 3


class Finding(msgspec.Struct, frozen=True):
    """One thing found: `ok`, a `note`, or a `fault`, with what to do."""

    level: str
    what: str
    advice: str = ""


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def has_fault(found: list[Finding]) -> bool:
    """Whether anything found is a fault."""
    return any(finding.level == FAULT for finding in found)


def judged(good: str, bad: list[str], wrong: str, advice: str = TELL) -> Finding:
    """`ok` with what was checked, or a fault that names a few of what is wrong."""
    if not bad:
        return Finding(OK, good)
    more = f" and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    return Finding(FAULT, f"{wrong}: {', '.join(bad[:NAMED])}{more}", advice)
