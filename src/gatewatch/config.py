"""Settings from the environment, each read when it is asked for and named GATEWATCH_*."""

import os
import re
from pathlib import Path
from typing import Any


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


def object_store() -> dict[str, Any]:
    """How an S3 store is reached, by AWS's own variables; without credentials as anybody."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    scheme, _, host = (endpoint or "https://").partition("://")
    return {
        "anonymous": "AWS_ACCESS_KEY_ID" not in os.environ and "AWS_PROFILE" not in os.environ,
        "region": os.environ.get("AWS_REGION") or "us-east-1",
        "endpoint_override": host or None,
        "scheme": scheme,
    }


def spark_master() -> str | None:
    """The address of the Spark cluster that `--engine spark` means: GATEWATCH_SPARK_MASTER."""
    return os.environ.get("GATEWATCH_SPARK_MASTER") or None


def records_limit() -> int:
    """Most records of one snapshot: GATEWATCH_MAX_RECORDS, 20 million unless set. A record of two
    bytes costs as much memory as one of a hundred."""
    return int(os.environ.get("GATEWATCH_MAX_RECORDS") or 20_000_000)


def mail_server() -> tuple[str, str] | None:
    """Where mail leaves, and from whom: GATEWATCH_SMTP and GATEWATCH_MAIL_FROM; None without
    them."""
    server, sender = os.environ.get("GATEWATCH_SMTP"), os.environ.get("GATEWATCH_MAIL_FROM")
    return (server, sender) if server and sender else None


LOG, NO_LOG = "GATEWATCH_LOG", "none"


def keeps_log(ledger: str) -> bool:
    """Whether this machine is to keep a log of a ledger: of one in a folder always, of one in an
    object store unless GATEWATCH_LOG is `none`."""
    return "://" not in ledger or os.environ.get(LOG) != NO_LOG


def log_folder(ledger: str) -> Path:
    """Where the log of a ledger lies: in its folder; of one in an object store on this machine, in
    a folder by its address in GATEWATCH_LOG, or in the user's data directory."""
    if "://" not in ledger:
        return Path(ledger) / "log"
    return _of_address(os.environ.get(LOG), "logs", ledger) / "log"


def keys_folder(ledger: str) -> Path:
    """Where the private keys of a ledger's log lie: GATEWATCH_KEYS, or a folder beside the ledger,
    never within it; of one in an object store in the user's data directory."""
    if given := os.environ.get("GATEWATCH_KEYS"):
        return Path(given)
    if "://" in ledger:
        return _of_address(None, "keys", ledger)
    whole = Path(ledger).resolve()
    return whole.with_name(f"{whole.name}-keys")


def _of_address(given: str | None, kind: str, ledger: str) -> Path:
    """A folder that no other address has, and that a person knows again."""
    from hashlib import sha256

    from platformdirs import user_data_path

    scheme, _, place = ledger.rstrip("/").partition("://")
    address = f"{'s3' if scheme == 's3a' else scheme}://{place}"
    told = re.sub(r"[^0-9A-Za-z.-]+", "-", place).strip("-.")[-40:]
    name = f"{told}-{sha256(address.encode()).hexdigest()[:8]}"
    return (Path(given) if given else user_data_path("gatewatch") / kind) / name


def log_name() -> str | None:
    """The name under which a new log signs: GATEWATCH_LOG_NAME, as example.org/log; None: a random
    one."""
    return os.environ.get("GATEWATCH_LOG_NAME") or None


def notify_file() -> Path | None:
    """The operator's own targets for messages: GATEWATCH_NOTIFY, a TOML file; None without one."""
    given = os.environ.get("GATEWATCH_NOTIFY")
    return Path(given) if given else None


def duckdb_wasm() -> Path | None:
    """A folder with the files of DuckDB-Wasm: GATEWATCH_DUCKDB_WASM; None: where `make queries`
    puts them."""
    given = os.environ.get("GATEWATCH_DUCKDB_WASM")
    return Path(given) if given else None
