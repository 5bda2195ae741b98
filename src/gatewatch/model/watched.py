"""Sources to look at again and again, as a person declares them."""

from datetime import timedelta

import msgspec

from gatewatch.model.register import duration

SHORTEST = timedelta(minutes=1)
"""Between two looks at a source."""


class Watched(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """One source of a register. `source` is a git repository, a folder or file, or an http(s)
    address of the list itself; `every` how often to look, by default the register's own cadence."""

    register: str
    source: str
    every: str = ""
    path: str | None = None
    inward: bool = False
    """Names of this source and what it leads to may be addresses of one's own network."""

    def __post_init__(self) -> None:
        """Refuse what cannot be done; the loader adds the file's name."""
        if self.every and duration(self.every) < SHORTEST:
            raise ValueError(f"every = {self.every!r}: look at most once a minute")
        if not self.source.strip():
            raise ValueError(f"from is empty for {self.register}")

    @property
    def key(self) -> str:
        return f"{self.register} {self.source}"


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sources": "source"}):
    """The file of `gatewatch watch`: one `[[source]]` for each."""

    sources: tuple[Watched, ...]
