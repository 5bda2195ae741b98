"""Settings from the environment, each read when it is asked for and named GATEWATCH_*."""

import os
from pathlib import Path


def ledger_location() -> str:
    """Where the ledger lies: GATEWATCH_LEDGER, or a folder in the user's data directory."""
    if location := os.environ.get("GATEWATCH_LEDGER"):
        return location
    from platformdirs import user_data_path

    return str(user_data_path("gatewatch") / "ledger")


def catalogue_folders() -> list[Path]:
    """Folders of the user's own declarations: GATEWATCH_CATALOGUE, separated as PATH is."""
    given = os.environ.get("GATEWATCH_CATALOGUE", "")
    return [Path(folder) for folder in given.split(os.pathsep) if folder]


def catalogue_cache() -> Path:
    """Where the checked catalogue is kept between runs, by its digest."""
    from platformdirs import user_cache_path

    return user_cache_path("gatewatch") / "catalogue"


def clone_cache() -> Path:
    """Where clones of git repositories given by URL are kept between runs."""
    from platformdirs import user_cache_path

    return user_cache_path("gatewatch") / "git"


def snapshot_limit() -> int:
    """Largest size of one expanded snapshot in bytes: GATEWATCH_MAX_SNAPSHOT, 2 GiB unless set."""
    return int(os.environ.get("GATEWATCH_MAX_SNAPSHOT") or 2 << 30)


def mail_server() -> tuple[str, str] | None:
    """Where mail leaves, and from whom: GATEWATCH_SMTP and GATEWATCH_MAIL_FROM; None without
    them."""
    server, sender = os.environ.get("GATEWATCH_SMTP"), os.environ.get("GATEWATCH_MAIL_FROM")
    return (server, sender) if server and sender else None
