"""By when something had been published and recorded: what a question of any time is narrowed by.

SQL is put together from this module's own constants; what is asked about goes in as parameters.
"""

from datetime import UTC, datetime

import msgspec

from gatewatch.ledger.schema import micros

FAR = micros(datetime(9999, 1, 1, tzinfo=UTC))

LATEST = """
    SELECT * FROM snapshots WHERE epoch_us(recorded_at) <= $recorded
    QUALIFY row_number() OVER (
        PARTITION BY register, id ORDER BY recorded_at DESC, batch DESC) = 1
"""
# A day ends when it does where the register is, so each register has its own bounds.
BOUND = "list_extract({bounds}, coalesce(list_position({names}, register), 0) + 1)"
_RECORDED = BOUND.format(bounds="$recorded", names="$registers")
PUBLISHED = BOUND.format(bounds="$as_of", names="$registers")
KNOWN = LATEST.replace("$recorded", _RECORDED)
LIVE = (
    f"""
    SELECT register, id, batch, content, epoch_us(published_at) AS t,
        coalesce(unparsed, 0) + coalesce(len(unreadable), 0) AS unread FROM ({KNOWN})
    WHERE status = 'accepted' AND epoch_us(published_at) <= {PUBLISHED}
""".replace("$registers", "$1")
    .replace("$recorded", "$2")
    .replace("$as_of", "$3")
)


class Bounds(msgspec.Struct, frozen=True):
    """By when something had been published and recorded, for each register, in microseconds.

    The first of each list is for registers that are not named."""

    registers: tuple[str, ...] = ()
    recorded: tuple[int, ...] = (FAR,)
    published: tuple[int, ...] = (FAR,)

    def parameters(self, **more: object) -> dict[str, object]:
        """As the SQL here takes them."""
        return {
            "registers": list(self.registers),
            "recorded": list(self.recorded),
            "as_of": list(self.published),
            **more,
        }


ALL = Bounds()
"""Whatever is held."""
