"""Becomes the program it is told to start: one that dies with its parent, and not as root.

Run as a script, `launch.py METHOD PARENT -- PROGRAM ARGUMENT...`, because what is done here is
unsafe between fork and exec in a process that has threads. METHOD is one of

    self        stay who we are
    nobody      become `nobody`, keeping the one capability to reach below closed folders
    namespace   stay who we are outside, but be `nobody` in a user namespace of our own

Postgres refuses to run as root, and a clone may well lie below /root (mode 0700). Neither way
widens a permission or creates an account.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000


def main(arguments: list[str]) -> None:
    """Change who we are, tie us to the parent, become the program."""
    method, parent, separator, *program = arguments
    if separator != "--" or not program:
        raise SystemExit("usage: launch.py self|nobody|namespace PARENT -- PROGRAM ARGUMENT...")
    match method:
        case "nobody":
            _become_nobody()
        case "namespace":
            _enter_namespace()
        case _:
            pass
    _die_with(int(parent))
    os.execv(program[0], program)  # noqa: S606


def _become_nobody() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    nobody = pwd.getpwnam("nobody")
    # Otherwise setuid drops the capability, and later access(2), by which initdb looks for its
    # sister programs, would not count it.
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
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
