"""Every question that a day can change takes the day, and every face tells of it the same; where no
day is named a list of what was over time is of all days, and says so."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from tests.commands import invoked
from tests.site.within import Within, within

import gatewatch
from gatewatch.cli import commands

_DAY, _QUIET = "2017-05-08", "2017-04-20"
"""Of the demo: WeChat was blocked, listed and reported; nothing was."""
_WITHOUT = {"find": "what a text may name is of no day"}
"""Commands that go by the time of publication and of no day, with the reason."""


@pytest.fixture(scope="module")
def site(demo_filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Within]:
    with within(demo_filled, tmp_path_factory.mktemp("state")) as opened:
        yield opened


def test_each_command_and_method_that_takes_one_time_takes_the_day() -> None:
    """Whatever goes by the time of publication knows a day too."""
    for each in pkgutil.iter_modules(commands.__path__):
        module = importlib.import_module(f"{commands.__name__}.{each.name}")
        taken = inspect.signature(getattr(module, each.name)).parameters
        if "as_of" in taken and each.name not in _WITHOUT:
            assert "valid_at" in taken, each.name
    for name, method in inspect.getmembers(gatewatch.Ledger, inspect.isfunction):
        taken = inspect.signature(method).parameters
        assert ("as_of" in taken) == ("valid_at" in taken), name


_LISTS = (
    "changes",
    "claims?service=wechat",
    "entries/ru-demo/wechat",
    "episodes",
    "listings?selector=wechat.com",
    "reports",
    "rules?jurisdiction=RU",
)
"""What was over time: of a day less than of all days."""


@pytest.mark.parametrize("path", _LISTS)
def test_a_list_of_a_day_is_a_part_of_that_of_all_days(site: Within, path: str) -> None:
    """No parameter is taken and not looked at; and asked with the times that an answer names, it
    comes again."""

    def asked(**times: str | None) -> Any:
        named, _, rest = path.partition("?")
        given = {**dict([rest.split("=")] if rest else []), "limit": "1000", **times}
        return site.ask("GET", f"/api/v1/{named}", params={k: v for k, v in given.items() if v})

    whole = asked().json()
    assert whole["metadata"]["valid_at"] is None
    assert asked(**{k: whole["metadata"][k] for k in ("as_of", "recorded_by")}).json() == whole
    for day in (_DAY, _QUIET):
        part = asked(valid_at=day)
        found = part.json()["results"] if part.status_code == 200 else []
        assert len(found) + (day == _QUIET) <= len(whole["results"]), day
        assert {_itself(one) for one in found} <= {_itself(one) for one in whole["results"]}, day


def _itself(row: dict[str, Any]) -> str:
    """A row without what it says of the day."""
    return json.dumps({k: v for k, v in row.items() if k not in {"on_day", "last_known"}})


def test_faces_tell_the_same_episodes_of_a_day(site: Within, demo_filled: str) -> None:
    """Python, the command, the API and the page."""
    ledger = gatewatch.open(demo_filled)
    for day in (_DAY, _QUIET, None):
        times: dict[str, Any] = {"valid_at": day} if day else {}
        python = [one.target for one in ledger.episodes(**times)]
        words = ["episodes", "--ledger", demo_filled, *(["--valid-at", day] if day else [])]
        told = [one["target"] for one in json.loads(invoked([*words, "-f", "json"]).stdout)]
        api = site.ask("GET", "/api/v1/episodes", params=times).json()["results"]
        page = site.ask("GET", "/network", params=times).text
        defanged = [one.replace(".", "[.]") for one in python]
        assert told == [one["target"] for one in api] == defanged
        assert page.count('<th scope="row"><a href="/episode/') == len(python)
        assert ("Told are those that lasted on" in page) == bool(day)
    assert [one.target for one in ledger.episodes(valid_at=_QUIET)] == []
    assert "wechat.com" in [one.target for one in ledger.episodes(valid_at=_DAY)]
    assert ("wechat", "RU") in ledger.reports(valid_at="2017-05-07")
    assert not ledger.reports(valid_at=_QUIET)


@pytest.mark.parametrize(
    ("day", "stood", "said"),
    [
        ("2017-05-08", "in_force", "In force on 8 May 2017."),
        ("2017-05-11", "perhaps", "Perhaps in force on 11 May 2017"),
        ("2017-04-20", "later", "Later than 20 April 2017."),
        ("2017-05-14", "over", "Over before 14 May 2017."),
    ],
)
def test_an_entry_says_which_version_stood(
    site: Within, demo_filled: str, day: str, stood: str, said: str
) -> None:
    """The page of all versions marks each by the day asked about; programs get those of the day."""
    page = site.ask("GET", "/entry/ru-demo/wechat", params={"valid_at": day}).text
    assert said in page
    assert ("No version of it stood on" in page) == (stood in {"later", "over"})
    words = ["entry", "ru-demo", "wechat", "--valid-at", day, "--ledger", demo_filled]
    told = json.loads(invoked([*words, "-f", "json"]).stdout)
    assert [one["on_day"] for one in told] == ([stood] if stood in {"in_force", "perhaps"} else [])
    assert "In force on" not in site.ask("GET", "/entry/ru-demo/wechat").text


def test_a_permanent_link_of_all_days_names_none(site: Within) -> None:
    """What is of all days would be less when it was asked again of the day it was read on."""
    for path in ("/network", "/network/AS64496", "/entry/ru-demo/wechat", "/rules"):
        (link,) = (
            part.split('"')[0]
            for part in site.ask("GET", path).text.split('class="noprint" href="')
            if ">Permanent link" in part[:300]
        )
        assert "valid_at" not in link, path
        assert "as_of" in link, path
