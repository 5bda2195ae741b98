"""What tests say of the whole, in forms of their own."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.sources.measurements import tasks

Rows = list[tuple[str, str, str | None]]


@pytest.mark.parametrize(
    ("test", "keys", "told"),
    [
        ("vanilla_tor", {"success": True, "failure": None}, [("tor", "bootstrap", None)]),
        (
            "vanilla_tor",
            {"success": False, "error": "timeout-reached", "tor_progress": 5},
            [("tor", "bootstrap", "timeout-reached")],
        ),
        ("torsf", {"bootstrap_time": 9.0, "failure": None}, [("snowflake", "bootstrap", None)]),
        ("torsf", {}, []),
        ("psiphon", {"bootstrap_time": 0, "failure": "x"}, [("psiphon", "bootstrap", "x")]),
        (
            "psiphon",
            {"bootstrap_time": 5, "failure": "x"},
            [("psiphon", "bootstrap", None), ("psiphon", "fetch", "x")],
        ),
        ("openvpn", {"bootstrap_time": 1.5, "failure": None}, [("openvpn", "handshake", None)]),
        ("openvpn", {"bootstrap_time": 0, "failure": "x"}, [("openvpn", "handshake", "x")]),
        ("stunreachability", {"failure": None}, [("stun", "binding", None)]),
        ("browser_web", {"result": "error"}, [("browser", "load", "browser_error")]),
        ("browser_web", {"result": "odd"}, []),
        (
            "dnscheck",
            {"lookups": {"dot://192.0.2.1:853": {"failure": "x", "failed_operation": "connect"}}},
            [("dot", "connect", "x")],
        ),
        (
            "tor",
            {"targets": {"a": {"failure": "x", "summary": {"connect": None, "handshake": "x"}}}},
            [("tor", "handshake", "x")],
        ),
        ("a_test_that_nobody_knows", {"success": True}, []),
    ],
)
def test_the_outcome_is_read_as_the_specification_has_it(
    test: str, keys: dict[str, Any], told: Rows
) -> None:
    """Each test's own results, in old and new versions."""
    rows = tasks.of(test, None, keys)
    assert [(row["protocol"], row["operation"], row.get("failure")) for row in rows] == told


@pytest.mark.parametrize(
    ("sent", "received", "changed"),
    [
        (["A", "B"], ["A", "B"], ()),
        (["A", "B"], ["A", ""], ()),
        (["A", "B"], ["HTTP/1.1 400", "B"], ("request 1",)),
    ],
)
def test_an_echo_that_did_not_come_is_no_change(
    sent: list[str], received: list[str], changed: tuple[str, ...]
) -> None:
    """Only what came back otherwise is a middlebox's doing."""
    (row,) = tasks.of("http_invalid_request_line", None, {"sent": sent, "received": received})
    assert row["changed"] == changed


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "targets",
                    "lookups",
                    "tampering",
                    "sent",
                    "received",
                    "failure",
                    "summary",
                    "requests",
                    "tcp_connect",
                    "status",
                    "openvpn_handshake",
                    "result",
                    "tor_progress",
                    "success",
                    "endpoint",
                    "remote",
                    "failure_list",
                    "bootstrap_time",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(test=st.sampled_from(sorted(tasks._READERS)), keys=_ANY)
def test_no_results_make_a_reader_raise(test: str, keys: Any) -> None:
    """Law 5: whatever stands where results should."""
    if isinstance(keys, dict):
        tasks.of(test, None, keys)
