"""Becomes another program that cannot outlive its parent. Run by path, in a process made for it; imports little.

``launcher.py PARENT_PID DEATH_SIGNAL ACCOUNT -- COMMAND...``; ACCOUNT is ``uid:gid``, or ``-`` for our own.
A ``preexec_fn`` would do the same, but may deadlock where the parent has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent_pid: int, death_signal: int, account: str, command: list[str]) -> None:
    if account != "-":
        uid, gid = map(int, account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of account, which would clear it ("man 2 prctl").
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent_pid:  # it died before the line above
        return
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        os.execvp(command[0], command)
    except OSError as exc:
        sys.exit(f"{command[0]} cannot be run: {exc.strerror}")


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[5:])
