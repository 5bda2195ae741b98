"""What an install weighs, what it can do without its extras, and where it can be installed."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tests.core import EXTRAS, PROJECT, ROOT, Core, make
from tests.needed import lacking

_MOST_BYTES = 250 << 20
_MOST_PACKAGES = 45
_PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc")
_LINES = {
    "network": ("ingest", "ooni", "measurements.jsonl"),
    "site": ("serve",),
    "articles": ("read", "article.txt", "--published", "2017-05-12"),
    "probe": ("probe", "wechat.com", "--i-understand"),
    "s3": ("check", "wechat.com", "--ledger", "s3://bucket/ledger"),
    "documents": ("ingest", "list.toml", "2024-01-01.html"),
    "draw": ("case", "wechat", "RU", "--plot", "wechat.png"),
    "spark": ("episodes", "--engine", "spark"),
    "cite": (
        *("cite", "check", "wechat.com", "--out", "bundle.zip", "--ledger", "LEDGER"),
        *("--timestamp", "http://127.0.0.1:9/"),
    ),
    "mcp": ("mcp",),
}
"""For each extra a command that needs it."""
_DECLARED = """
id = "xx-page"
jurisdiction = "RU"
authority = "Office"
title = "A page"
publisher = "Office"
licence = "MIT"
format = "declared"
time_zone = "UTC"
cadence = "1d"
silence = "10d"

[declared]
layout = "html"
rows = "table tr"

[declared.columns]
domain = "domain"
"""


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> Core:
    """A fresh environment without extras."""
    return make(tmp_path_factory.mktemp("core"))


@pytest.fixture(scope="session")
def ledger(core: Core, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The shipped demo register, brought in without extras."""
    location = str(tmp_path_factory.mktemp("core-ledger") / "ledger")
    demo = core.packages / "gatewatch/catalogue/demo"
    brought = core.run(
        *("ingest", str(demo / "ru-demo.toml"), str(demo / "prohibited-2017")),
        *("--ledger", location),
    )
    assert brought.returncode == 0, brought.stderr.decode()
    return location


def test_weight(core: Core) -> None:
    """The core is under 250 MB and under 45 packages."""
    assert len(core.names) + 1 < _MOST_PACKAGES, sorted(core.names)
    assert core.size < _MOST_BYTES, f"{core.size / 2**20:.1f} MiB"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("check wechat.com --valid-at 2017-05-08", b"listed"),
        ("history wechat.com", b"wechat"),
        ("changes", b"added"),
        ("changes -f csv", b"register,"),
        ("registers -f json", b"ru-demo"),
        ("entry ru-demo wechat", b"2017-05-04"),
        ("history wechat.com -f parquet", b"PAR1"),
        ("case wechat RU --valid-at 2017-05-08", b"wechat"),
        ("doctor", b"ok"),
        ("quarantine", b"ru-demo"),
        ("export data", b"ru-demo"),
    ],
)
def test_questions_without_extras(
    core: Core, ledger: str, words: str, said: bytes, tmp_path: Path
) -> None:
    """Registers, history, cases, rows and Parquet need nothing but the core."""
    done = core.run(*words.split(), "--ledger", ledger, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert said in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize(
    "words", ["cases", "service wechat", "compare RU CN", "rule ru-149fz-15.4"]
)
def test_facts_without_extras(core: Core, words: str) -> None:
    """The catalogue is read without extras and without a ledger."""
    done = core.run(*words.split())
    assert b"extra" not in done.stderr, done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "scenario", ["successWithHTTPS", "tcpBlockingConnectTimeout", "dnsBlockingBOGON"]
)
def test_a_verdict_without_extras(core: Core, shared: Path, scenario: str) -> None:
    """A measurement in a file is judged as it is with all extras."""
    words = ("verdict", str(shared / "ooni/qa" / f"{scenario}.json"), "-f", "json")
    apart = core.run(*words)
    whole = subprocess.run(
        [sys.executable, "-m", "gatewatch", *words], capture_output=True, check=False
    )
    assert apart.returncode == whole.returncode, apart.stderr.decode()
    (told,), (known,) = json.loads(apart.stdout), json.loads(whole.stdout)
    for name in ("state", "mechanism", "locus", "rules", "why"):
        assert told[name] == known[name]


@pytest.mark.parametrize("extra", sorted(_LINES))
def test_a_missing_extra(core: Core, extra: str, ledger: str, tmp_path: Path) -> None:
    """A command that needs an extra says the line to type, and nothing else."""
    (tmp_path / "measurements.jsonl").write_text("{}\n")
    (tmp_path / "article.txt").write_text("WeChat was blocked on 4 May 2017 in Russia.")
    (tmp_path / "list.toml").write_text(_DECLARED)
    (tmp_path / "2024-01-01.html").write_text("<table><tr><td>a.example.com</td></tr></table>")
    words = (ledger if word == "LEDGER" else word for word in _LINES[extra])
    done = core.run(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert f"pip install 'gatewatch[{extra}]'" in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_every_extra_has_its_line() -> None:
    """No extra is without a command that names it; `all` holds the others, but for Spark, which
    weighs more than all of them."""
    # To follow needs `site` first, whose line is then the one to type: tests/pipeline has that of
    # `notify`.
    assert set(EXTRAS) == {*_LINES, "notify", "all"}
    held = sorted({*_LINES, "notify"} - {"spark"})
    assert EXTRAS["all"] == [f"{PROJECT['name']}[{','.join(held)}]"]


def test_a_check_counts_nothing(ledger: str) -> None:
    """Also with all extras installed a look-up leaves numpy and pyarrow unloaded; in a pipe, which
    is told what registers say alone, the facts and cases of services too."""
    needless = {"numpy", "pyarrow", "platformdirs", "rich", "gatewatch.catalogue.facts"}
    needless |= {"gatewatch.cases", "gatewatch.query.joined", "gatewatch.words"}
    program = (
        "import sys; from gatewatch.cli.app import build\n"
        "try: build('check')()\n"
        "except SystemExit: pass\n"
        f"print(sorted({needless} & sys.modules.keys()))"
    )
    words = ("check", "wechat.com", "--valid-at", "2017-05-08", "--ledger", ledger)
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, check=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("extra", "python"), [("", "3.11"), ("", "3.14"), ("all", "3.12")])
@pytest.mark.parametrize("platform", _PLATFORMS)
def test_platforms(platform: str, extra: str, python: str) -> None:
    """On Linux, macOS and Windows all of it installs from wheels, and the core is small on each."""
    if not _is_reachable():
        lacking("a package registry", "pip index versions msgspec must answer")
    told = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "-q", "--no-header", "--no-annotate"),
            *("--python-platform", platform, "--python-version", python),
            *("--only-binary", ":all:", *(("--extra", extra) if extra else ())),
            "pyproject.toml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    names = told.stdout.splitlines()
    assert "deltalake" in told.stdout
    assert extra or len(names) + 1 < _MOST_PACKAGES, names


@cache
def _is_reachable() -> bool:
    """Whether the package registry that pip is set up for answers; a resolver waits for minutes."""
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "index",
            "versions",
            "msgspec",
            "--retries",
            "0",
            "--timeout",
            "5",
        ],
        capture_output=True,
        check=False,
    )
    return told.returncode == 0
