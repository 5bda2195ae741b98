"""The three times of a read, as people and programs give them."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.errors import UsageError
from gatewatch.model.moment import Moment, instant, iso, tellable

ZONES = st.sampled_from(
    ["UTC", "Europe/Moscow", "America/New_York", "Pacific/Kiritimati", "Pacific/Niue"]
).map(ZoneInfo)
days = st.dates(date(2, 1, 1), date(9998, 12, 31))
TICK = timedelta(microseconds=1)


@given(day=days, zone=ZONES)
def test_a_day_is_that_day_in_the_register_s_zone(day: date, zone: ZoneInfo) -> None:
    """Its span begins and ends on the day, and the next one follows without a gap."""
    start, end = Moment.parse(valid_at=day).span(zone)
    assert start.astimezone(zone).date() == day == end.astimezone(zone).date()
    assert start < end
    if tellable(day + timedelta(days=1)):
        assert Moment.parse(valid_at=day + timedelta(days=1)).span(zone)[0] == end + TICK


@given(day=days)
def test_published_or_recorded_by_a_day_means_by_its_end(day: date) -> None:
    """What was published on the day had been published by then."""
    for given_day in (day, day.isoformat(), f"{day:%Y%m%d}".zfill(8)):
        asked = Moment.parse(as_of=given_day, recorded_by=given_day)
        assert asked.as_of == asked.recorded_by
        assert asked.as_of == datetime(day.year, day.month, day.day, 23, 59, 59, 999999, UTC)


@given(when=st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30)), zone=ZONES)  # noqa: DTZ001
def test_an_instant_is_itself_in_any_zone(when: datetime, zone: ZoneInfo) -> None:
    """Text and datetime mean the same; an offset is kept, none is UTC."""
    aware = when.replace(tzinfo=zone)
    asked = Moment.parse(valid_at=aware.isoformat(), as_of=aware)
    assert asked.valid_at == asked.as_of == aware.astimezone(UTC)
    assert asked.span(zone) == (asked.as_of, asked.as_of)
    assert Moment.parse(as_of=when).as_of == when.replace(tzinfo=UTC)


def test_what_is_left_out_is_now_and_all_that_is_held() -> None:
    """Two clocks read at once; recorded_by stays open for the ledger to fix."""
    before = datetime.now(UTC)
    asked = Moment.parse()
    assert asked.valid_at == asked.as_of
    assert before <= asked.as_of <= datetime.now(UTC)
    assert asked.recorded_by is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2017-05-08", date(2017, 5, 8)),
        ("20170508", date(2017, 5, 8)),
        (" 2017-05-08\n", date(2017, 5, 8)),
        ("2017-W19-1", date(2017, 5, 8)),
        ("2017-05-08T12:30", datetime(2017, 5, 8, 12, 30, tzinfo=UTC)),
        ("2017-05-08 12:30+03:00", datetime(2017, 5, 8, 9, 30, tzinfo=UTC)),
        ("2017-05-08T12:30:01.5Z", datetime(2017, 5, 8, 12, 30, 1, 500000, UTC)),
    ],
)
def test_iso_8601_is_understood(text: str, meant: date) -> None:
    """A day is a day in whichever form, a time is a time."""
    asked = Moment.parse(valid_at=text).valid_at
    assert (asked, type(asked)) == (meant, type(meant))


@given(text=st.one_of(st.text(max_size=12), st.from_regex(r"\d{1,4}-\d\d?-\d\d?(T.{0,9})?")))
def test_any_other_text_is_refused(text: str) -> None:
    """Text is a time that every zone can tell, or a UsageError and nothing else."""
    with suppress(UsageError):
        start, end = Moment.parse(text, text, text).span(ZoneInfo("Pacific/Kiritimati"))
        assert start <= end


def test_the_refusal_names_the_option_and_what_to_write() -> None:
    """A person sees which word was not understood, and an example of each form."""
    with pytest.raises(UsageError, match=r"--as-of 'yesterday' .* write 2017-05-08 or 2017-05-08T"):
        Moment.parse(as_of="yesterday")


@pytest.mark.parametrize(
    "end",
    [
        "0001-01-01",
        "9999-12-31",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        date.max,
        date.min,
    ],
)
def test_the_ends_of_the_calendar_are_refused(end: str | date) -> None:
    """There some zone has no name for the day before or after; the error says so."""
    for option in ("valid_at", "as_of", "recorded_by"):
        with pytest.raises(UsageError, match=option.replace("_", "-")):
            Moment.parse(**{option: end})
    with pytest.raises(UsageError, match="--since"):
        instant(end, "since")


def test_a_bound_given_as_a_day_is_its_first_moment() -> None:
    """So that a period from one day to the next is half open."""
    assert instant("2017-05-08", "since") == datetime(2017, 5, 8, tzinfo=UTC)


def test_times_are_told_in_utc_with_a_z() -> None:
    """To the second, unless there are microseconds; nothing stays nothing."""
    moscow = datetime(2017, 5, 8, 12, 30, tzinfo=ZoneInfo("Europe/Moscow"))
    assert iso(moscow) == "2017-05-08T09:30:00Z"
    assert iso(moscow + TICK) == "2017-05-08T09:30:00.000001Z"
    assert iso(None) is None


@given(day=days, zone=ZONES)
def test_a_day_stays_a_day_until_a_zone_is_known(day: date, zone: ZoneInfo) -> None:
    """Published or recorded by a day means by that day's end where the register is."""
    asked = Moment.parse(as_of=day, recorded_by=day)
    end = Moment.parse(valid_at=day).span(zone)[1]
    assert asked.as_of_in(zone) == asked.recorded_in(zone) == end
    instant_of = Moment.parse(as_of=end, recorded_by=end)
    assert instant_of.as_of_in(ZoneInfo("UTC")) == instant_of.recorded_in(zone) == end


def test_the_clock_is_read_once_for_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is left out is the same now."""
    read: list[datetime] = []

    def tick() -> datetime:
        read.append(datetime.now(UTC) + timedelta(seconds=len(read)))
        return read[-1]

    monkeypatch.setattr("gatewatch.model.moment.clock", tick)
    asked = Moment.parse()
    assert [asked.valid_at, asked.as_of, asked.now] == read * 3
