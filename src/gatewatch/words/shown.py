"""Of which day something is told, where nobody named one and what is held ends earlier; and how
many entries a list has."""

from datetime import date

from gatewatch.model.message import Message, message


def last_of_register(day: date) -> Message:
    """Of a list of one register."""
    return message(
        "Shown is {day}, the last day that this register reaches; nothing is known since.", day=day
    )


def last_reconciled(day: date, *, measured: bool) -> Message:
    """Of lists beside the network. `measured`: of the network anything is held there."""
    if not measured:
        return message(
            "Shown is {day}, the last day that the lists held here reach; nothing was measured there.",
            day=day,
        )
    return message(
        "Shown is {day}, the last day that the lists and the measurements held here both reach.",
        day=day,
    )


def entries_counted(read: int, unread: int, perhaps: int = 0) -> Message:
    """Entries by what they are: those that were read, and beside them those that could not be, and
    those that are not surely on the list."""
    if perhaps:
        return message(
            "{entries}; {n} more perhaps", entries=entries_counted(read, unread), n=perhaps
        )
    if not unread:
        return message("{n} entry", "{n} entries", n=read)
    return message(
        "{n} entry read, {unread} that could not be read",
        "{n} entries read, {unread} that could not be read",
        n=read,
        unread=unread,
    )
