"""What tests are about, which of them outlived their service, and which addresses are nobody's."""

import pytest

from gatewatch.catalogue import facts, nettests, rules
from gatewatch.model.ranges import Ranges, is_own, low_half, plain
from gatewatch.model.verdict import Subject


def test_a_service_and_its_tests_name_each_other() -> None:
    """The catalogue of services and that of tests tell the same, from either side."""
    by_test = {name: one.id for one in facts.load().services.values() for name in one.tests}
    tests = nettests.tests().values()
    assert by_test == {one.name: one.service for one in tests if one.service}
    assert all((one.subject == Subject.SERVICE) == bool(one.service) for one in tests)


def test_each_need_can_be_met() -> None:
    """A need says by which parts it is met, and no part is asked for twice."""
    for one in nettests.tests().values():
        hosts = [host for need in one.needs for host in need.hosts]
        assert len(hosts) == len(set(hosts))
        assert not set(hosts) & set(one.ignored)
        for need in one.needs:
            assert need.hosts or need.addresses or need.protocols


def test_a_defect_is_of_a_test_that_is_known_and_says_from_where() -> None:
    """Each names its test, its bounds, why, and the report that taught it."""
    for one in nettests.defects():
        assert one.test in nettests.tests()
        assert one.why
        assert "#" in one.source
        assert any((one.version, one.versions_below, one.engine_below, one.software))


@pytest.mark.parametrize(
    "name", ["tests", "defects", "failures", "ranges", "issuers", "delivery_names"]
)
def test_what_decides_is_in_the_digest(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Another table is another rule set: one digest never stands for two verdicts."""
    before = rules.load().version
    other = {"tests": {}, "ranges": Ranges((), ())}.get(name, ())
    monkeypatch.setattr(nettests, name, lambda: other)
    assert rules.load().version != before


def test_a_word_for_a_failure_stands_once_and_in_small_letters() -> None:
    """A mark that another class before it holds would never be met."""
    marks = [mark for _, held in nettests.failures() for mark in held]
    assert len(marks) == len(set(marks))
    assert all(mark == mark.lower() for mark in marks)


@pytest.mark.parametrize(
    ("address", "special"),
    [
        ("10.1.1.1", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("::", True),
        ("fe80::1", True),
        ("2001:db8::1", True),
        ("192.0.0.9", False),
        ("192.88.99.1", False),
        ("9.9.9.9", False),
        ("2620:fe::fe", False),
        ("64:ff9b::a0a:2223", True),
        ("64:ff9b::909:909", False),
        ("64:ff9b:1::909:909", False),
        ("64:ff9b:1:909:0:900::", False),
        ("::ffff:192.168.0.1", True),
        ("no address", False),
    ],
)
def test_an_address_is_nobodys_by_a_dated_table(address: str, *, special: bool) -> None:
    """The table decides and not the interpreter's; of a translated address the one within."""
    assert nettests.ranges().is_special(address) is special


def test_translated_addresses_show_what_they_stand_for() -> None:
    """NAT64's well-known prefix is undone, and a network's own shows by its end."""
    assert plain("64:ff9b::c000:201") == "192.0.2.1"
    assert plain("2001:db8::1") == "2001:db8::1"
    assert low_half("2001:67c:2b0:db32::c000:201") == "192.0.2.1"
    assert is_own("127.9.9.9")
    assert is_own("0.0.0.0")
    assert not is_own("10.0.0.1")
