"""Those who may write: tokens, subscriptions, reports that partners hand on."""

import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import isnan
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.site.audit import CONTRAST, objections
from tests.site.served import Served, ask, serve

from gatewatch.cases.case import Network
from gatewatch.errors import UsageError
from gatewatch.model.lane import Lane, LaneName
from gatewatch.model.message import message
from gatewatch.model.subscription import Wish
from gatewatch.pipeline import durable
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.inbox import Inbox
from gatewatch.pipeline.tokens import Tokens
from gatewatch.site.health import blocked, listed


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def writable(filled: str, state: Path) -> Iterator[Served]:
    ledger = str(shutil.copytree(filled, state / "ledger"))
    with serve(ledger, "--rate", "0", state=state) as site:
        yield site


@pytest.fixture(scope="module")
def tokens(state: Path) -> dict[str, str]:
    held = Tokens(state)
    return {
        "desk": held.add("desk", ("alerts",)),
        "other": held.add("other", ("alerts",)),
        "partner": held.add("partner", ("reports",)),
    }


def test_tokens_made_and_revoked_at_once_are_all_there(tmp_path: Path) -> None:
    """However many hands: none is lost, none comes back to life."""
    held = Tokens(tmp_path)
    for number in range(10):
        held.add(f"old-{number}", ("alerts",))
    with ThreadPoolExecutor(10) as pool:
        made = [pool.submit(Tokens(tmp_path).add, f"new-{n}", ("alerts",)) for n in range(10)]
        gone = [pool.submit(Tokens(tmp_path).revoke, f"old-{n}") for n in range(10)]
        assert all(one.result() for one in made)
        assert all(one.result() for one in gone)
    assert [one.name for one in held.all()] == sorted(f"new-{n}" for n in range(10))


def test_what_a_token_subscribed_to_ends_with_it(tmp_path: Path) -> None:
    """The next of its name sees and owns nothing of it; others' stays."""
    alerts = Followers(tmp_path)
    for owner in ("desk", "desk", "other"):
        alerts.subscriptions.add("mailto:desk@example.org", Wish(), owner)
    Tokens(tmp_path).add("desk", ("alerts",))
    run = ["token", "revoke", "desk", "--state", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "gatewatch", *run], capture_output=True, text=True, check=True
    )
    assert "2 subscriptions" in done.stdout
    assert [one.owner for one in alerts.subscriptions.all()] == ["other"]


def _with(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_token_is_kept_as_a_hash_alone(state: Path, tokens: dict[str, str]) -> None:
    """Readable by the owner of the site alone; a revoked one is worth nothing."""
    text = (state / "tokens.json").read_text(encoding="utf-8")
    assert not any(token in text or token[3:] in text for token in tokens.values())
    assert stat.S_IMODE((state / "tokens.json").stat().st_mode) == 0o600
    held = Tokens(state)
    gone = held.add("gone", ("alerts",))
    assert held.owner(gone, "alerts") == "gone"
    assert held.owner(gone, "reports") is None
    assert held.revoke("gone")
    assert held.owner(gone, "alerts") is None
    for name, may in (
        ("desk", ("alerts",)),
        ("", ("alerts",)),
        ("x" * 65, ("alerts",)),
        ("a b", ("alerts",)),
        ("new", ("all",)),
    ):
        with pytest.raises(UsageError):
            held.add(name, may)


def test_subscriptions_are_their_owners_alone(writable: Served, tokens: dict[str, str]) -> None:
    """Made, listed without the secret, removed; nobody sees another's."""
    url = f"{writable.url}/api/v1/subscriptions"
    body = {"target": "https://hooks.example.org/x", "services": ["微信"], "jurisdictions": ["ru"]}
    made = ask("POST", url, json=body, headers=_with(tokens["desk"]))
    assert made.status_code == 201, made.text
    assert made.json()["secret"].startswith("whsec_")
    assert (made.json()["services"], made.json()["jurisdictions"]) == (["wechat"], ["RU"])
    (mine,) = ask("GET", url, headers=_with(tokens["desk"])).json()
    assert mine["secret"] is None
    assert ask("GET", url, headers=_with(tokens["other"])).json() == []
    one = f"{url}/{mine['id']}"
    assert ask("DELETE", one, headers=_with(tokens["other"])).status_code == 404
    assert ask("DELETE", one, headers=_with(tokens["desk"])).status_code == 204
    assert ask("DELETE", one, headers=_with(tokens["desk"])).status_code == 404


@pytest.mark.parametrize("body", [b"[" * 1000 + b"]" * 1000, b'{"a":' * 1000 + b"1" + b"}" * 1000])
def test_what_is_nested_deep_is_no_fault(
    body: bytes, writable: Served, tokens: dict[str, str]
) -> None:
    """For whatever reads JSON of strangers; what reads lines takes it for a line."""
    headers = {**_with(tokens["desk"]), "content-type": "application/json"}
    for path in ("/api/v1/subscriptions", "/api/v1/reports", "/api/v1/check", "/report"):
        reply = ask("POST", f"{writable.url}{path}", content=body, headers=headers)
        assert reply.status_code < 500, path


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer gw_wrong", 401),
        ("Basic abc", 401),
        ("Bearer \u00e9", 401),
    ],
)
def test_without_a_token_nothing_is_written(
    given: str | None, status: int, writable: Served
) -> None:
    headers = {} if given is None else {b"authorization": given.encode("latin-1")}
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/sub_1")):
        reply = ask(
            method,
            f"{writable.url}/api/v1/subscriptions{path}",
            headers=headers,
            json={"target": "https://hooks.example.org/"} if method == "POST" else None,
            timeout=60,
        )
        assert reply.status_code == status
        assert "Bearer" in reply.headers["www-authenticate"]
        assert "gw_" in reply.json()["detail"]


def test_a_token_is_good_for_its_scope_alone(writable: Served, tokens: dict[str, str]) -> None:
    reply = ask(
        "GET", f"{writable.url}/api/v1/subscriptions", headers=_with(tokens["partner"]), timeout=60
    )
    assert reply.status_code == 403
    sent = {"service": "wechat", "jurisdiction": "RU", "what": "slow", "reporter": "1"}
    reply = ask(
        "POST",
        f"{writable.url}/api/v1/reports",
        json=sent,
        headers=_with(tokens["desk"]),
        timeout=60,
    )
    assert reply.status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "http://hooks.example.org/",
        "https://localhost/",
        "mailto:a@b",
        "mailto:a@example.org\nBcc: b@example.org",
        "https://u:p@hooks.example.org/",
    ],
)
def test_no_subscription_leads_inward(
    target: str, writable: Served, tokens: dict[str, str]
) -> None:
    url = f"{writable.url}/api/v1/subscriptions"
    reply = ask("POST", url, json={"target": target}, headers=_with(tokens["desk"]))
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"


def test_a_partner_hands_on_reports_of_many_people(
    writable: Served, state: Path, tokens: dict[str, str]
) -> None:
    """Without a challenge; each named reporter counts once, and the name is not kept."""
    url = f"{writable.url}/api/v1/reports"
    body = {"service": "line", "jurisdiction": "RU", "what": "cannot_open"}
    partner = _with(tokens["partner"])
    ids = {
        ask(
            "POST", url, json={**body, "reporter": f"person-{n % 3}"}, headers=partner, timeout=60
        ).json()["id"]
        for n in range(9)
    }
    assert len(ids) == 3
    assert ask("POST", url, json=body, headers=partner).status_code == 400
    assert (
        ask(
            "POST", url, json={**body, "reporter": "x"}, headers=_with("gw_no"), timeout=60
        ).status_code
        == 401
    )
    assert ask("POST", url, json=body).status_code == 400
    Inbox(state)  # what is kept holds no name
    for file in state.glob("inbox.sqlite*"):
        assert b"person-" not in file.read_bytes()


def test_the_commands_make_and_revoke(tmp_path: Path) -> None:
    """token and alerts, as an operator would use them."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "gatewatch", *words, "--state", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    made = run("token", "add", "desk", "--may", "alerts")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("gw_")
    assert run("token", "list").stdout.startswith("desk\talerts")
    assert run("token", "revoke", "desk").returncode == 0
    assert run("token", "revoke", "desk").returncode != 0
    added = run("follow", "add", "https://hooks.example.org/x", "--service", "wechat", "-j", "ru")
    name, target, secret = added.stdout.strip().split("\t")
    assert (target, secret[:6]) == ("https://hooks.example.org/x", "whsec_")
    assert "wechat, RU" in run("follow", "list").stdout
    assert run("follow", "remove", name).returncode == 0
    assert run("follow", "add", "https://192.168.1.1/").returncode != 0
    assert run("follow", "log").returncode == 0


MARKED = '<b>"ours"</b>'


def test_the_form_follows_keeps_what_was_written_and_ends(
    writable: Served, state: Path, tokens: dict[str, str], browser: Browser
) -> None:
    """In Russian, wide and narrow, by day and by night: what is wrong leaves all as it was filled
    in; what is made says what it follows; it is gone on with and ended by its owner's token."""
    page = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{writable.url}/ru/follow")
    page.fill("#token", tokens["other"])
    page.fill("#things", "wechat\n\nпример.рф\n192.0.2.0-192.0.2.9\nwecaht")
    page.check("input[value=claim]")
    page.click("button[value=follow]")
    assert page.inner_text("[role=alert]") == "нет сервиса с названием «wecaht»; похожие: wechat"
    assert page.is_checked("input[value=claim]")
    assert "пример.рф" in page.input_value("#things")
    page.fill("#token", tokens["other"])
    page.fill("#things", page.input_value("#things").replace("wecaht", "AS12389"))
    page.fill("#target", "desk@example.org")
    page.fill("#name", MARKED)
    page.click("button[value=follow]")
    wanted = "wechat, xn--e1afmkfd.xn--p1ai, 192.0.2.0/29, 192.0.2.8/31, AS12389, claim"
    assert wanted in page.inner_text("dl.facts")
    assert wanted in page.inner_text("table")
    told = objections(page)
    page.emulate_media(color_scheme="dark")
    told += objections(page, CONTRAST)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not told + objections(page)
    name = page.inner_text("dl.facts code >> nth=0")
    ends = page.locator(f"button[value={name}]")
    assert ends.inner_text() == "Прекратить"
    assert ends.get_attribute("aria-label") == f"Прекратить: {MARKED}"
    with durable.writing(state / "follow.sqlite") as held:
        held.execute("UPDATE subscriptions SET paused = 'it answered 503' WHERE id = ?", [name])
    for named, left in (("act][value=show", "ответ был 503"), ("resume", wanted), ("end", "")):
        page.fill("#token", tokens["other"])
        page.click(f"button[name={named}]")
        assert page.locator("table").count() == bool(left)
        assert left in page.inner_text("main")
    page.context.close()


def test_an_api_client_goes_on_with_its_own_alone(writable: Served, tokens: dict[str, str]) -> None:
    """A subscription that was paused is gone on with by its owner; to others it is not there."""
    url = f"{writable.url}/api/v1/subscriptions"
    body = {"target": "feed:", "services": ["wechat"], "name": "two\nlines"}
    made = ask("POST", url, headers=_with(tokens["desk"]), json=body).json()
    assert made["name"] == "two lines"
    for owner, status in (("other", 404), ("partner", 403), ("desk", 204)):
        done = ask("POST", f"{url}/{made['id']}/resume", headers=_with(tokens[owner]))
        assert done.status_code == status
    assert ask("POST", f"{url}/{made['id']}/resume").status_code == 401


def test_a_series_tells_what_is_not_known_from_none() -> None:
    """No register held, or none of today, is neither listed nor not; nothing measured is not
    nothing blocked."""

    def told(state: str, *, by_sources: bool = False, perhaps: bool = False) -> float:
        return listed(
            Lane(
                name=LaneName.LISTINGS,
                state=state,
                last_known=None,
                known_state=state,
                summary=message("none"),
                by_sources=by_sources,
                perhaps=perhaps,
            )
        )

    assert (told("listed"), told("listed_in_part"), told("not_listed"), told("delisted")) == (
        1,
        1,
        0,
        0,
    )
    for unknown in (
        told("insufficient"),
        told("none"),
        told("listed", by_sources=True),
        told("not_listed", perhaps=True),
        blocked(Network("insufficient", message("none"), {}, 0)),
    ):
        assert isnan(unknown)
    assert blocked(Network("reachable", message("none"), {}, 3)) == 0
