"""What tells the mechanism where something is cut: one thing is changed, all else left.

Each is a measurement of its own, by a specification of the field's where there is one. They add
observations; no verdict needs them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from gatewatch.probe import failing, http
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.sni import HARMLESS, TRIES
from gatewatch.probe.stream import HTTP_ALPN, Peer, dial, with_grease_ech
from gatewatch.probe.trace import HttpExchange, Row, Trace

HOST = "http_host", "0.3.0"
"""ts-004: a Host header that is in question beside a harmless one, at one address."""
ECH = "echcheck", "0.3.0"
"""ts-039: handshakes without and with the extension of Encrypted Client Hello."""
PING = "tlsping", "0.2.1"
"""ts-033: the same handshake again and again."""
TTL = "tlsmiddlebox", "0.1.0"
"""ts-037: handshakes that get no further than so many routers."""
RATE = "throughput", "0.1.0"
"""Ours (docs/probe.md): how fast a page comes under its name, and under a harmless one."""
UNJUDGED = frozenset({HOST[0], PING[0], TTL[0], RATE[0]})
"""Those of which no rule makes a verdict."""
PINGS = 5
_APART = 0.2
"""Seconds between two pings: so close that a network treats them alike, so far apart that one
full queue does not lose them all."""
MOST_HOPS = 20
_HOP_SECONDS = 2.0
_ENDS_TRACE = frozenset({None, "connection_reset", failing.EOF})


class Differential:
    """One thing as it is in question, beside the same as it is harmless: `control` first, so that
    what the other brings about on the address (residual blocking) does not spoil it."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.told: dict[str, Row] = {}

    async def both(self, one: Callable[[Trace, bool], Awaitable[Row]]) -> None:
        """`one` is told where to note what it does, and whether it is the thing in question."""
        for key in ("control", "target"):
            trace = Trace()
            found = await one(trace, key == "target")
            self.trace.own |= trace.own
            self.told[key] = {"agent": "redirect", **trace.keys(), **found}

    def keys(self) -> Row:
        """Both sides, with a word for what differs."""
        control, target = self.told.get("control"), self.told.get("target")
        result = "anomaly.test_helper_unreachable"
        if control is not None and target is not None and control["failure"] is None:
            failure = target["failure"]
            result = "success" if failure is None else f"interference.{failure}"
        return {"control": control, "target": target, "result": result}


class HttpHost(Differential):
    """A request in the clear, with the Host header in question and with a harmless one."""

    def __init__(self, name: str, to: Peer, limits: ProbeLimits) -> None:
        super().__init__()
        self._name, self._to, self._limits = name, to, limits

    async def run(self) -> None:
        """Each until it is answered, at most `TRIES` times: one lost packet is no reset."""
        await self.both(self._one)

    async def _one(self, trace: Trace, target: bool) -> Row:
        failure: str | None = None
        for _ in range(TRIES):
            stream, failure = await dial(trace, self._to, (), seconds=self._limits.connect)
            if stream is not None:
                name = self._name if target else HARMLESS
                page = await http.exchange(stream, f"http://{name}/", limits=self._limits)
                stream.close()
                trace.exchange(page, ())
                failure = page.failure
            if failure is None:
                break
        return {"failure": failure}

    def keys(self) -> Row:
        """As ts-004 has them: whether a request with the header got another answer than one
        without, and whether its answer came from a box on the way."""
        made = super().keys()
        return {**made, "x_same_answer": _same_answer(made["control"], made["target"])}


def _same_answer(control: Row | None, target: Row | None) -> bool | None:
    """Whether both requests got one status; None where one of them got none."""
    codes = [
        row["requests"][0]["response"]["code"]
        for row in (control, target)
        if row is not None and row["failure"] is None and row["requests"]
    ]
    return codes[0] == codes[1] if len(codes) == 2 else None


class EchCheck:
    """Handshakes at one address by one name, without ECH and with a GREASE extension of it.

    No library here can encrypt a ClientHello: the extension is filled by chance, as the field's own
    test does it, which a network cannot tell from a real one. It is put into the stdlib's hello, so
    that the handshake ends with the server's answer; the tag `x_until=server_hello` says so.
    """

    def __init__(self, name: str, to: Peer, limits: ProbeLimits) -> None:
        self._name, self._to, self._limits = name, to, limits
        self.trace = Trace()

    async def run(self) -> None:
        for grease in (False, True):
            for _ in range(TRIES):
                if await self._one(grease=grease) is None:
                    break

    async def _one(self, *, grease: bool) -> str | None:
        limits, trace = self._limits, self.trace
        stream, failure = await dial(trace, self._to, (), seconds=limits.connect)
        if stream is None:
            return failure
        if grease:
            failure = await with_grease_ech(stream, self._name, seconds=limits.handshake)
        else:
            failure = await stream.shake(
                self._name, alpn=HTTP_ALPN, verify=False, seconds=limits.handshake
            )
        stream.close()
        return failure

    def keys(self) -> Row:
        """The rows, and that no real ECH was tried."""
        return {**self.trace.keys(), "x_ech": "grease"}


class TlsPing:
    """The same handshake several times, a moment apart: what is cut each time is no lost packet."""

    def __init__(self, name: str, to: Peer, limits: ProbeLimits) -> None:
        self._name, self._to, self._limits = name, to, limits
        self.trace = Trace()
        self._pings: list[Row] = []

    async def run(self) -> None:
        await asyncio.gather(*(self._one(number) for number in range(PINGS)))

    async def _one(self, number: int) -> None:
        await asyncio.sleep(number * _APART)
        trace = Trace()
        stream, _ = await dial(trace, self._to, (), seconds=self._limits.connect)
        if stream is not None:
            await stream.shake(
                self._name, alpn=HTTP_ALPN, verify=False, seconds=self._limits.handshake
            )
            stream.close()
        self.trace.own |= trace.own
        rows = trace.keys()
        self._pings.append(
            {
                "tcp_connect": rows["tcp_connect"][0],
                "tls_handshake": next(iter(rows["tls_handshakes"]), None),
                "network_events": rows["network_events"],
            }
        )

    def keys(self) -> Row:
        """The pings, and how many of them ended how."""
        counts: dict[str, int] = {}
        for one in self._pings:
            row = one["tls_handshake"] or {"failure": one["tcp_connect"]["status"]["failure"]}
            word = row["failure"] or "ok"
            counts[word] = counts.get(word, 0) + 1
        return {"pings": self._pings, "x_outcomes": counts}


class TlsMiddlebox:
    """How far a ClientHello has to go until it is cut: it is sent with few hops to live, then more,
    on connections that stand. The connect is not limited; a system that forbids the option says
    so in each row."""

    def __init__(self, name: str, to: Peer, limits: ProbeLimits) -> None:
        self._name, self._to, self._limits = name, to, limits
        self.trace = Trace()
        self._told: dict[str, list[Row]] = {}

    async def run(self) -> None:
        for key, name in (("control_trace", HARMLESS), ("target_trace", self._name)):
            hops = await asyncio.gather(*(self._one(name, n) for n in range(1, MOST_HOPS + 1)))
            self._told[key] = _until_answered([row for row in hops if row is not None])

    async def _one(self, name: str, hops: int) -> Row | None:
        await asyncio.sleep(hops * _APART / 2)
        trace, limits = Trace(), self._limits
        stream, failure = await dial(trace, self._to, (), seconds=limits.connect)
        self.trace.own |= trace.own
        self.trace.connects += trace.connects if hops == 1 else []
        if stream is None:
            return None
        seconds = min(limits.handshake, _HOP_SECONDS)
        try:
            stream.limit_hops(hops)
            await stream.shake(name, alpn=HTTP_ALPN, verify=False, seconds=seconds)
            (row,) = trace.handshakes
        except OSError as fault:
            failure = failing.failure_of(fault)
            row = {"server_name": name, "address": str(self._to), "failure": failure}
        finally:
            stream.close()
        return {"ttl": hops, "handshake": {**row, "peer_certificates": None}}

    def keys(self) -> Row:
        """As ts-037 has them, and the first number of hops at which each name was answered."""
        traces = {
            key: {"server_name": name, "iterations": self._told.get(key, [])}
            for key, name in (("control_trace", HARMLESS), ("target_trace", self._name))
        }
        return {
            "queries": [],
            "tcp_connect": self.trace.connects,
            "iterative_trace": [{"address": str(self._to), "tcp_traceroute": None, **traces}],
            "x_answered_at": {key: _answered_at(rows) for key, rows in self._told.items()},
        }


def _until_answered(rows: list[Row]) -> list[Row]:
    """The iterations up to the first that was answered, by whomever (ts-037)."""
    found: list[Row] = []
    for row in sorted(rows, key=lambda one: one["ttl"]):
        found.append(row)
        if row["handshake"]["failure"] in _ENDS_TRACE:
            break
    return found


def _answered_at(rows: list[Row]) -> int | None:
    last = rows[-1] if rows else None
    return last["ttl"] if last and last["handshake"]["failure"] in _ENDS_TRACE else None


class Throughput(Differential):
    """A page that came slowly, fetched once more under a harmless name at the same address: in the
    handshake where it is https, else in the Host header. What is slow under one name alone is
    slowed by name."""

    def __init__(self, url: str, name: str, to: Peer, limits: ProbeLimits) -> None:
        super().__init__()
        self._url, self._name, self._to, self._limits = url, name, to, limits

    async def run(self) -> None:
        await self.both(self._one)

    async def _one(self, trace: Trace, target: bool) -> Row:
        stream, failure = await dial(trace, self._to, (), seconds=self._limits.connect)
        page: HttpExchange | None = None
        if stream is not None:
            name, secure = self._name if target else HARMLESS, self._url.startswith("https:")
            if secure:
                failure = await stream.shake(
                    name, alpn=("http/1.1",), verify=False, seconds=self._limits.handshake
                )
            if failure is None:
                # The Host header stays where the name is in the handshake: the server is to send
                # the same page.
                url = self._url if secure or target else self._url.replace(self._name, name, 1)
                page = await http.exchange(stream, url, limits=self._limits)
                failure = page.failure
                trace.exchange(page, ())
            stream.close()
        return {"failure": failure, "x_bytes_per_second": rate_of(trace)}

    def keys(self) -> Row:
        """Both rates, and their share: 1 is no difference."""
        made = super().keys()
        rates: list[Any] = [
            (made[key] or {}).get("x_bytes_per_second") for key in ("target", "control")
        ]
        share = round(rates[0] / rates[1], 4) if rates[0] and rates[1] else None
        return {**made, "x_share": share}


def rate_of(trace: Trace) -> float | None:
    """Bytes a second from the first read after the request to the last; None where nothing came."""
    began = next((e["t"] for e in trace.events if e["operation"] == "http_transaction_start"), None)
    if began is None:
        return None
    reads = [e for e in trace.events if e["operation"] == "read" and e["t"] >= began]
    size = sum(e.get("num_bytes") or 0 for e in reads)
    seconds = max((e["t"] for e in reads), default=began) - began
    return round(size / seconds, 1) if size and seconds > 0 else None


def told(test: str, keys: Row) -> str:
    """What one of these saw, in a few words; empty for a test that is judged by rules."""
    if test == HOST[0]:
        return f"Host header: {keys['result']}"
    if test == RATE[0]:
        share = keys["x_share"]
        return (
            "rate: nothing to compare"
            if share is None
            else f"rate: {share:.2f} of a harmless name's"
        )
    if test == PING[0]:
        return "tries: " + ", ".join(f"{n} {word}" for word, n in keys["x_outcomes"].items())
    if test == TTL[0]:
        at = keys["x_answered_at"]
        places = at.get("target_trace") or "never", at.get("control_trace") or "never"
        return f"hops until it was answered: {places[0]}; under a harmless name: {places[1]}"
    return ""
