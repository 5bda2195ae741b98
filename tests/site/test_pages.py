"""Every page in a real browser: with scripts and without, audited, in three languages, on a narrow
screen."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request
from tests.site.audit import CONTRAST, LEVELS, objections
from tests.site.served import Served, ask

from gatewatch.site import challenge

PAGES = (
    "/",
    "/find?q=wechat.com&valid_at=2017-05-08",
    "/find?q=nobody",
    "/find?q=messenger",
    "/authority/rkn",
    "/cases",
    "/service/wechat",
    "/service/wechat/obligations",
    "/case/wechat/RU?valid_at=2017-05-08",
    "/jurisdiction/RU",
    "/compare",
    "/rules",
    "/rule/{rule}",
    "/obligations?kind=messenger",
    "/methodology",
    "/judgement",
    "/registers",
    "/register/ru-demo/entries?valid_at=2017-05-08",
    "/register/xx-hostile/entries",
    "/register/ru-demo",
    "/changes",
    "/entry/ru-demo/wechat",
    "/entry/xx-hostile/1",
    "/network",
    "/episode/RU/wechat.com",
    "/measurement/{uid}",
    "/measurements",
    "/network/AS10",
    "/reconcile?jurisdiction=RU&valid_at=2017-05-08",
    "/api",
    "/report",
    "/follow",
    "/register/ru-demo/enforcement",
    "/about",
    "/data",
    "/nothing",
)


@pytest.fixture(scope="module")
def _wide(browser: Browser, site: Served) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.url)
    yield context
    context.close()


@pytest.fixture
def opened(_wide: BrowserContext) -> Iterator[BrowserContext]:
    """One context for all tests; each leaves no page and nothing remembered."""
    yield _wide
    for page in _wide.pages:
        page.close()
    _wide.clear_cookies()


@pytest.fixture(scope="module")
def audited(browser: Browser) -> Iterator[Page]:
    """One page for every audit: what is looked at is loaded into it anew."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def narrow(browser: Browser) -> Iterator[Page]:
    """One narrow page in which no script runs."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    yield context.new_page()
    context.close()


def _path(site: Served, path: str) -> str:
    if "{uid}" in path:
        asked = "/api/v1/measurements?confirmed=false&anomaly=true&limit=1"
        return path.format(uid=site.get(asked).json()["results"][0]["measurement_uid"])
    if "{rule}" in path:
        return path.format(rule=site.get("/api/v1/rules?limit=1").json()["results"][0]["id"])
    return path


def _visit(page: Page, site: Served, path: str) -> list[str]:
    """What went wrong on the way: faults in the console, requests to anywhere else."""
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "404" not in message.text:
            wrong.append(message.text)

    def failed(fault: Error) -> None:
        wrong.append(str(fault))

    def asked(request: Request) -> None:
        if not request.url.startswith((site.url, "data:")):
            wrong.append(request.url)

    page.on("console", said)
    page.on("pageerror", failed)
    page.on("request", asked)
    page.goto(path)
    page.remove_listener("console", said)
    page.remove_listener("pageerror", failed)
    page.remove_listener("request", asked)
    return wrong


_SHADE = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_passes_the_audit_and_asks_nobody_else(
    audited: Page, site: Served, path: str
) -> None:
    """By day and by night: the page is loaded once, as a browser does that changes its scheme, and
    with it colours and nothing else."""
    audited.emulate_media(color_scheme="light")
    wrong = _visit(audited, site, site.url + _path(site, path))
    told = objections(audited, LEVELS)
    day = audited.evaluate(_SHADE)
    audited.emulate_media(color_scheme="dark")
    told += objections(audited, CONTRAST)
    assert not told
    assert not wrong
    assert audited.evaluate(_SHADE) != day


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_script_and_fits_a_narrow_screen(
    narrow: Page, site: Served, path: str
) -> None:
    narrow.goto(site.url + _path(site, path))
    assert narrow.locator("h1").count() == 1
    assert narrow.locator("main").inner_text().strip()
    box = narrow.locator("body").bounding_box()
    assert box is not None
    assert box["width"] <= 390


@pytest.mark.parametrize("lang", ["", "/ru", "/zh"])
def test_a_case_is_short_on_a_narrow_screen_and_whole_on_a_wide_one(
    browser: Browser, site: Served, lang: str
) -> None:
    """Long parts are folded, and opened by whoever follows a mark of the picture to its step."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{site.url}{lang}/case/wechat/RU?valid_at=2017-05-08")
    box = page.locator("body").bounding_box()
    assert box is not None
    assert box["height"] < 5000
    step = page.locator("#step-4")
    assert not step.is_visible()
    page.goto(f"{site.url}{lang}/case/wechat/RU?valid_at=2017-05-08#step-4")
    assert step.is_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site.url}{lang}/case/wechat/RU?valid_at=2017-05-08")
    assert page.locator("#step-4").is_visible()
    assert page.locator("#source-1").is_visible()
    context.close()


@pytest.mark.parametrize(
    ("path", "most"), [("/rules", 3_000), ("/ru/jurisdiction/RU", 5_000), ("/measurements", 6_500)]
)
def test_a_long_list_is_folded_on_a_narrow_screen_alone(
    browser: Browser, site: Served, path: str, most: int
) -> None:
    """A wide screen and paper have each row; columns go on where the list does."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(site.url + path)
    box = page.locator("body").bounding_box()
    assert box is not None
    assert box["height"] < most
    page.set_viewport_size({"width": 1280, "height": 900})
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        rows = page.locator("main tbody tr")
        assert all(row.is_visible() for row in rows.all())
    page.emulate_media(media="screen")
    lefts = page.evaluate(
        "[...document.querySelectorAll('table.even tbody tr')]"
        ".map(row => [...row.cells].map(cell => Math.round(cell.getBoundingClientRect().left)).join())"
    )
    assert len(set(lefts)) <= 1
    context.close()


@pytest.mark.parametrize(("lang", "word"), [("ru", "Сервис"), ("zh", "服务")])
def test_pages_are_told_in_three_languages(opened: BrowserContext, lang: str, word: str) -> None:
    page = opened.new_page()
    page.goto(f"/{lang}/cases")
    assert page.locator("html").get_attribute("lang") == lang
    assert word in page.locator("thead").inner_text()
    page.click("text=English")
    assert page.url.endswith("/cases")
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize(
    ("asked", "path", "word"),
    [
        ("微信", "/service/wechat", "WeChat"),
        ("Вичат", "/service/wechat", "WeChat"),
        ("line.me", "/find", "line[.]me"),
        ("http://evil.example/", "/find", "hxxp://evil[.]example/"),
        ("8.8.8.8", "/find", "8.8.8.8"),
        ("what is this", "/find", "Nothing here is called so"),
    ],
)
def test_a_search_leads_to_its_answer(
    opened: BrowserContext, asked: str, path: str, word: str
) -> None:
    page = opened.new_page()
    page.goto("/")
    page.fill("#q", asked)
    page.press("#q", "Enter")
    page.wait_for_load_state()
    assert path in page.url
    assert word in page.locator("main").inner_text()


def test_a_case_is_asked_as_of_another_day(opened: BrowserContext) -> None:
    """As of the 6th nobody could know of the lift; a native date field is filled in and sent.
    Probes were stopped until the 12th."""
    page = opened.new_page()
    page.goto("/case/wechat/RU?valid_at=2017-05-14")
    assert "no longer restricted" in page.locator(".answer").inner_text()
    page.fill("#as_of", "2017-05-06")
    page.click("main button")
    page.wait_for_load_state()
    assert "as_of=2017-05-06" in page.url
    assert "no longer restricted" not in page.locator(".answer").inner_text()


def test_a_keyboard_reaches_the_content_first(opened: BrowserContext) -> None:
    page = opened.new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def _tab_to(page: Page, selector: str) -> None:
    """Press the tabulator until something is in focus; in reach is what a person would bear."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector} of {page.url}")


def test_a_keyboard_alone_searches_and_reads_a_case(opened: BrowserContext) -> None:
    """From the front page to a step of a case and its source, without a pointer."""
    page = opened.new_page()
    page.goto("/")
    _tab_to(page, "#q")
    page.keyboard.type("wecaht")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find?q=wecaht*")
    _tab_to(page, "ul.found a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/service/wechat*")
    _tab_to(page, "a[href^='/case/wechat/RU']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/wechat/RU*")
    _tab_to(page, ".lanes a[href^='#step-']")
    page.keyboard.press("Enter")
    assert "#step-" in page.url
    page.close()


def test_a_keyboard_alone_filters_compares_and_reports(opened: BrowserContext) -> None:
    page = opened.new_page()
    page.goto("/cases")
    _tab_to(page, "#f-state")
    page.keyboard.type("no longer")
    page.keyboard.press("Enter")
    if "state=lifted" not in page.url:  # where a list of choices takes the key, the button sends
        _tab_to(page, "form.ask button")
        page.keyboard.press("Enter")
    page.wait_for_url("**state=lifted**")
    assert "no longer restricted" in page.locator("#cases").inner_text()
    page.goto("/compare")
    _tab_to(page, "#j2")
    page.keyboard.type("Iran")
    _tab_to(page, "form.ask button")
    page.keyboard.press("Enter")
    page.wait_for_url("**jurisdiction=IR**")
    assert "Iran" in page.locator("h1").inner_text()
    page.goto("/report")
    _tab_to(page, "#service")
    page.keyboard.type("WeChat")
    _tab_to(page, "#jurisdiction")
    page.keyboard.type("Russia")
    _tab_to(page, "#what")
    page.keyboard.type("it is slow")
    _tab_to(page, "main form button")
    page.keyboard.press("Enter")
    page.get_by_text("Your report was counted").wait_for()
    page.close()


def test_a_table_is_filtered_where_scripts_run(opened: BrowserContext) -> None:
    page = opened.new_page()
    page.goto("/rules")
    page.fill("#f", "242")
    shown = [row for row in page.locator("tbody tr").all() if row.is_visible()]
    assert shown
    assert all("242" in row.inner_text() for row in shown)


def test_countries_are_chosen_and_compared(opened: BrowserContext) -> None:
    page = opened.new_page()
    page.goto("/compare")
    page.select_option("#j2", "IR")
    page.click("main button")
    page.wait_for_load_state()
    assert "Iran" in page.locator("h1").inner_text()


@pytest.mark.parametrize(
    ("path", "typed", "chosen", "asked", "word"),
    [
        ("/changes", {"#day": "2017-05-04"}, {}, "day=2017-05-04", "wechat[.]com"),
        ("/network", {}, {"#j": "RU"}, "jurisdiction=RU", "wechat[.]com"),
        (
            "/reconcile?jurisdiction=RU",
            {"#t": "wechat.com", "#valid_at": "2017-05-08"},
            {"#s": "listed_blocked"},
            "agreement=listed_blocked",
            "wechat[.]com",
        ),
        ("/jurisdiction/RU", {"#valid_at": "2017-05-08"}, {}, "valid_at=2017-05-08", "WeChat"),
        ("/service/wechat", {"#as_of": "2017-05-06"}, {}, "as_of=2017-05-06", "Russia"),
    ],
)
def test_a_form_asks_and_says_back_what_it_was_asked(
    opened: BrowserContext,
    path: str,
    typed: dict[str, str],
    chosen: dict[str, str],
    asked: str,
    word: str,
) -> None:
    """Filled in and sent; the answer has the same in its fields."""
    page = opened.new_page()
    page.goto(path)
    for field, text in typed.items():
        page.fill(field, text)
    for field, value in chosen.items():
        page.select_option(field, value)
    page.click("main form button")
    page.wait_for_load_state()
    assert asked in page.url
    assert word in page.locator("main").inner_text()
    for field, text in {**typed, **chosen}.items():
        assert page.input_value(field) == text


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/reconcile?jurisdiction=RU", "#t"),
        ("/reconcile?jurisdiction=XX", None),
        ("/changes?day=never", None),
        ("/case/wechat/RU?valid_at=soon", None),
        ("/compare?jurisdiction=RU&jurisdiction=RUSSIA", None),
    ],
)
def test_a_question_that_makes_no_sense_is_told_so_on_a_page(
    opened: BrowserContext, path: str, field: str | None
) -> None:
    """In words, with the way back at the top."""
    page = opened.new_page()
    page.goto(path)
    if field:
        page.fill(field, "what is this?")
        page.click("main form button")
        page.wait_for_load_state()
    assert page.locator("h1").inner_text()
    assert page.locator("main p").first.inner_text()
    assert page.locator("header nav a").count() > 5


def test_the_front_page_is_light(opened: BrowserContext) -> None:
    """Under 100 kB with all that it loads."""
    page, sizes = opened.new_page(), []
    page.on("response", lambda r: sizes.append(len(r.body())))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < 100_000


def test_a_report_is_sent_with_scripts_at_once(opened: BrowserContext) -> None:
    """The script does the work of the challenge; the page then says that it was counted."""
    page = opened.new_page()
    page.goto("/report?service=wechat&jurisdiction=RU")
    assert page.input_value("#service") == "WeChat"
    page.fill("#region", "RU-MOW")
    page.select_option("#what", "slow")
    page.fill("#network", "AS12389")
    page.click("main button")
    page.wait_for_selector("[role=status]", timeout=30_000)
    assert "counted" in page.locator("[role=status]").inner_text()


def test_a_report_of_a_site_that_is_no_services_is_taken(opened: BrowserContext) -> None:
    """By any address of it; the reply names its domain, and leads to what is on record."""
    page = opened.new_page()
    page.goto("/report?jurisdiction=RU")
    page.fill("#service", "https://www.news.example.org/a/b?c")
    page.select_option("#what", "cannot_open")
    page.click("main button")
    page.wait_for_selector("[role=status]", timeout=30_000)
    said = page.locator("main").inner_text()
    assert "example[.]org" in said
    assert page.locator("main a[href*='/find?q=example.org']").count() == 1


def test_a_report_is_sent_without_scripts_after_a_wait(narrow: Page, site: Served) -> None:
    """Too early it is refused with how long to wait; later it is taken."""
    narrow.goto(f"{site.url}/report?service=line&jurisdiction=RU")
    narrow.select_option("#what", "slow")
    narrow.click("main button")
    assert "seconds after the form was opened" in narrow.locator("main").inner_text()
    narrow.goto(f"{site.url}/report?service=line&jurisdiction=RU")
    narrow.select_option("#what", "slow")
    # The site tells the time by seconds, and no event tells of the last of them.
    narrow.wait_for_timeout(challenge.WAIT * 1000 + 1000)
    narrow.click("main button")
    assert "counted" in narrow.locator("[role=status]").inner_text()


@pytest.mark.parametrize(
    "wrong",
    [
        {"jurisdiction": "QQ"},
        {"what": "nothing"},
        {"network": "x"},
        {"service": "nobody"},
        {"region": "UA-30"},
    ],
)
def test_a_form_filled_in_wrongly_says_so(site: Served, wrong: dict[str, str]) -> None:

    given = {
        "service": "wechat",
        "jurisdiction": "RU",
        "what": "slow",
        "network": "",
        "answer": "",
        "challenge": site.get("/api/v1/reports/challenge").json()["challenge"],
        **wrong,
    }
    found = ask(
        "POST", f"{site.url}/report", data=given, headers={"accept": "text/html"}, timeout=30
    )
    assert found.status_code in {400, 404, 429}
    assert "<h1>" in found.text


def test_the_page_of_the_api_is_folded_and_leads_to_each_part(site: Served) -> None:
    """Forty endpoints in full were 39,000 pixels on a telephone: each is a line that unfolds, and
    the parts are named above."""
    text = site.get("/api").text
    tags = re.findall(r'href="#tag-([^"]+)"', text)
    assert len(tags) > 5
    assert all(f'id="tag-{tag}"' in text for tag in tags)
    made = site.get("/openapi.json").json()
    named = {
        one["operationId"]
        for path in made["paths"].values()
        for how, one in path.items()
        if how in {"get", "post", "delete"}
    }
    assert set(re.findall(r'<details class="endpoint" id="([^"]+)"', text)) <= named
    assert text.count('<details class="endpoint"') > 30


def test_every_example_of_the_page_of_the_api_is_answered(site: Served) -> None:
    """Of what this site holds; but raw measurements, which none does, and what takes a token. A
    parameter's example is one that is understood."""
    page = unescape(site.get("/api").text)
    lines = re.findall(r"<code>curl '([^']*)'</code>", page)
    read = [one for one in lines if "{" not in one and "/raw_measurement" not in one]
    assert len(read) > 25
    assert [one for one in read if ask("GET", one).status_code != 200] == []
    assert "'null'" not in page
    for path in (one for one in read if one.endswith(("/entries", "/counts"))):
        assert ask("GET", f"{path}?network=192.0.2.0/24").status_code == 200
    assert ">192.0.2.0/24<" in page
    assert ">AS12389<" in page
