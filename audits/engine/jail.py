"""What a forked run gives up before it touches a stranger's bytes: resources and system calls.

The seccomp filter is there because rlimits and mounts leave gaps that were found by trying:
``RLIMIT_NPROC`` does not bind root; a read-only descriptor of the artifact store can be opened anew
for writing through ``/proc/self/fd``, or have its mode changed; a signal reaches the warm host.
"""

import ctypes
import os
import platform
import resource
import struct
import sys

from audits.engine.job import Limits

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

ALLOW = 0x7FFF0000
REFUSE = 0x00050001  # errno EPERM
UNKNOWN = 0x00050026  # errno ENOSYS: glibc then takes the older call, whose arguments can be read
KILL = 0x80000000

LOAD, JUMP_EQUAL, JUMP_SET, AND, RETURN = 0x20, 0x15, 0x45, 0x54, 0x06
NUMBER, ARCHITECTURE, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32

X32 = 0x40000000
CLONE_THREAD = 0x10000
WRITES = 0x243  # O_WRONLY | O_RDWR | O_CREAT | O_TRUNC
FRESH = 0xC0  # O_CREAT | O_EXCL: only a file that was not there
IOCTLS = (0x5412, 0x40086602, 0x401C5820)  # TIOCSTI, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR

# Names with their numbers on (x86-64, arm64); None where the machine has no such call.
REFUSED: dict[str, tuple[int | None, int]] = {
    "socket": (41, 198),
    "ptrace": (101, 117),
    "execve": (59, 221),
    "execveat": (322, 281),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "open_by_handle_at": (304, 265),
    "truncate": (76, 45),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
}
OLDER = (57, 58, 85, 90, 92, 94, 132, 235, 261)  # x86-64: fork, vfork, creat, chmod … futimesat
ABSENT = {"clone3": (435, 435), "openat2": (437, 437)}
CLONE, OPENAT, IOCTL, KILLS = (56, 220), (257, 56), (16, 29), ((62, 129), (234, 131))
OPEN = 2  # x86-64 only
PRLIMIT = (302, 261)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

Instruction = tuple[int, int, int, int]


def limit(limits: Limits, *, isolated: bool) -> None:
    """Set this process' rlimits; memory counts what comes on top of the warm host's."""
    memory = _address_space() + limits.memory_bytes
    wanted = {
        resource.RLIMIT_CPU: (limits.cpu_seconds, limits.cpu_seconds + 5),
        resource.RLIMIT_FSIZE: (limits.file_bytes, limits.file_bytes),
        resource.RLIMIT_NOFILE: (limits.files, limits.files),
        resource.RLIMIT_CORE: (0, 0),
    }
    if sys.platform == "linux":
        wanted[resource.RLIMIT_AS] = (memory, memory)
    if isolated:
        wanted[resource.RLIMIT_NPROC] = (limits.processes, limits.processes)
    for which, (soft, hard) in wanted.items():
        ceiling = resource.getrlimit(which)[1]
        most = ceiling if ceiling != resource.RLIM_INFINITY else hard
        resource.setrlimit(which, (min(soft, most), min(hard, most)))


def hide() -> None:
    """Keep other processes of this user out of this one's memory."""
    _prctl(PR_SET_DUMPABLE, 0)


def die_with_parent() -> None:
    _prctl(PR_SET_PDEATHSIG, 9)


def filter_calls() -> bool:
    """Refuse the calls that no check needs; False where this kernel or machine has no filter."""
    machine = MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return False
    program = b"".join(struct.pack("=HBBI", *one) for one in _program(*machine, os.getpid()))
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    pointer = ctypes.create_string_buffer(header, len(header))
    if _prctl(PR_SET_NO_NEW_PRIVS, 1) != 0:
        return False
    return _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(pointer)) == 0


def _program(column: int, architecture: int, own: int) -> list[Instruction]:
    refused = [pair[column] for pair in REFUSED.values()] + (list(OLDER) if column == 0 else [])
    found = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (JUMP_SET, 0, 1, X32),
        (RETURN, 0, 0, KILL),
    ]
    for number in refused:
        if number is not None:
            found += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    for pair in ABSENT.values():
        found += [(JUMP_EQUAL, 0, 1, pair[column]), (RETURN, 0, 0, UNKNOWN)]
    found += _when(CLONE[column], FIRST, [(JUMP_SET, 0, 1, CLONE_THREAD), (RETURN, 0, 0, ALLOW)])
    for pair in KILLS:
        found += _when(pair[column], FIRST, [(JUMP_EQUAL, 0, 1, own), (RETURN, 0, 0, ALLOW)])
    itself = [step for pid in (0, own) for step in ((JUMP_EQUAL, 0, 1, pid), (RETURN, 0, 0, ALLOW))]
    found += _when(PRLIMIT[column], FIRST, itself)
    found += _when(OPENAT[column], THIRD, _reading())
    if column == 0:
        found += _when(OPEN, SECOND, _reading())
    found += _when(IOCTL[column], SECOND, _harmless())
    return [*found, (RETURN, 0, 0, ALLOW)]


def _when(number: int, argument: int, body: list[Instruction]) -> list[Instruction]:
    """Judge one call by its argument; what ``body`` does not allow is refused."""
    block = [(LOAD, 0, 0, argument), *body, (RETURN, 0, 0, REFUSE)]
    return [(JUMP_EQUAL, 0, len(block), number), *block]


def _reading() -> list[Instruction]:
    return [
        (JUMP_SET, 1, 0, WRITES),
        (RETURN, 0, 0, ALLOW),
        (AND, 0, 0, FRESH),
        (JUMP_EQUAL, 0, 1, FRESH),
        (RETURN, 0, 0, ALLOW),
    ]


def _harmless() -> list[Instruction]:
    refused = [
        part for code in IOCTLS for part in ((JUMP_EQUAL, 0, 1, code), (RETURN, 0, 0, REFUSE))
    ]
    return [*refused, (RETURN, 0, 0, ALLOW)]


def _prctl(*arguments: int) -> int:
    if sys.platform != "linux":
        return -1
    library = ctypes.CDLL(None, use_errno=True)
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:5]]
    return int(library.prctl(ctypes.c_int(arguments[0]), *padded[1:]))


def _address_space() -> int:
    """Return this process' address space in bytes; zero where /proc does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
