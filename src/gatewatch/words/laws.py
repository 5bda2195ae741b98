"""When a law was in force, in words."""

from gatewatch.model.day import Day
from gatewatch.model.message import Message, Param, message
from gatewatch.model.service import Instrument


def in_force(law: Param, one: Instrument, since: Day) -> Message:
    """A law by whatever it is called, with the day it began; of one that ended, its last day."""
    if one.ended:
        return message("{law}, in force from {day} to {end}", law=law, day=since, end=one.ended)
    return message("{law}, in force since {day}", law=law, day=since)
