"""What a process that trains asks of the libraries under torch."""

import ctypes
import os

_SPINS = 2000
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Of glibc's malloc.h."""
_LARGEST_KEPT = 32 << 20
"""Bytes; the most that glibc takes."""
_KEPT = 512 << 20
"""Bytes at the end of the heap that are not handed back."""


def prepare_process() -> None:
    """Makes a training step cheaper; to be called before torch is imported."""
    _let_waiting_threads_sleep()
    _keep_freed_memory()


def _let_waiting_threads_sleep() -> None:
    """On cores that other processes use too, torch's threads shall soon sleep while they wait for one another.

    A training step is hundreds of short parallel loops. With one other busy process on two cores, a thread that spins
    as long as OpenMP's runtime has it do keeps the one it waits for from running: a step was measured to take five
    times as long. One that never spins costs a third on a machine that is idle. Some microseconds are between the two.
    """
    # Not a setting of ours: OpenMP's runtime (GNU's, which torch brings) listens to nothing else, once, when loaded.
    os.putenv("GOMP_SPINCOUNT", str(_SPINS))


def _keep_freed_memory() -> None:
    """Has malloc keep what torch frees, since the next step asks for as much again.

    By default glibc maps each large block anew and hands it back when it is freed; the kernel then clears every page of
    every activation in every step. On sixteen loan agreements that was a third of the time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:  # another C library has its own ways
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
