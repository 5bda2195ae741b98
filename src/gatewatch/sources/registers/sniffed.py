"""A register whose declaration leaves the format open: the first file's marks decide."""

from collections.abc import Sequence

import msgspec

from gatewatch.errors import SourceError
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.register import Register
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.format import Format, Fragment, Frame, Unread


class Sniffed:
    """Stands for the format it recognises; a list without marks must be declared by name."""

    companions: str | None = None

    def __init__(self, register: Register) -> None:
        self._register = register
        self._found: Format | None = None
        self.default_path = register.default_path or "dump.xml"

    def frame(self, part: str, data: bytes) -> Frame:
        if self._found is None:
            name = formats.sniff(data)
            if name is None:
                raise SourceError(
                    f"{part}: no known format's marks in it; name one in the declaration: "
                    f"{', '.join(formats.names())}"
                )
            self._found = formats.load(msgspec.structs.replace(self._register, format=name))
        return self._found.frame(part, data)

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        return self._known.parse(context, records)

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        return self._known.recut(part, data)

    def fold(self, fragments: Sequence[Fragment]) -> Entry | None:
        return self._known.fold(fragments)

    def removal(self, fragments: Sequence[Fragment]) -> Decision | None:
        return self._known.removal(fragments)

    @property
    def _known(self) -> Format:
        assert self._found is not None
        return self._found
