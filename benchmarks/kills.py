"""Writers of every kind killed at a step of theirs that is drawn by a seed: what is left is sound,
and the same command run again ends as if nothing had happened."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any
from unittest.mock import patch

from deltalake import DeltaTable, write_deltalake
from tests.ledger.test_damage import DECLARED, answers, build, reported
from tests.probes import Probes

from benchmarks.measure import Result
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.exports import exporting
from gatewatch.exports.datasets import datasets
from gatewatch.ledger import checksums, compaction
from gatewatch.ledger import reports as ledger_reports
from gatewatch.ledger.backup import LIST, backup, restore
from gatewatch.ledger.store import Store
from gatewatch.ledger.upgrade import upgrade, wanted
from gatewatch.model.moment import Moment
from gatewatch.model.watched import Plan, Watched
from gatewatch.pipeline import claims, measurements
from gatewatch.pipeline.decide import decide
from gatewatch.pipeline.judging import rejudge
from gatewatch.pipeline.repair import repair
from gatewatch.pipeline.tokens import Tokens
from gatewatch.pipeline.watch import Watch
from gatewatch.query import ledger as reading
from gatewatch.query.facts import facts_for
from gatewatch.query.health import examine
from gatewatch.query.moments import of_all

_KILLS = 200


def _register(ledger: str, sources: Path) -> None:
    pipeline.ingest(ledger, catalogue.read(DECLARED), str(sources / "list"))


def _measurements(ledger: str, sources: Path) -> None:
    measurements.ingest(ledger, str(sources / "more"), processes=1)


def _judge(ledger: str, _: Path) -> None:
    rejudge(ledger)


def _reports(ledger: str, _: Path) -> None:
    ledger_reports.add(Store(ledger), "inbox", [(n, reported(n)) for n in range(1, 6)])


def _decide(ledger: str, _: Path) -> None:
    ((snapshot,), *_others) = Store(ledger).query(
        "SELECT id FROM snapshots QUALIFY row_number() OVER (PARTITION BY id ORDER BY recorded_at "
        "DESC) = 1 ORDER BY published_at DESC, id"
    )
    decide(ledger, snapshot, accept=False, note="looked at")


def _compact(ledger: str, _: Path) -> None:
    with patch.object(compaction, "_MANY_FILES", 1):  # as after many ingests
        compaction.compact(Store(ledger))


def _repair(ledger: str, sources: Path) -> None:
    again = f"{ledger}-again"
    found = repair(ledger, again, {"ru-demo": str(sources / "list")}, processes=1)
    assert found.sound


def _export(ledger: str, _: Path) -> None:
    opened = reading.open(ledger)
    moment = of_all(opened, Moment.parse())
    chosen = datasets(opened, facts_for(opened, moment).catalogue, moment)
    out = Path(f"{ledger}-out")
    exporting.export(chosen, out, as_of=moment.as_of, recorded_by=moment.recorded_by)
    assert exporting.verify(out) == []


def _token(ledger: str, _: Path) -> None:
    tokens = Tokens(Path(f"{ledger}-state"))
    for name in ("desk", "lab"):
        if name not in {one.name for one in tokens.all()}:
            tokens.add(name, ("reports",))
    tokens.revoke("lab")


def _watch(ledger: str, sources: Path) -> None:
    one = Watched(register=str(DECLARED), source=str(sources / "list"))
    watch = Watch(ledger, Plan((one,)), Path(f"{ledger}-state"))
    with watch.alone():
        assert watch.pull(one).state != "failed"


def _upgrade(ledger: str, _: Path) -> None:
    upgrade(Store(ledger))
    assert wanted(Store(ledger)) == []


def _copy(ledger: str, _: Path) -> None:
    """A copy that goes on where an earlier one was stopped, and a ledger made of it."""
    copy, back = Path(f"{ledger}-copy"), f"{ledger}-back"
    if not (copy / LIST).exists():
        backup(ledger, copy)
    if not (Path(back) / "snapshots").exists():
        restore(copy, back)
    assert answers(back) == answers(ledger)


def _claims(ledger: str, _: Path) -> None:
    file = Path(f"{ledger}-claims") / "stop.toml"
    claims.ingest("stop", _STOP.encode(), file)
    claims.ingest("stop", _STOP.replace("/1,", "/2,").encode(), file)


_STOP = """start_date,country,geo_scope,shutdown_type,shutdown_extent,decision_maker,info_source_link,\
shutdown_status,facebook_affected
2021-01-12,Uganda,National,Shutdown,Service-based,Regulator,https://press.example/1,Ongoing,Yes
2021-06-04,Nigeria,National,Shutdown,Service-based,Government,https://press.example/1,Ongoing,Yes
"""


WRITERS: dict[str, Callable[[str, Path], None]] = {
    "ingest of a register": _register,
    "ingest of measurements": _measurements,
    "judge": _judge,
    "folding of reports": _reports,
    "a decision": _decide,
    "compaction": _compact,
    "repair": _repair,
    "export": _export,
    "token": _token,
    "watch": _watch,
    "upgrade": _upgrade,
    "copy and way back": _copy,
    "claims of others": _claims,
}
_BESIDE = ("-again", "-out", "-state", "-copy", "-back", "-claims")
"""What writers make beside a ledger."""

STRUCK = """
import os, signal, sys
from pathlib import Path
from benchmarks import kills
from gatewatch.ledger import checksums
left, real, note = int(sys.argv[1]), os.fsync, checksums.note
def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
def synced(handle):
    step()
    real(handle)
def told(*words):
    step()
    return note(*words)
os.fsync, checksums.note = synced, told
kills.WRITERS[sys.argv[2]](sys.argv[3], Path(sys.argv[4]))
"""


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """`tiny`: one kill of each of three writers."""
    with tempfile.TemporaryDirectory() as scratch:
        sources = Path(scratch) / "made"
        _made(sources, shared)
        names = list(WRITERS)[:3] if tiny else list(WRITERS)
        right = {name: _after(name, sources, Path(scratch)) for name in names}
        steps = {name: counted for name, (_, counted) in right.items()}
        chance, wrong, struck = random.Random(20), [], Counter[str]()
        for number in range(len(names) if tiny else _KILLS):
            name = names[number % len(names)]
            step = chance.randint(1, steps[name])
            fault, died = _killed(name, step, sources, Path(scratch), right[name][0])
            struck[name] += died
            if fault:
                wrong.append(f"{name}, step {step}: {fault}")
        yield Result(
            "writers killed at a step of theirs, then run again",
            f"{sum(struck.values())} killed: "
            + ", ".join(f"{name} {count}" for name, count in struck.items()),
            "; ".join(wrong[:3]) or "each ended sound and as if nothing had happened",
            float(len(wrong)),
            "none wrong",
            not wrong,
        )


PAIRED = """
import sys
from pathlib import Path
from benchmarks import kills
from gatewatch.errors import GatewatchError
sys.stdin.readline()
try:
    kills.WRITERS[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
except GatewatchError as fault:
    print(fault)
    sys.exit(7)
"""
_REFUSED = 7
"""A writer that ended with a plain sentence: whoever runs it again is done."""


def pairs(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """Every two writers at once, one writer twice among them. `tiny`: one pair."""
    with tempfile.TemporaryDirectory() as scratch:
        sources = Path(scratch) / "made"
        _made(sources, shared)
        every = list(combinations_with_replacement(WRITERS, 2))
        chosen = every[:1] if tiny else every
        wrong, refused = [], 0
        for one, other in chosen:
            fault, sentences = _at_once(one, other, sources, Path(scratch) / "paired")
            refused += sentences
            if fault:
                wrong.append(f"{one} beside {other}: {fault}")
        yield Result(
            "two writers at once, of every two kinds",
            f"{len(chosen)} pairs, {refused} writers told to run again",
            "; ".join(wrong[:3]) or "each ended sound, and answers as after both in turn",
            float(len(wrong)),
            "none wrong",
            not wrong,
        )


def _at_once(one: str, other: str, sources: Path, place: Path) -> tuple[str, int]:
    """What is wrong after two writers at once, and how many were told to run again."""
    name = "upgrade" if "upgrade" in {one, other} else one
    in_turn = []
    for order in {(one, other), (other, one)}:
        ledger = _copied(sources, place, name)
        for writer in order:
            _run_again(writer, ledger, sources)
        in_turn.append(_all_told(str(ledger)))
    ledger = _copied(sources, place, name)
    words = [sys.executable, "-c", PAIRED]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    running = [
        subprocess.Popen(
            [*words, writer, str(ledger), str(sources)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        for writer in (one, other)
    ]
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.close()
        process.stdin = None
    told = [process.communicate() for process in running]
    ended = [process.returncode for process in running]
    if strange := [err for code, (_, err) in zip(ended, told, strict=True) if code not in {0, 7}]:
        return strange[0][-200:], ended.count(_REFUSED)
    if found := [fault.what for fault in examine(str(ledger)) if fault.level == "fault"]:
        return found[0], ended.count(_REFUSED)
    for writer in (one, other):
        _run_again(writer, ledger, sources)
    if found := [fault.what for fault in examine(str(ledger)) if fault.level == "fault"]:
        return f"after both were run again: {found[0]}", ended.count(_REFUSED)
    now = _all_told(str(ledger))
    # What was exported says when rows were recorded, which is another time in each trial.
    told_alike = [part for part in now if part != "exported"]
    differ = [part for part in told_alike if all(now[part] != right[part] for right in in_turn)]
    return (f"other {', '.join(differ)}" if differ else ""), ended.count(_REFUSED)


def _run_again(name: str, ledger: Path, sources: Path) -> None:
    """The folder of a repair that was stopped, or that ended, is in the way of the next."""
    shutil.rmtree(f"{ledger}-again", ignore_errors=True)
    WRITERS[name](str(ledger), sources)


def _made(sources: Path, shared: Path) -> None:
    probes = Probes(shared)
    build(sources, probes)
    (sources / "more").mkdir()
    probes.write(sources / "more" / "more.jsonl", [("line.me", 64500, 415_100, True)] * 1)
    for state in sorted((DECLARED.parent / "prohibited-2017").glob("*.csv"))[8:]:
        shutil.copy2(state, sources / "list")


def _copied(sources: Path, ledger: Path, name: str) -> Path:
    """The ledger with the keys of its log, which lie beside it."""
    for part in ("", "-keys", *_BESIDE):
        there = Path(f"{ledger}{part}")
        shutil.rmtree(there, ignore_errors=True)
        if (sources / f"ledger{part}").is_dir():
            shutil.copytree(sources / f"ledger{part}", there)
    if name == "upgrade":
        _older(str(ledger))
    return ledger


def _older(location: str) -> None:
    """Without the newest column of a table, as a ledger from before it is."""
    held = DeltaTable(f"{location}/snapshots")
    held.alter.set_table_properties({"delta.appendOnly": "false"})
    rows = DeltaTable(f"{location}/snapshots").to_pyarrow_table().drop(["tail"])
    write_deltalake(f"{location}/snapshots", rows, mode="overwrite", schema_mode="overwrite")


def _all_told(ledger: str) -> dict[str, Any]:
    """What it answers, and what was made beside it."""
    out = exporting.read(Path(f"{ledger}-out"))
    claims_held = Path(f"{ledger}-claims") / "stop.toml"
    return {
        **answers(ledger),
        "exported": [(one.name, one.versions[0].digest) for one in out.datasets] if out else [],
        "claims": claims_held.read_bytes() if claims_held.exists() else b"",
        "tokens": [one.name for one in Tokens(Path(f"{ledger}-state")).all()],
    }


def _after(name: str, sources: Path, scratch: Path) -> tuple[dict[str, Any], int]:
    """What a ledger answers after a writer that nobody killed, and at how many steps it could have
    been."""
    ledger = _copied(sources, scratch / "right", name)
    counted = 0

    def counting(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any) -> Any:
            nonlocal counted
            counted += 1
            return real(*words)

        return step

    with (
        patch.object(os, "fsync", counting(os.fsync)),
        patch.object(checksums, "note", counting(checksums.note)),
    ):
        WRITERS[name](str(ledger), sources)
    return _all_told(str(ledger)), counted


def _killed(
    name: str, step: int, sources: Path, scratch: Path, right: dict[str, Any]
) -> tuple[str, bool]:
    """What is wrong after a kill, and whether there was one."""
    ledger = _copied(sources, scratch / "killed", name)
    done = subprocess.run(
        [sys.executable, "-c", STRUCK, str(step), name, str(ledger), str(sources)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    died = done.returncode == -signal.SIGKILL
    if not died and done.returncode:
        return done.stderr[-200:], died
    if found := [one.what for one in examine(str(ledger)) if one.level == "fault"]:
        return f"after the kill: {found[0]}", died
    _run_again(name, ledger, sources)
    if found := [one.what for one in examine(str(ledger)) if one.level == "fault"]:
        return f"after it was run again: {found[0]}", died
    differ = [part for part, told in _all_told(str(ledger)).items() if told != right[part]]
    return (f"other {', '.join(differ)}" if differ else ""), died
