"""Becomes the program it is told to start: one that dies with its parent, and not as root.

Run as a script, `launch.py METHOD UID GID PARENT [TREE...] -- PROGRAM ARGUMENT...`, because what is
done here is unsafe between fork and exec in a process that has threads. METHOD is one of

    self        stay who we are
    own         become UID and GID, without any capability
    reached     the same, in a mount namespace of our own in which each TREE can be reached
    reaching    become UID and GID, keeping the one capability to reach below closed folders
    namespace   stay who we are outside, but be `nobody` in a user namespace of our own

Postgres refuses to run as root, and a clone may well lie below /root (mode 0700). No way widens a
permission or creates an account. With the last two the program can read what root can.
"""

import ctypes
import os
import pwd
import signal
import stat
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITIES = 64
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_NOSUID_NODEV = 2 | 4
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18


def main(arguments: list[str]) -> None:
    """Change who we are, tie us to the parent, become the program."""
    told, separator, program = _parted(arguments)
    if not separator or not program or len(told) < 4:
        raise SystemExit("usage: launch.py METHOD UID GID PARENT [TREE...] -- PROGRAM ARGUMENT...")
    method, uid, gid = told[0], int(told[1]), int(told[2])
    match method:
        case "own":
            _become(uid, gid)
        case "reached":
            _open_ways([Path(tree) for tree in told[4:]], uid, gid)
            _become(uid, gid)
        case "reaching":
            _become_reaching(uid, gid)
        case "namespace":
            _enter_namespace()
        case _:
            pass
    _die_with(int(told[3]))
    os.execv(program[0], program)  # noqa: S606


def is_closed(folder: Path, uid: int, gid: int) -> bool:
    """Whether somebody without capabilities cannot pass through a folder."""
    status = folder.stat()
    if status.st_uid == uid:
        return not status.st_mode & stat.S_IXUSR
    if status.st_gid == gid:
        return not status.st_mode & stat.S_IXGRP
    return not status.st_mode & stat.S_IXOTH


def _parted(arguments: list[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in arguments:
        return arguments, False, []
    at = arguments.index("--")
    return arguments[:at], True, arguments[at + 1 :]


def _become(uid: int, gid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # Beyond the last one that the kernel knows it refuses, which is as well.
    for capability in range(CAPABILITIES):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    # From root to somebody else the kernel drops every capability.
    os.setresuid(uid, uid, uid)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _open_ways(trees: list[Path], uid: int, gid: int) -> None:
    """In a mount namespace of our own, cover each closed folder on the way to a tree by an empty
    one that has nothing but the way to it."""
    libc = ctypes.CDLL(None, use_errno=True)
    _done(libc.unshare(CLONE_NEWNS))
    _mount(libc, b"none", Path("/"), None, MS_REC | MS_PRIVATE)
    held = {tree: os.open(tree, os.O_PATH) for tree in trees}
    covered = {c for tree in trees if (c := _first_closed(tree, uid, gid)) is not None}
    for folder in covered:
        _mount(libc, b"tmpfs", folder, b"tmpfs", MS_NOSUID_NODEV, b"mode=0755")
    for tree, descriptor in held.items():
        if covered & set(tree.parents):
            tree.mkdir(parents=True, exist_ok=True)
            _mount(libc, f"/proc/self/fd/{descriptor}".encode(), tree, None, MS_BIND | MS_REC)
        os.close(descriptor)


def _first_closed(tree: Path, uid: int, gid: int) -> Path | None:
    ways = reversed(tree.parents)
    return next((folder for folder in ways if is_closed(folder, uid, gid)), None)


def _mount(
    libc: ctypes.CDLL, what: bytes, where: Path, kind: bytes | None, flags: int, more: bytes = b""
) -> None:
    _done(libc.mount(what, os.fsencode(where), kind, ctypes.c_ulong(flags), more))


def _done(result: int) -> None:
    if result != 0:
        raise SystemExit(os.strerror(ctypes.get_errno()))


def _become_reaching(uid: int, gid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # Otherwise setuid drops the capability, and later access(2), by which initdb looks for its
    # sister programs, would not count it.
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    only = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(only, only, only, 0, 0, 0)
    # A container may lack the capability; then the folders may still be open enough.
    if libc.capset(header, effective_permitted_inheritable) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def _enter_namespace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    nobody = pwd.getpwnam("nobody")
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise SystemExit(f"no user namespace: {os.strerror(ctypes.get_errno())}")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{nobody.pw_uid} {uid} 1"),
        ("gid_map", f"{nobody.pw_gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _die_with(parent: int) -> None:
    if sys.platform != "linux":
        return
    # After the change of user, which clears it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # It may have died before we asked to be told.
    if os.getppid() != parent:
        raise SystemExit("the parent died first")


if __name__ == "__main__":
    main(sys.argv[1:])
