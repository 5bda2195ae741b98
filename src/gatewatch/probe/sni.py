"""The name as the trigger (ts-024, sni_blocking): at one address a handshake that says the name in
question, and one that says a harmless name. What differs is the name alone."""

from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.stream import HTTP_ALPN, Peer, dial
from gatewatch.probe.trace import Row, Trace

TEST, VERSION = "sni_blocking", "0.3.0"
HARMLESS = "example.org"
TRIES = 2
"""How often each is tried: one lost packet is no reset."""


class SniBlocking:
    """One measurement. The handshakes are not verified: neither name need be the server's."""

    def __init__(self, name: str, to: Peer, limits: ProbeLimits) -> None:
        self._name, self._to, self._limits = name, to, limits
        self.trace = Trace()
        self._told: dict[str, Row] = {}

    async def run(self) -> None:
        """The harmless name first, then the other, so that what the latter brings about on the
        address (residual blocking, as it is called) does not spoil the former."""
        for key, name in (("control", HARMLESS), ("target", self._name)):
            self._told[key] = await self._one(name)

    async def _one(self, name: str) -> Row:
        """Handshakes until one succeeds, at most `TRIES`."""
        failure: str | None = None
        trace = Trace()
        for _ in range(TRIES):
            stream, failure = await dial(trace, self._to, (), seconds=self._limits.connect)
            if stream is not None:
                failure = await stream.shake(
                    name, alpn=HTTP_ALPN, verify=False, seconds=self._limits.handshake
                )
                stream.close()
            if failure is None:
                break
        self.trace.own |= trace.own
        rows = trace.keys()
        return {
            "agent": "redirect",
            "failure": failure,
            "queries": [],
            "requests": [],
            "tcp_connect": rows["tcp_connect"],
            "tls_handshakes": rows["tls_handshakes"],
            "network_events": rows["network_events"],
        }

    def keys(self) -> Row:
        """Both sides, with the test's own word for what it saw."""
        control, target = self._told.get("control"), self._told.get("target")
        if control is None or target is None:
            return {
                "control": control,
                "target": target,
                "result": "anomaly.test_helper_unreachable",
            }
        failure = target["failure"]
        result = "success.got_server_hello" if failure is None else f"interference.{failure}"
        if control["failure"] is not None:
            result = "anomaly.test_helper_unreachable"
        return {"control": control, "target": target, "result": result}
