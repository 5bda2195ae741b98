"""Steps that tests keep in sets come out as one list, each told where it came from."""

from typing import Any

from gatewatch.sources.measurements.sets import gathered

STEP = {"address": "192.0.2.1:443", "server_name": "a.example", "failure": None}


def test_a_step_says_from_which_set_it_came() -> None:
    """A target of tor's, a look-up, the halves of a comparison."""
    keys = {"targets": {"x": {"tls_handshakes": [STEP]}, "y": {"tls_handshakes": [STEP, STEP]}}}
    told = [step["subset"] for step in gathered("tor", keys)["tls_handshakes"]]
    assert told == ["x", "y", "y"]


def test_the_control_of_a_comparison_is_a_set_and_of_others_a_helper() -> None:
    """sni_blocking's control is steps of the probe's own; web_connectivity's stays as it is."""
    keys: dict[str, Any] = {
        "control": {"tls_handshakes": [STEP], "tcp_connect": []},
        "target": {"tls_handshakes": [STEP]},
    }
    found = gathered("sni_blocking", keys)
    assert [step["subset"] for step in found["tls_handshakes"]] == ["target", "control"]
    assert "control" not in found
    helper = {"control": {"tcp_connect": {"192.0.2.1:443": {"status": True}}}}
    assert gathered("web_connectivity", helper) == helper


def test_old_echcheck_kept_single_handshakes() -> None:
    """Before 0.2 `target` bore the extension without a word of it."""
    found = gathered("echcheck", {"control": STEP, "target": STEP})["tls_handshakes"]
    assert [(step["subset"], "echconfig" in step) for step in found] == [
        ("target", True),
        ("control", False),
    ]


def test_other_names_of_the_lists_are_known() -> None:
    """echcheck 0.3 writes tcp_connects; old tests wrote one step where others keep a list."""
    assert gathered("echcheck", {"tcp_connects": [{"ip": "192.0.2.1"}]})["tcp_connect"]
    assert gathered("openvpn", {"tcp_connect": {"ip": "192.0.2.1"}})["tcp_connect"] == [
        {"ip": "192.0.2.1"}
    ]
