"""A command of a process that was loaded before is what it would be if it had been started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.warm import Warm

WORDS = ("check", "wechat.com", "--valid-at", "2017-05-08", "--ledger")
SHOWN = """
import os, sys, threading
print(sys.argv[1:], os.getcwd(), os.environ.get("ONLY"), len(os.environ), threading.active_count())
print(sys.stdin.read(), file=sys.stderr)
sys.exit(7)
"""
WAITS = """
import os, signal, sys, time
try:
    print(os.getpid(), flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    os.kill(os.getpid(), int(sys.argv[1]))
"""


def test_it_answers_as_a_start_of_its_own_does(warm: Warm, demo_ledger: str) -> None:
    """To the byte on both streams, with its exit code; usage errors too."""
    for words in ([*WORDS, demo_ledger], ["check", "--no-such-option"], ["registers", "-h"]):
        forked, started = (
            subprocess.run([*program, *words], capture_output=True, check=False)
            for program in (warm.running(), [sys.executable, "-m", "gatewatch"])
        )
        assert (forked.returncode, forked.stdout) == (started.returncode, started.stdout)
        assert forked.stderr == started.stderr


def test_it_has_the_streams_folder_and_environment_it_is_given(warm: Warm, tmp_path: Path) -> None:
    """And nothing of those who ran before it."""
    done = subprocess.run(
        [*warm.running(SHOWN), "a b", "ж"],
        cwd=tmp_path,
        env={"ONLY": "this", "LC_ALL": "C.UTF-8"},
        input=b"asked",
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode() == f"['a b', 'ж'] {tmp_path} this 2 1\n"
    assert (done.returncode, done.stderr) == (7, b"asked\n")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_reaches_it_and_its_end_is_told(warm: Warm, end: signal.Signals) -> None:
    """Ctrl-C at who stands for it; what a signal ended is said to be ended by it."""
    words = [*warm.running(WAITS), str(int(end))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as begun:
        assert begun.stdout is not None
        begun.stdout.readline()
        begun.send_signal(signal.SIGINT)
        assert begun.stdout.read() == "interrupted\n"
    assert begun.returncode == (1 if end == signal.SIGINT else -end)


def test_it_ends_with_who_asked(warm: Warm) -> None:
    """Killed outright, what stands for it takes it along: its end of the pipe is closed."""
    with subprocess.Popen(warm.running(WAITS), stdout=subprocess.PIPE, text=True) as begun:
        assert begun.stdout is not None
        number = int(begun.stdout.readline())
        begun.kill()
        assert begun.stdout.read() == ""
    assert not Path(f"/proc/{number}/fd/1").exists()
    assert os.getpid() != number
