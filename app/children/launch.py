"""The last step before a child program: gives up root, asks to end with its parent, then becomes the program.

Run as a script of its own and never imported. Python code between fork and exec of a process that has
threads may hang, so that code lives here, after an exec. Arguments: parent's pid, signal to be sent when the
parent dies, uid and gid to become (-1: stay), then the program with its arguments. Leaves with 126 and a
line on stderr when the program cannot be run.
"""

import os
import resource
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, signal_number: int) -> None:
    """Have the kernel send `signal_number` when the parent dies; leave at once when it is dead already.

    Comes after the change of user, which would clear it. Only Linux knows this.
    """
    if sys.platform != "linux":
        return
    libc_prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(126)


if sys.platform == "linux":
    import ctypes

    # Loaded before root is given up: the files of Python may lie where only root can read.
    libc_prctl = ctypes.CDLL(None).prctl


def main(arguments: list[str]) -> None:
    parent, signal_number, uid, gid = (int(a) for a in arguments[:4])
    program = arguments[4:]
    os.environ.pop("LD_LIBRARY_PATH", None)
    os.umask(0o077)
    # A core file would hold names and places of victims.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        if uid >= 0:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        end_with_parent(parent, signal_number)
        os.execv(program[0], program)  # noqa: S606
    except OSError as problem:
        sys.stderr.write(f"cannot run {program[0]} as user {os.geteuid()}: {problem}\n")
        sys.exit(126)


if __name__ == "__main__":
    main(sys.argv[1:])
