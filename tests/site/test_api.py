"""The API: the same answers as elsewhere, at three times, page by page, in every form."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.site.served import Served, ask, serve
from tests.site.within import within

from gatewatch.cases.sources import known_by
from gatewatch.catalogue import facts
from gatewatch.model.moment import Moment
from gatewatch.pipeline.facts import record
from gatewatch.query import ledger as reading
from gatewatch.site import replies

LISTS = (
    "listings?selector=wechat.com",
    "entries/ru-demo/wechat",
    "changes",
    "registers",
    "services",
    "rules",
    "claims",
    "cases",
    "episodes",
    "silences",
    "verdicts",
    "reconcile?jurisdiction=RU&valid_at=2017-05-08",
    "compare?jurisdiction=RU&jurisdiction=CN",
)


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        ("wechat.com", "2017-05-08"),
        ("wechat.com", "2017-05-13"),
        ("line.me", "2017-05-02"),
        ("www.wechat.com", "2017-05-08"),
        ("8.8.8.8", "2017-05-08"),
        ("wechat.com", "2030-01-01"),
    ],
)
def test_check_says_what_the_ledger_says(site: Served, filled: str, asked: str, day: str) -> None:
    found = site.get(
        "/api/v1/check", params={"selector": asked, "valid_at": day, "jurisdiction": "RU"}
    ).json()
    told = reading.open(filled).check(asked, valid_at=day, jurisdiction="RU")
    assert found["state"] == told.state
    assert (found["match"] is not None) == (told.state in {"listed", "listed_in_part"})


def test_what_stands_now_is_answered_from_memory_alike(site: Served) -> None:
    """Without times memory answers; with the same times said the ledger does: every field of it,
    alone and among many, of names listed, beneath, beside, measured and unheard of."""
    asked = [
        "evil.example",
        "more.example",
        "http://evil.example/",
        "https://evil.example/other",
        "a.more.example",
        "none.example",
        "192.0.2.1",
        "10.0.0.0/8",
        "*.example",
        "wechat.com",
        "www.wechat.com",
        "https://line.me/x",
        "bücher.example",
    ]
    url = "/api/v1/check"
    for text in asked:
        quick = site.get(url, params={"selector": text}).json()
        at = {"selector": text, "valid_at": quick["valid_at"], "as_of": quick["as_of"]}
        assert quick == site.get(url, params=at).json()
        assert quick["places"]
    for bulk in (asked, asked[:2]):
        body = "\n".join(bulk)
        quick = [
            json.loads(one) for one in ask("POST", site.url + url, content=body).text.splitlines()
        ]
        at = {name: quick[0][name] for name in ("valid_at", "as_of")}
        said = ask("POST", site.url + url, content=body, params=at).text.splitlines()
        assert quick == [json.loads(one) for one in said]


def test_many_are_checked_a_line_each(site: Served) -> None:
    body = "\n".join(["wechat.com", "not a host", "http://evil.example/", "line.me"] * 200)
    told = ask(
        "POST",
        f"{site.url}/api/v1/check",
        content=body,
        params={"valid_at": "2017-05-08"},
        timeout=60,
    )
    lines = [json.loads(line) for line in told.text.splitlines()]
    assert told.headers["content-type"] == "application/x-ndjson"
    assert len(lines) == 800
    assert sum("error" in line for line in lines) == 200
    assert {line["state"] for line in lines if line["asked"] == "wechat.com"} == {"listed"}


@pytest.mark.parametrize("day", ["2016-01-01", "2017-05-20", "2026-11-01"])
def test_claims_are_known_by_a_day_as_cases_know_them(site: Served, day: str) -> None:
    """A text without a day of publication counts from the newest text on, in lists as in cases."""
    held = facts.load()
    known = known_by(held.claims.values(), Moment.parse(None, day), held)
    told = site.get("/api/v1/claims", params={"as_of": day, "limit": "1000"}).json()
    assert {one["id"] for one in told["results"]} == {one.id for one in known}
    undated = [one for one in held.claims.values() if one not in known]
    assert bool(undated) == (day < "2026-11-01")


def test_a_page_is_the_next_one_of_a_worker_that_never_saw_the_first(
    filled: str, tmp_path: Path
) -> None:
    """What a worker keeps of a list is a matter of speed: links lead on in any other too."""
    with within(filled, tmp_path / "state") as first, within(filled, tmp_path / "state") as other:
        for path in (*LISTS, "reconcile?jurisdiction=RU"):
            question = f"/api/v1/{path}{'&' if '?' in path else '?'}limit="
            whole = first.ask("GET", f"{question}1000").json()["results"]
            page = first.ask("GET", f"{question}3").json()
            if url := page["metadata"]["next_url"]:
                told = other.ask("GET", url.removeprefix("http://localhost")).json()
                assert told["results"] == whole[3:6], path


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_walked_to_its_end_by_its_links(site: Served, path: str) -> None:
    """Nothing is missed and nothing comes twice; every page says the same three times."""
    whole = site.get(f"/api/v1/{path}{'&' if '?' in path else '?'}limit=1000").json()
    found: list[Any] = []
    url: str | None = f"{site.url}/api/v1/{path}{'&' if '?' in path else '?'}limit=7"
    said = set()
    while url and len(found) < 400:
        page = ask("GET", url).json()
        found += page["results"]
        said.add(
            tuple(page["metadata"][name] for name in ("valid_at", "as_of", "recorded_by", "count"))
        )
        url = page["metadata"]["next_url"]
    assert found == whole["results"][: len(found)]
    assert url is not None or len(found) == whole["metadata"]["count"]
    assert len(said) == 1


@pytest.mark.parametrize("path", LISTS)
def test_every_list_comes_in_every_form(site: Served, path: str) -> None:
    """A table is whole unless a part is asked for: its file has no place that says how many rows
    there are, and whoever opens it takes it for all."""
    stem, _, query = path.partition("?")
    whole = site.get(f"/api/v1/{path}{'&' if query else '?'}limit=1000").json()["results"]
    lines = site.get(f"/api/v1/{stem}.ndjson?{query}")
    assert [json.loads(line) for line in lines.text.splitlines()] == whole
    parquet = site.get(f"/api/v1/{stem}?{query}&format=parquet")
    assert pq.read_table(io.BytesIO(parquet.content)).num_rows == len(whole)
    told = site.get(f"/api/v1/{path}", headers={"accept": "text/csv"})
    assert told.headers["content-type"].startswith("text/csv")
    assert len(list(csv.DictReader(io.StringIO(told.text)))) == len(whole)
    for reply, form in ((lines, "ndjson"), (parquet, "parquet"), (told, "csv")):
        assert "link" not in reply.headers
        name = reply.headers["content-disposition"]
        assert name.endswith(f'.{form}"')
        assert "-rows-" not in name
    assert site.get(f"/api/v1/{path}{'&' if query else '?'}format=xml").status_code == 406


def test_the_echo_repeats_the_answer_for_ever(site: Served, filled: str, tmp_path: Path) -> None:
    """Asked again with the times that it said, after more was written, an answer is the same byte
    for byte, and may be kept for ever."""
    own = str(tmp_path / "ledger")
    shutil.copytree(filled, own)
    record(own)
    with serve(own, state=tmp_path / "state") as other:
        first = other.get("/api/v1/episodes?jurisdiction=RU").json()
        times = {k: first["metadata"][k] for k in ("valid_at", "as_of", "recorded_by")}
        kept = other.get("/api/v1/episodes", params={"jurisdiction": "RU", **times})
        from tests.measured import put

        put(
            own,
            [
                ("wechat.com", net, hour, True)
                for hour in range(420_000, 420_400, 6)
                for net in (1, 2, 3)
            ],
            "more",
        )
        import time

        time.sleep(1.2)
        later = other.get("/api/v1/episodes", params={"jurisdiction": "RU"}).json()
        again = other.get("/api/v1/episodes", params={"jurisdiction": "RU", **times})
        assert later["metadata"]["recorded_by"] != times["recorded_by"]
        assert again.json() == kept.json()
        assert "immutable" in again.headers["cache-control"]


def test_what_a_client_holds_is_not_sent_again(site: Served) -> None:
    """A strong tag, for the API and for pages alike; another form has another tag."""
    for path in (
        "/api/v1/registers?valid_at=2017-05-08&as_of=2020-01-01",
        "/cases?valid_at=2017-05-08&as_of=2020-01-01",
    ):
        first = site.get(path)
        tag = first.headers["etag"]
        assert not tag.startswith("W/")
        again = site.get(path, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert site.get(f"{path}&jurisdiction=RU&format=csv").headers.get("etag") != tag
        # A proxy that packed the reply marks its tag as weak; `*` is whatever there is.
        for held in (f"W/{tag}", f'"other", W/{tag}', "*"):
            assert site.get(path, headers={"if-none-match": held}).status_code == 304, held
        assert site.get(path, headers={"if-none-match": 'W/"other"'}).status_code == 200
    assert site.get("/service/none", headers={"if-none-match": "*"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("check", 400, "selector"),
        ("check?selector=a%20b", 400, "domain"),
        ("check?selector=a.example&valid_at=soon", 400, "valid_at"),
        ("registers/none", 404, "/api/v1/registers"),
        ("services/none", 404, "none"),
        ("cases/wechat/FR", 404, "not a no"),
        ("changes?limit=0", 400, "limit"),
        ("changes?limit=100000", 400, "limit"),
        ("reconcile", 400, "jurisdiction"),
        ("entries/ru-demo/none", 404, "never held"),
        ("compare?jurisdiction=RU", 400, "two"),
        ("nothing", 404, ""),
        ("changes?cursor=abc", 400, "cursor"),
        ("verdicts/none", 404, "measurement"),
    ],
)
def test_an_error_says_what_to_do(site: Served, path: str, status: int, word: str) -> None:
    found = site.get(f"/api/v1/{path}")
    assert found.status_code == status
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["status"] == status
    assert word in found.json()["detail"]


def test_limits_are_said_and_kept(filled: str, tmp_path: Path) -> None:
    """The sixth request of a client that may ask five times a minute waits, and is told how
    long."""
    with serve(filled, "--rate", "5", state=tmp_path) as other:
        found = [other.get("/api/v1/freshness") for _ in range(6)]
        assert [one.status_code for one in found] == [200] * 5 + [429]
        assert found[0].headers["ratelimit-limit"] == "5"
        assert int(found[5].headers["retry-after"]) > 0
        assert other.get("/healthz").status_code == 200


def test_health_is_apart_from_freshness(site: Served) -> None:
    assert site.get("/healthz").text == "ok"
    assert site.get("/readyz").status_code == 200
    fresh = {one["register"]: one for one in site.get("/api/v1/freshness").json()}
    assert fresh["ru-demo"]["silent_since"] is not None
    assert b"gatewatch_requests_total" in site.get("/metrics").content


OONI = (
    "since=2017-05-01&until=2017-05-10",
    "domain=wechat.com",
    "input=https%3A%2F%2Fwechat.com%2F",
    "probe_cc=RU&probe_asn=AS10",
    "probe_asn=10",
    "test_name=web_connectivity",
    "confirmed=true",
    "anomaly=true&order_by=measurement_start_time&order=asc",
    "failure=false",
    "limit=5&offset=3",
    "category_code=COMT",
    "report_id=none",
    "ooni_run_link_id=1",
)


@pytest.mark.parametrize("query", OONI)
def test_measurements_answer_as_the_other_api_does(site: Served, query: str) -> None:
    found = site.get(f"/api/v1/measurements?{query}").json()
    assert set(found["metadata"]) == {
        "count",
        "current_page",
        "limit",
        "next_url",
        "offset",
        "pages",
        "query_time",
    }
    for one in found["results"]:
        assert {
            "measurement_uid",
            "report_id",
            "input",
            "measurement_start_time",
            "probe_asn",
            "probe_cc",
            "test_name",
            "anomaly",
            "confirmed",
            "failure",
            "scores",
            "measurement_url",
        } <= set(one)
        assert one["probe_asn"].startswith("AS")


def test_measurements_are_paged_by_their_links(site: Served) -> None:
    total = site.get("/api/v1/measurements?domain=wechat.com&limit=1").json()["metadata"]["count"]
    found, url = [], f"{site.url}/api/v1/measurements?domain=wechat.com&limit=50"
    while url:
        page = ask("GET", url).json()
        found += [one["measurement_uid"] for one in page["results"]]
        url = page["metadata"]["next_url"]
    assert len(found) == len(set(found)) == total == 270


@pytest.mark.parametrize(
    ("query", "dimensions"),
    [
        ("", 0),
        ("axis_x=measurement_start_day", 1),
        ("axis_x=probe_asn&axis_y=domain", 2),
        ("axis_x=probe_cc", 1),
        ("axis_x=measurement_start_day&time_grain=week", 1),
        ("axis_x=category_code", 1),
        ("axis_x=blocking_type", 1),
        (
            "axis_x=test_name&axis_y=measurement_start_day&since=2017-05-01&until=2017-06-01&probe_cc=RU",
            2,
        ),
    ],
)
def test_counts_add_up(site: Served, query: str, dimensions: int) -> None:
    found = site.get(f"/api/v1/aggregation?{query}").json()
    assert found["dimension_count"] == dimensions
    rows = found["result"] if dimensions else [found["result"]]
    names = ("anomaly_count", "confirmed_count", "failure_count", "ok_count")
    for row in rows:
        assert sum(row[name] for name in names) == row["measurement_count"]
    if "since" not in query:
        assert sum(row["measurement_count"] for row in rows) == 270


@pytest.mark.parametrize("path", ["measurements?limit=1", "aggregation?probe_cc=RU"])
def test_the_other_apis_reads_take_the_three_times(site: Served, path: str) -> None:
    """What was made by then counts; the times are said back in headers, for the shapes are
    another's."""

    def count(more: str) -> int:
        found = site.get(f"/api/v1/{path}&{more}").json()
        return int(
            found["metadata"]["count"]
            if "metadata" in found
            else found["result"]["measurement_count"]
        )

    whole = count("valid_at=")
    early = site.get(f"/api/v1/{path}&as_of=2017-05-04&recorded_by=2100-01-01")
    assert early.headers["gatewatch-as-of"].startswith("2017-05-0")
    assert {"gatewatch-valid-at", "gatewatch-recorded-by"} <= set(early.headers)
    assert 0 < count("as_of=2017-05-04") == count("valid_at=2017-05-04") < whole
    assert count("as_of=2017-05-04&valid_at=2017-05-02") == count("as_of=2017-05-02")
    assert count("recorded_by=2016-01-01") == 0


def test_counts_are_not_sent_again(site: Served) -> None:
    first = site.get("/api/v1/aggregation?axis_x=probe_asn&valid_at=2017-06-01&as_of=2017-06-01")
    tag = first.headers["etag"]
    again = site.get(
        "/api/v1/aggregation?axis_x=probe_asn&valid_at=2017-06-01&as_of=2017-06-01",
        headers={"if-none-match": tag},
    )
    assert (again.status_code, again.content) == (304, b"")


def test_one_measurement_in_short_and_never_raw(site: Served) -> None:
    (one,) = site.get("/api/v1/measurements?limit=1").json()["results"]
    short = site.get(f"/api/v1/measurement_meta?measurement_uid={one['measurement_uid']}").json()
    assert short["measurement_uid"] == one["measurement_uid"]
    assert short["category_code"] == "COMT"
    raw = site.get(f"/api/v1/raw_measurement?measurement_uid={one['measurement_uid']}")
    assert raw.status_code == 404
    whole = site.get(f"/api/v1/verdicts/{one['measurement_uid']}").json()["result"]
    assert whole["steps"]
    assert "probe_ip" not in json.dumps(whole)


@pytest.mark.parametrize(
    "name",
    [
        "all",
        "jurisdiction/RU",
        "service/wechat",
        "case/wechat/RU",
        "register/ru-demo",
        "kind/silence",
    ],
)
def test_feeds_tell_each_event_once(site: Served, name: str) -> None:
    """Atom and JSON Feed tell the same; lifts and silences are in them."""
    told = site.get(f"/feeds/{name}.json").json()
    ids = [one["id"] for one in told["items"]]
    assert ids
    assert len(ids) == len(set(ids))
    from lxml import etree

    atom = etree.fromstring(site.get(f"/feeds/{name}.atom").content)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert [one.text for one in atom.iterfind("a:entry/a:id", names)] == ids
    assert [one["date_published"] for one in told["items"]] == sorted(
        (one["date_published"] for one in told["items"]), reverse=True
    )
    if name == "case/wechat/RU":
        assert any(":lifted:2017-05-13" in one for one in ids), ids  # as probes saw it
        assert any("no longer restricted" in one["title"] for one in told["items"])


def test_data_sets_are_served_as_they_were_exported(site: Served) -> None:
    """Each file that the catalogue names, byte for byte; a version may be kept for ever."""
    catalogue = site.get("/data/index.json").json()
    assert {one["name"] for one in catalogue["datasets"]} >= {"ru-demo", "catalogue", "network"}
    named = [
        f for d in catalogue["datasets"] for t in d["versions"][0]["tables"] for f in t["files"]
    ]
    for file in named:
        reply = site.get(f"/data/{file['url']}")
        assert reply.status_code == 200
        assert f"sha256:{hashlib.sha256(reply.content).hexdigest()}" == file["checksum"]
        assert "immutable" in reply.headers["cache-control"]
        assert reply.headers["content-type"].startswith(file["media_type"])


def test_the_site_uses_nothing_that_is_to_go(filled: str, tmp_path: Path) -> None:
    """Every handler names its parameters as the framework will still take them: no warning."""
    program = (
        "import sys; from pathlib import Path\n"
        "from gatewatch.site.app import build\n"
        "from gatewatch.site.settings import SiteSettings\n"
        "build(SiteSettings(ledger=sys.argv[1], state=Path(sys.argv[2])))\n"
        "print('built')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, filled, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("built\n", "")


def test_a_table_that_is_a_part_says_so_and_leads_on(
    site: Served, monkeypatch: pytest.MonkeyPatch, filled: str, tmp_path: Path
) -> None:
    """In the name of its file, and by a link to a file of the same form with the rest: where rows
    were asked for by number, and where there are more than one reply may have."""
    first = site.get("/api/v1/claims?limit=7&format=csv")
    assert 'filename="claims-rows-1-to-7-of-' in first.headers["content-disposition"]
    second = ask("GET", first.links["next"]["url"])
    assert second.headers["content-type"].startswith("text/csv")
    assert 'filename="claims-rows-8-to-14-of-' in second.headers["content-disposition"]
    monkeypatch.setattr(replies, "WHOLE", 200)
    with within(filled, tmp_path / "state") as small:
        rows, url = 0, "/api/v1/claims.ndjson"
        while url:
            part = small.ask("GET", url)
            rows += len(part.text.splitlines())
            assert "-rows-" in part.headers["content-disposition"]
            url = part.links.get("next", {}).get("url", "").removeprefix("http://localhost")
        assert rows == small.ask("GET", "/api/v1/claims").json()["metadata"]["count"] > 400


def test_rows_that_are_large_end_a_table_early(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one reply takes in memory is bounded by its bytes too, and nothing is left out."""
    monkeypatch.setattr(replies, "_HEAVY", 1)
    monkeypatch.setattr(replies, "MOST", 100)
    with within(filled, tmp_path / "state") as small:
        part = small.ask("GET", "/api/v1/claims.csv")
        assert "claims-rows-1-to-100-of-" in part.headers["content-disposition"]
        assert "next" in part.links


def test_a_claim_has_an_address(site: Served) -> None:
    """What a page of a case names can be cited by it, as it was known on a day."""
    one = site.get("/api/v1/claims/wechat-ru-07").json()["result"]
    assert one["id"] == "wechat-ru-07"
    page = site.get("/case/wechat/RU").text
    assert 'id="claim-wechat-ru-07"' in page
    named = set(re.findall(r'id="claim-([^"]+)"', page))
    steps = site.get("/api/v1/cases/wechat/RU").json()["result"]["steps"]
    assert named >= {claim for step in steps for claim in step["claims"]}
    assert site.get("/api/v1/claims/wechat-ru-07?as_of=2017-05-01").status_code == 404
    assert site.get("/api/v1/claims/none").status_code == 404


def test_verdicts_are_sought_by_the_day_they_were_made(site: Served) -> None:
    """In [since, until), over the API and on the page alike."""
    within = "since=2017-05-06&until=2017-05-07"
    rows = site.get(f"/api/v1/verdicts?{within}&limit=1000").json()["results"]
    assert rows
    assert {one["at"][:10] for one in rows} == {"2017-05-06"}
    page = site.get(f"/measurements?{within}").text
    assert f"{len(rows)} measurements" in page
    assert 'name="since" type="date" value="2017-05-06"' in page
    assert site.get("/api/v1/verdicts?since=2017-05-07&until=2017-05-06").status_code == 400
    detail = site.get("/api/v1/verdicts?since=2017-13-01").json()["detail"]
    assert detail.startswith("since '2017-13-01' is not a time")  # and no option of a command


def test_the_end_of_a_restriction_is_not_told_as_its_beginning(site: Served) -> None:
    """`since` tells of the state: of one that was lifted it is the day of the lift. The restriction
    has columns of its own, and the page names both days."""
    (case,) = site.get("/api/v1/cases?service=wechat&jurisdiction=RU").json()["results"]
    assert case["state"] == "lifted"
    assert case["since"] == case["restricted_until"] > "2017-05-10"
    assert case["restricted_since"] < "2017-05-08"
    assert re.search(r"4 May 2017, lifted [^<]*May 2017", site.get("/cases?service=wechat").text)
    (then, *_) = site.get("/api/v1/compare?jurisdiction=RU&jurisdiction=CN").json()["results"]
    assert {"restricted_since", "restricted_until"} <= then.keys()


def test_a_duty_by_law_alone_is_a_case(site: Served) -> None:
    """As its page tells it; where nothing at all is on record the API says so."""
    assert site.get("/api/v1/cases/vk/RU").json()["result"]["state"] == "obligated"
    assert site.get("/api/v1/cases/vk/NZ").status_code == 404
