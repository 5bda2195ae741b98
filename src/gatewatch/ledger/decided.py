"""What decisions registers name: entries by their decision, numbers, bodies, grounds."""

import msgspec

from gatewatch.ledger.bounds import Bounds
from gatewatch.ledger.history import History


class Decided(msgspec.Struct, frozen=True):
    """An entry by its decision. `date` is ISO."""

    register: str
    entry: str
    number: str
    body: str | None
    date: str | None


def decided(history: History, number: str, by: Bounds, most: int) -> list[Decided]:
    """Entries whose decision's number holds a text, whatever its case: those whose number it is
    first, then the newest."""
    rows = history.store.query(
        f"""SELECT e.register, e.entry, any_value(e.decision_number), any_value(e.decision_body),
            any_value(e.decision_date)
        FROM events e JOIN {history.live(by)} live ON e.register = live.register
            AND e.snapshot = live.id AND e.batch = live.batch
        WHERE contains(lower(e.decision_number), lower($number))
        GROUP BY e.register, e.entry
        ORDER BY bool_or(lower(e.decision_number) = lower($number)) DESC,
            max(e.decision_date) DESC NULLS LAST, e.register, e.entry LIMIT $most""",
        {"number": number, "most": most},
    )
    return [Decided(*row) for row in rows]


def decided_by(
    history: History, register: str, number: str, *, body: str | None, by: Bounds
) -> list[str]:
    """Entries of a register that ever stood under a decision: its number whatever its case, and
    its body if one is named."""
    rows = history.store.query(
        f"""SELECT DISTINCT e.entry FROM {history.accepted(by)}
        WHERE e.register = $register AND lower(e.decision_number) = lower($number)
            AND ($body IS NULL OR e.decision_body = $body) ORDER BY ALL""",
        {"register": register, "number": number, "body": body},
    )
    return [str(entry) for (entry,) in rows]


def numbers_of(history: History, register: str, by: Bounds) -> list[str]:
    """Every decision's number that a register ever named."""
    rows = history.store.query(
        f"""SELECT DISTINCT e.decision_number FROM {history.accepted(by)}
        WHERE e.register = $register AND e.decision_number IS NOT NULL ORDER BY ALL""",
        {"register": register},
    )
    return [str(number) for (number,) in rows]


def bodies_of(history: History, register: str, number: str, by: Bounds) -> list[str | None]:
    """The bodies that took decisions of a number, as a register names them."""
    rows = history.store.query(
        f"""SELECT DISTINCT e.decision_body FROM {history.accepted(by)}
        WHERE e.register = $register AND lower(e.decision_number) = lower($number) ORDER BY ALL""",
        {"register": register, "number": number},
    )
    return [body for (body,) in rows]


def bodies(history: History, register: str) -> list[str]:
    """The bodies that decided in a register, as published; empty where none is told."""
    rows = history.store.query(
        "SELECT DISTINCT coalesce(decision_body, '') FROM events WHERE register = $1",
        [register],
    )
    return [body for (body,) in rows]


def has_decisions(history: History, register: str, by: Bounds) -> bool:
    """Whether a register ever named one."""
    return bool(
        history.store.query(
            f"""SELECT 1 FROM {history.accepted(by)}
            WHERE e.register = $1
                AND coalesce(e.decision_number, e.decision_body, e.decision_date) IS NOT NULL
            LIMIT 1""",
            [register],
        )
    )


def grounds(
    history: History, register: str, *, with_numbers: bool
) -> list[tuple[str | None, str | None, str | None]]:
    """Every ground of a register with the body that it stands beside, and the number of the
    decision if that is asked for."""
    number = "decision_number" if with_numbers else "NULL"
    rows = history.store.query(
        f"SELECT DISTINCT ground, decision_body, {number} FROM events WHERE register = $1",
        [register],
    )
    return [(ground, body, act) for ground, body, act in rows]
