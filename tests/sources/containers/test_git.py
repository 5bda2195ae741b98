"""A git repository as history: every shape of one, damage in it, and traps in it."""

import os
import shutil
import socket
import subprocess
import threading
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.sources.samples import FIRST, LAYOUTS, Item, rkn, ua

from gatewatch.errors import SourceError
from gatewatch.sources.containers.git import GitSource
from gatewatch.sources.containers.large import Data
from gatewatch.sources.containers.open import open_source
from gatewatch.sources.containers.parts import Wanted
from gatewatch.sources.containers.raw import Raw, Skipped, blob_id

START = datetime(2020, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STATES = (b"a.example\n", b"a.example\nb.example\n", b"b.example\n")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Clones of URLs are kept here for the time of a test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def git(folder: Path, *words: str, stdin: bytes = b"", when: datetime = START) -> str:
    """Run git as the keeper of a repository does."""
    stamp = f"{int(when.timestamp())} +0000"
    person = {
        f"GIT_{who}_{what}": "x@y.test"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *words],
        input=stdin,
        capture_output=True,
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": stamp,
            "GIT_COMMITTER_DATE": stamp,
            **person,
        },
    )
    return done.stdout.decode().strip()


def commit(folder: Path, files: Mapping[str, bytes], when: datetime) -> str:
    """One state: these files and no others. Built from objects, so no file system limits names."""
    tree = {name: git(folder, "hash-object", "-w", "--stdin", stdin=d) for name, d in files.items()}
    git(folder, "read-tree", "--empty")
    listing = "".join(f"100644 {oid}\t{name}\0" for name, oid in tree.items())
    git(
        folder,
        "update-index",
        "-z",
        "--index-info",
        stdin=listing.encode("utf-8", "surrogateescape"),
    )
    return commit_tree(folder, git(folder, "write-tree"), when)


def commit_tree(folder: Path, tree: str, when: datetime) -> str:
    """A commit of a tree on top of what is there."""
    parents = git(folder, "for-each-ref", "--format=%(objectname)", "refs/heads/main")
    before = ["-p", parents] if parents else []
    made = git(folder, "commit-tree", tree, "-m", "state", *before, when=when)
    git(folder, "update-ref", "refs/heads/main", made)
    return made


def repository(folder: Path, states: Sequence[Mapping[str, bytes]] | None = None) -> Path:
    """A bare repository, one commit an hour; the list is list.txt unless states say otherwise."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "--bare", "--initial-branch=main", "--template=")
    for hour, files in enumerate([{"list.txt": s} for s in STATES] if states is None else states):
        commit(folder, files, START + hour * HOUR)
    return folder


def handed(location: str, path: str = "list.txt", beside: str | None = None) -> list[Raw | Skipped]:
    source = open_source(location, path, beside)
    try:
        return list(source.snapshots(lambda _: True))
    finally:
        source.close()


def told(location: str, path: str = "list.txt") -> list[Data | str | None]:
    """The bytes of each snapshot's list, or why it was skipped."""
    return [
        one.reason if isinstance(one, Skipped) else one.parts[path].data
        for one in handed(location, path)
    ]


def object_file(folder: Path, oid: str) -> Path:
    path = folder / "objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    return path


def shaped(bare: Path, shape: str) -> str:
    """The same repository in another shape."""
    other = bare.with_name("other")
    if shape == "packed":
        git(bare, "gc", "-q", "--aggressive", "--prune=now")
    if shape == "url":
        return bare.as_uri()
    if shape in {"non-bare", "worktree"}:
        git(bare.parent, "clone", "-q", str(bare), str(other))
    if shape == "worktree":
        git(other, "worktree", "add", "-q", str(bare.with_name("tree")), "-b", "aside")
        return str(bare.with_name("tree"))
    if shape == "shallow":
        git(bare.parent, "clone", "-q", "--depth=3", bare.as_uri(), str(other))
    if shape == "alternates":
        git(bare.parent, "clone", "-q", "--shared", "--bare", str(bare), str(other))
    return str(other if other.exists() else bare)


@pytest.mark.parametrize(
    "shape", ["bare", "packed", "non-bare", "worktree", "url", "shallow", "alternates"]
)
def test_every_shape_of_a_repository_gives_the_same_history(tmp_path: Path, shape: str) -> None:
    """Each commit is a snapshot, oldest first, with its bytes, its content's name and its time."""
    bare = repository(tmp_path / "mirror.git")
    commits = git(bare, "rev-list", "--reverse", "main").split()
    snapshots = [one for one in handed(shaped(bare, shape)) if isinstance(one, Raw)]
    assert [one.origin for one in snapshots] == [f"git:{oid}" for oid in commits]
    assert [one.parts["list.txt"].data for one in snapshots] == list(STATES)
    assert [one.content for one in snapshots] == [blob_id(state) for state in STATES]
    assert [one.committed_at for one in snapshots] == [START + n * HOUR for n in range(3)]


def test_a_url_is_brought_up_to_date_when_it_is_read_again(tmp_path: Path, cache: Path) -> None:
    """One clone is kept; new commits come in, and those known keep their origins."""
    bare = repository(tmp_path / "mirror.git")
    before = open_source(bare.as_uri(), "list.txt").origins()
    commit(bare, {"list.txt": b"c.example\n"}, START + 9 * HOUR)
    assert told(bare.as_uri()) == [*STATES, b"c.example\n"]
    assert open_source(bare.as_uri(), "list.txt").origins()[:3] == before
    assert len(list((cache / "gatewatch" / "git").iterdir())) == 1


def test_only_wanted_commits_are_read(tmp_path: Path) -> None:
    """What the ledger holds is not handed over again, and the rest has its bytes all the same."""
    bare = repository(tmp_path / "mirror.git")
    source = GitSource(str(bare), Wanted("list.txt"), ZoneInfo("UTC"))
    first, _, last = source.origins()
    read = [one for one in source.snapshots({first, last}.__contains__) if isinstance(one, Raw)]
    assert [one.parts["list.txt"].data for one in read] == [STATES[0], STATES[2]]


def test_a_list_that_did_not_change_is_a_snapshot_without_bytes(tmp_path: Path) -> None:
    """A commit of something else says that the list still stood."""
    bare = repository(tmp_path / "m.git", [{"list.txt": b"a"}, {"list.txt": b"a", "other": b"x"}])
    assert told(str(bare)) == [b"a", None]


def test_the_source_s_own_time_stands_beside_the_commit_s(tmp_path: Path) -> None:
    """A dump is dated by its updateTime; when the mirror took it is kept."""
    bare = repository(tmp_path / "mirror.git", [rkn(FIRST)])
    (snapshot,) = handed(str(bare), "dump.xml")
    assert isinstance(snapshot, Raw)
    reading = LAYOUTS[0].reader().read(snapshot)
    assert reading.published_at == datetime.fromisoformat("2020-05-04T10:00:00+03:00")
    assert snapshot.committed_at == START


def test_only_first_parents_are_history(tmp_path: Path) -> None:
    """A state that was only ever on a side branch was never published."""
    bare = repository(tmp_path / "mirror.git")
    tip = git(bare, "rev-parse", "main")
    side = commit(bare, {"list.txt": b"side.example\n"}, START)
    git(bare, "update-ref", "refs/heads/main", tip)
    tree = git(bare, "rev-parse", f"{tip}^{{tree}}")
    merged = git(bare, "commit-tree", tree, "-p", tip, "-p", side, "-m", "merge")
    git(bare, "update-ref", "refs/heads/main", merged)
    assert told(str(bare)) == [*STATES, None]


def test_pieces_of_a_split_list_are_joined(tmp_path: Path) -> None:
    """A change of one piece hands over the whole list; names that only begin alike are no
    pieces."""
    first = {"list.txt.00": b"a.exam", "list.txt.01": b"ple\n", "list.txt.sig": b"?"}
    bare = repository(tmp_path / "m.git", [first, {**first, "list.txt.01": b"ple\nb.example\n"}])
    assert told(str(bare)) == [b"a.example\n", b"a.example\nb.example\n"]


def test_a_list_in_a_folder_has_its_companions(tmp_path: Path) -> None:
    """Orders beside the list belong to its snapshot; one whose name is no UTF-8 is read too."""
    parts = {**ua(FIRST), "PRESCRIPT/9~7_777 \udcff.txt": b"alpha.example\n", "README": b"x"}
    bare = repository(tmp_path / "mirror.git", [parts])
    (snapshot,) = handed(str(bare), "domains.list", "PRESCRIPT")
    assert isinstance(snapshot, Raw)
    assert set(snapshot.parts) == set(parts) - {"README"}
    reader = LAYOUTS[2].reader()
    reader.read(snapshot)
    entry = reader.entry("alpha.example")
    assert entry is not None
    assert entry.decision is not None
    assert entry.decision.number == "7/777"


def test_a_list_elsewhere_is_read_as_the_list(tmp_path: Path) -> None:
    """A path of the caller's own does not turn the list into an order."""
    bare = repository(tmp_path / "mirror.git", [{"lists/hosts.txt": b"a.example\n"}])
    (snapshot,) = handed(str(bare), "lists/hosts.txt", "PRESCRIPT")
    assert isinstance(snapshot, Raw)
    reader = LAYOUTS[2].reader()
    assert reader.read(snapshot).entries == 1


@pytest.mark.parametrize("kind", ["missing", "cut", "garbage", "empty", "another type"])
@pytest.mark.parametrize("lost", ["blob", "tree"])
def test_a_lost_object_is_skipped_by_name_and_the_rest_goes_on(
    tmp_path: Path, kind: str, lost: str
) -> None:
    """The middle state is named as skipped, with its commit and time; the others are whole."""
    bare = repository(tmp_path / "mirror.git")
    middle = git(bare, "rev-list", "main").split()[1]
    blob = git(bare, "rev-parse", f"{middle}:list.txt")
    path = object_file(
        bare, blob if lost == "blob" else git(bare, "rev-parse", f"{middle}^{{tree}}")
    )
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[:-6],
            "garbage": b"\0" * 50,
            "empty": b"",
            "missing": b"",
            "another type": zlib.compress(b"tag 3\0abc"),
        }[kind]
    )
    if kind == "missing":
        path.unlink()
    first, second, third = handed(str(bare))
    assert isinstance(second, Skipped)
    assert (second.origin, second.taken_at) == (f"git:{middle}", START + HOUR)
    assert (blob if lost == "blob" else "tree is missing or damaged") in second.reason
    assert [one.parts["list.txt"].data for one in (first, third) if isinstance(one, Raw)] == [
        STATES[0],
        STATES[2],
    ]


def test_a_damaged_pack_names_what_it_lost(tmp_path: Path) -> None:
    """Flipped bytes in a pack skip states; none is handed over with other bytes than were
    committed."""
    noise = [os.urandom(2000).hex().encode() for _ in range(4)]
    bare = repository(tmp_path / "mirror.git", [{"list.txt": state} for state in noise])
    git(bare, "gc", "-q", "--prune=now")
    (pack,) = (bare / "objects" / "pack").glob("*.pack")
    data = bytearray(pack.read_bytes())
    for at in range(len(data) // 2, len(data) // 2 + 8):
        data[at] ^= 0xFF
    pack.chmod(0o644)
    pack.write_bytes(data)
    answers = told(str(bare))
    assert len(answers) == 4
    assert any(isinstance(answer, str) for answer in answers)
    assert {answer for answer in answers if isinstance(answer, bytes)} < set(noise)


def test_a_tree_that_is_no_tree_is_skipped(tmp_path: Path) -> None:
    """An object whose form is broken, though its bytes are as git keeps them, raises nothing."""
    bare = repository(tmp_path / "mirror.git")
    for broken in (b"100644", b"100644 list.txt", b"100644 list.txt\0abc", b"\0", b" " * 40):
        oid = git(bare, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=broken)
        commit_tree(bare, oid, START + 5 * HOUR)
    good = git(bare, "rev-parse", "main~5^{tree}")
    commit_tree(bare, good, START + 6 * HOUR)
    answers = handed(str(bare))
    assert [type(one) for one in answers] == [Raw] * 3 + [Skipped] * 5 + [Raw]


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_a_list_that_is_a_link_is_not_followed(tmp_path: Path, mode: str) -> None:
    """Neither a symbolic link nor a submodule in the list's place is read."""
    bare = repository(tmp_path / "mirror.git")
    target = git(bare, "hash-object", "-w", "--stdin", stdin=b"/etc/hostname")
    if mode == "160000":
        target = git(bare, "rev-parse", "main")
    tree = git(
        bare,
        "mktree",
        "--missing",
        stdin=f"{mode} {'commit' if mode == '160000' else 'blob'} {target}\tlist.txt\n".encode(),
    )
    commit_tree(bare, tree, START + 5 * HOUR)
    assert told(str(bare)) == [*STATES, "list.txt is not in this commit"]


def test_a_commit_of_a_time_that_no_calendar_holds_is_skipped(tmp_path: Path) -> None:
    """A clock gone wild costs its own snapshot only."""
    bare = repository(tmp_path / "mirror.git")
    text = git(bare, "cat-file", "commit", "main").replace(
        str(int((START + 2 * HOUR).timestamp())), "99999999999999"
    )
    oid = git(
        bare, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text.encode()
    )
    git(bare, "update-ref", "refs/heads/main", oid)
    assert told(str(bare)) == [*STATES[:2], "its time is one that no calendar holds"]


def test_a_state_over_the_limit_is_skipped_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One blob too large, or pieces too large together, are passed over without being held."""
    big = bytes(3 << 20)
    states = [
        {"list.txt": b"1"},
        {"list.txt": big},
        {"list.txt": b"2"},
        {f"list.txt.{n:02}": big[: 1 << 20] for n in range(3)},
        {"list.txt": b"3"},
    ]
    bare = repository(tmp_path / "mirror.git", states)
    monkeypatch.setenv("GATEWATCH_MAX_SNAPSHOT", str(2 << 20))
    answers = told(str(bare))
    assert [answers[n] for n in (0, 2, 4)] == [b"1", b"2", b"3"]
    assert all("GATEWATCH_MAX_SNAPSHOT" in str(answers[n]) for n in (1, 3))


def test_what_cannot_be_read_as_a_history_says_why(tmp_path: Path) -> None:
    """An empty repository, a lost commit and a URL that leads nowhere are errors with git's
    words."""
    empty = repository(tmp_path / "empty.git", [])
    with pytest.raises(SourceError, match="rev-list failed"):
        handed(str(empty))
    bare = repository(tmp_path / "mirror.git")
    object_file(bare, git(bare, "rev-parse", "main~1")).unlink()
    with pytest.raises(SourceError, match="rev-list failed"):
        handed(str(bare))
    with pytest.raises(SourceError, match="fetch failed"):
        handed((tmp_path / "none.git").as_uri())


def armed(bare: Path, canary: Path) -> None:
    """Set every trap that a repository's own files can hold; each one would touch the canary."""
    touch = bare / "trap"
    touch.write_text(f"#!/bin/sh\ntouch '{canary}'\ncat\n", encoding="ascii")
    touch.chmod(0o755)
    hooks = bare / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in (
        "post-checkout",
        "pre-auto-gc",
        "reference-transaction",
        "post-index-change",
        "fsmonitor-watchman",
        "post-merge",
        "proc-receive",
        "update",
    ):
        shutil.copy(touch, hooks / name)
    (bare / "info").mkdir(exist_ok=True)
    (bare / "info" / "attributes").write_text("* filter=x diff=x merge=x\n", encoding="ascii")
    (bare / "more").write_text(f"[core]\n\tpager = {touch}\n", encoding="utf-8")
    program = (
        "core.fsmonitor",
        "core.sshCommand",
        "core.alternateRefsCommand",
        "core.askPass",
        "core.pager",
        "core.editor",
        "core.gitProxy",
        "pager.rev-list",
        "pager.cat-file",
        "uploadpack.packObjectsHook",
        "diff.x.textconv",
        "diff.x.command",
        "diff.external",
        "filter.x.smudge",
        "filter.x.clean",
        "filter.x.process",
        "merge.x.driver",
        "gpg.program",
        "gpg.ssh.program",
        "remote.origin.uploadpack",
        "man.x.cmd",
        "trace2.eventTarget",
        "sequence.editor",
        "browser.x.cmd",
    )
    for key in program:
        git(bare, "config", key, str(touch))
    settings = {
        "core.hooksPath": str(hooks),
        "credential.helper": f"!{touch}",
        "alias.rev-list": f"!{touch}",
        "alias.cat-file": f"!{touch}",
        "include.path": "more",
        "log.showSignature": "true",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "gc.auto": "1",
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::sh -c {touch}",
        "url.ext::sh -c %.insteadOf": bare.as_uri(),
    }
    for key, value in settings.items():
        git(bare, "config", key, value)


@pytest.mark.parametrize("shape", ["bare", "non-bare", "url"])
def test_a_hostile_repository_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    """Hooks, helpers, filters, pagers and lazy fetches that its config names stay untouched."""
    canary = tmp_path / "canary"
    bare = repository(tmp_path / "mirror.git")
    git(bare, "fsck")
    lost = git(bare, "rev-parse", "main~1:list.txt")
    object_file(bare, lost).unlink()
    armed(bare, canary)
    location = str(bare)
    if shape == "url":
        location = bare.as_uri()
        git(bare, "config", "--unset", "extensions.partialClone")
    if shape == "non-bare":
        (tmp_path / "work").mkdir()
        bare.rename(tmp_path / "work" / ".git")
        git(tmp_path / "work", "config", "core.bare", "false")
        location = str(tmp_path / "work")
    monkeypatch.setenv("GIT_SSH_COMMAND", f"touch {canary}")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {canary}")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    canary.unlink(missing_ok=True)
    if shape == "url":
        with pytest.raises(SourceError):
            handed(location)
    else:
        first, second, third = told(location)
        assert (first, third) == (STATES[0], STATES[2])
        assert lost in str(second)
    assert not canary.exists()


def test_the_traps_are_armed(tmp_path: Path) -> None:
    """A keeper's own `git status` walks into them, so the proof above is worth something."""
    canary = tmp_path / "canary"
    work = tmp_path / "work"
    repository(work / ".git")
    git(work, "config", "core.bare", "false")
    armed(work / ".git", canary)
    canary.unlink(missing_ok=True)
    subprocess.run(
        ["git", "-C", str(work), "status"],
        check=False,
        capture_output=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert canary.exists()


@pytest.mark.parametrize(
    "location",
    [
        "ext::sh -c touch% {canary}",
        "ext::sh -c 'touch {canary}' x://y",
        "fd::17/x",
        "ssh://-oProxyCommand=touch%20{canary}/x",
        "git://-x/y",
        "--upload-pack=touch {canary}",
        "file://{folder}/none.git/;touch {canary}",
        "http://127.0.0.1:1/$(touch {canary}).git",
    ],
)
def test_a_hostile_url_runs_nothing(tmp_path: Path, location: str) -> None:
    """A location is never an order: transports that run programs and names like options are
    refused."""
    canary = tmp_path / "canary"
    with pytest.raises(SourceError):
        handed(location.format(canary=canary, folder=tmp_path))
    assert not canary.exists()


def test_a_server_that_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It accepts, and there is no end to waiting for it but ours."""
    monkeypatch.setattr("gatewatch.sources.containers.git.SILENCE", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"git://127.0.0.1:{server.getsockname()[1]}/list.git"
        with pytest.raises(SourceError, match="said nothing"):
            open_source(url, "list.txt")


def test_replacements_in_a_repository_are_not_believed(tmp_path: Path) -> None:
    """A ref that puts one object in another's place does not change what was committed."""
    bare = repository(tmp_path / "mirror.git")
    old = git(bare, "rev-parse", "main:list.txt")
    new = git(bare, "hash-object", "-w", "--stdin", stdin=b"forged.example\n")
    git(bare, "update-ref", f"refs/replace/{old}", new)
    assert told(str(bare)) == list(STATES)


def test_reading_may_be_stopped_at_any_snapshot(tmp_path: Path) -> None:
    """An iteration given up leaves no process and no thread waiting."""
    bare = repository(tmp_path / "mirror.git", [rkn([Item(str(n))]) for n in range(12)])
    snapshots = GitSource(str(bare), Wanted("dump.xml"), ZoneInfo("UTC")).snapshots(lambda _: True)
    next(snapshots)
    snapshots.close()
    assert [one.name for one in threading.enumerate() if one.name == "git-objects"] == []
