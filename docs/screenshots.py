"""Pictures of the site's main pages for the documentation: `.venv/bin/python docs/screenshots.py`.

Served from the demo register, a made one and made measurements, in Debian's Chromium with a font
that has Han.
"""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.site.conftest import fill  # noqa: E402
from tests.site.served import Served, serve  # noqa: E402

from gatewatch import pipeline  # noqa: E402
from gatewatch.catalogue import registers  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
BOARD = """id = "xx-board"
jurisdiction = "UA"
authority = "Example Gaming Board"
title = "Sites without a licence, a made register"
publisher = "Gatewatch, to show how an entry changes"
licence = "MIT"
format = "declared"
time_zone = "UTC"
cadence = "1d"
silence = "40d"
default_path = "list.csv"
[declared]
layout = "table"
delimiter = ";"
separator = ","
[declared.columns]
No = "id"
Site = "selector"
Decided = "date"
Ground = "ground"
"""
STATES = {
    "2024-03-01": "18;bets.example.com;2024-02-28;unlicensed",
    "2024-03-15": "18;bets.example.com,www.bets.example.com;2024-02-28;unlicensed",
    "2024-04-01": "18;www.bets.example.com,https://bets.example.com/poker/;2024-03-28;minors",
}
_AT = "valid_at=2017-05-08"
PAGES = {
    "front": "/",
    "case": f"/case/wechat/RU?{_AT}",
    "jurisdiction": "/jurisdiction/RU",
    "register": "/register/ru-demo",
    "entry": "/entry/xx-board/18",
    "measurement": "/measurement/{uid}",
    "compare": "/compare?jurisdiction=RU&jurisdiction=CN",
    "report": "/report?service=wechat&jurisdiction=RU",
}
_TALLEST = 2000


def main() -> None:
    shared = Path(os.environ.get("GATEWATCH_SHARED", ROOT.parent / "shared"))
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        serve(_filled(Path(scratch), shared), "--rate", "0", state=Path(scratch) / "state") as site,
    ):
        _shoot(site)


def _filled(scratch: Path, shared: Path) -> str:
    location, states = fill(scratch, shared), scratch / "states"
    states.mkdir()
    (scratch / "xx-board.toml").write_text(BOARD, encoding="utf-8")
    for day, line in STATES.items():
        (states / f"{day}.csv").write_text(f"No;Site;Decided;Ground\n{line}\n", encoding="utf-8")
    pipeline.ingest(location, registers.read(scratch / "xx-board.toml"), str(states))
    return location


def _shoot(site: Served) -> None:
    uid = site.get("/api/v1/measurements?confirmed=false&anomaly=true&limit=1").json()["results"][
        0
    ]["measurement_uid"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking"],
        )
        wide = browser.new_page(viewport={"width": 1120, "height": 800}, base_url=site.url)
        for name, path in PAGES.items():
            wide.set_viewport_size({"width": 1120, "height": 500})
            wide.goto(path.format(uid=uid))
            height = min(_TALLEST, wide.evaluate("document.documentElement.scrollHeight"))
            wide.set_viewport_size({"width": 1120, "height": height})
            wide.screenshot(path=PICTURES / f"{name}.png")
        narrow = browser.new_page(
            viewport={"width": 390, "height": 1100}, base_url=site.url, color_scheme="dark"
        )
        narrow.goto(PAGES["case"])
        narrow.screenshot(path=PICTURES / "dark.png")
        browser.close()


if __name__ == "__main__":
    main()
