"""Namespaces: made, entered and taken away. What needs root and `ip` stands here alone."""

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_NEWNET, _NEWNS = 0x40000000, 0x00020000
_BIND, _RECURSIVE, _SLAVE = 0x1000, 0x4000, 0x80000
_SET_NAME = 0x400454CA
_TUN, _NO_HEADER = 0x0001, 0x1000
_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def allowed() -> str:
    """Why there can be no lab here; empty where there can."""
    if os.geteuid() != 0:
        return "root"
    if shutil.which("ip", path=_PATH) is None:
        return "iproute2"
    if not Path("/dev/net/tun").exists():
        return "/dev/net/tun"
    done = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "network namespaces"


def ip(*words: str) -> None:
    """Run `ip`; what it says is the failure."""
    tool = shutil.which("ip", path=_PATH) or "ip"
    done = subprocess.run([tool, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


def make(name: str, *, resolver: str = "", patience: int = 1) -> None:
    """A namespace with nothing but itself; `resolver` is what its programs ask for names, and
    `patience` the seconds and the times."""
    ip("netns", "add", name)
    ip("-n", name, "link", "set", "lo", "up")
    folder = Path("/etc/netns") / name
    folder.mkdir(parents=True, exist_ok=True)
    options = f"options timeout:{patience} attempts:{patience}\n"
    (folder / "resolv.conf").write_text(
        f"{options}nameserver {resolver}\n" if resolver else options
    )


def holds(name: str, networks: Sequence[str]) -> None:
    """Make every address of some networks the namespace's own (AnyIP), for servers to listen on."""
    for network in networks:
        six = ["-6"] if ":" in network else []
        ip("-n", name, *six, "route", "add", "local", network, "dev", "lo")
    setting = "/proc/sys/net/ipv6/ip_nonlocal_bind"  # IPv4 needs none for local routes
    done = subprocess.run(
        inside(name, ["sh", "-c", f"echo 1 > {setting}"]), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def remove(name: str) -> None:
    """Take a namespace away, with what was told its programs."""
    with suppress(AssertionError):
        ip("netns", "del", name)
    shutil.rmtree(Path("/etc/netns") / name, ignore_errors=True)


def inside(name: str, words: Sequence[str]) -> list[str]:
    """A command line that runs another in a namespace."""
    return [shutil.which("ip", path=_PATH) or "ip", "netns", "exec", name, *words]


def enter(name: str) -> None:
    """Move this thread into a namespace; `os.setns` comes with Python 3.12."""
    with Path("/run/netns", name).open("rb") as file:
        _called("setns", file.fileno(), _NEWNET)


def become(name: str) -> None:
    """Do to this process, which has one thread, what `ip netns exec` does: the namespace is its
    own, and so is what the namespace's programs are told of resolvers."""
    enter(name)
    _called("unshare", _NEWNS)
    _called("mount", b"none", b"/", None, _SLAVE | _RECURSIVE, None)
    own = Path("/etc/netns", name, "resolv.conf")
    _called("mount", bytes(own), b"/etc/resolv.conf", b"none", _BIND, None)


def _called(name: str, *values: object) -> None:
    """A function of libc; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*values):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def tun(namespace: str, device: str, addresses: Sequence[str]) -> int:
    """A device in a namespace whose other end is a file of this process: packets of IP, a read
    each. Everything is routed there."""
    enter(namespace)
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, _SET_NAME, struct.pack("16sH22x", device.encode(), _TUN | _NO_HEADER))
    for address in addresses:
        ip(
            "-n",
            namespace,
            "addr",
            "add",
            address,
            "dev",
            device,
            *(["nodad"] if ":" in address else []),
        )
    ip("-n", namespace, "link", "set", device, "up")
    ip("-n", namespace, "route", "add", "default", "dev", device)
    ip("-n", namespace, "-6", "route", "add", "default", "dev", device)
    return handle


def any_port(host: str) -> int:
    """A port that is free in this thread's namespace."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as one:
        one.bind((host, 0))
        return int(one.getsockname()[1])
