"""Registers declared in TOML: ours, and those in the user's own folders."""

import tomllib
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gatewatch import config
from gatewatch.errors import CatalogueError, UsageError
from gatewatch.model.register import Declared, Register, duration


def find(name: str) -> Register:
    """A register by its id, or by the path of its TOML file."""
    if name.endswith(".toml"):
        return read(Path(name))
    known = declared()
    if name not in known:
        raise UsageError(
            f"no register is declared as {name!r}; known are {', '.join(sorted(known))}. "
            "Name a TOML file, or put one into a folder of GATEWATCH_CATALOGUE"
        )
    return known[name]


def declared() -> dict[str, Register]:
    """All registers by id; a declaration in the user's folders stands before ours."""
    ours = Path(str(files("gatewatch.catalogue") / "registers"))
    found: dict[str, Register] = {}
    for folder in (ours, *config.catalogue_folders()):
        for path in sorted(folder.glob("*.toml")):
            register = read(path)
            found[register.id] = register
    return found


def read(path: Path) -> Register:
    """One declaration, every key checked; a CatalogueError names the file and the fault."""
    try:
        register = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Register)
    except FileNotFoundError:
        raise CatalogueError(f"{path} does not exist") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise CatalogueError(f"{path}: {fault}") from None
    except tomllib.TOMLDecodeError as fault:
        raise CatalogueError(
            f"{path}: not TOML: {fault}. Names that hold more than ASCII letters, digits, - and _ "
            "stand in quotes; expressions in single ones"
        ) from None
    except msgspec.ValidationError as fault:
        raise CatalogueError(f"{path}: {fault}") from None
    _check_names(path, register)
    _check_values(path, register)
    if register.format == "declared" and register.declared is None:
        return msgspec.structs.replace(register, declared=Declared())  # all at its defaults
    return register


def _check_names(path: Path, register: Register) -> None:
    if not register.id or not all(c.isalnum() or c in "-_" for c in register.id):
        raise CatalogueError(f"{path}: id {register.id!r} may hold letters, digits, - and _ only")
    if len(register.jurisdiction) != 2 or not register.jurisdiction.isupper():
        raise CatalogueError(
            f"{path}: jurisdiction {register.jurisdiction!r} is not an ISO 3166-1 alpha-2 code"
        )


def _check_values(path: Path, register: Register) -> None:
    for key in ("silence", "cadence"):
        try:
            duration(getattr(register, key))
        except ValueError as fault:
            raise CatalogueError(f"{path}: {key} {fault}") from None
    try:
        ZoneInfo(register.time_zone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise CatalogueError(
            f"{path}: time_zone {register.time_zone!r} is no IANA name such as Europe/Prague"
        ) from None
    if not 0 < register.expectations.largest_drop <= 1:
        raise CatalogueError(f"{path}: expectations.largest_drop lies in (0, 1]")
    paged = register.watch is not None and register.watch.pages is not None
    if paged and (register.declared is None or register.declared.parts is None):
        raise CatalogueError(
            f"{path}: watch.pages brings page-0001, page-0002, ...: name them in declared.parts"
        )
    if not 0 <= register.expectations.largest_unreadable <= 1:
        raise CatalogueError(f"{path}: expectations.largest_unreadable lies in [0, 1]")
