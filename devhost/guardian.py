"""The process that outlives its parent to kill what the parent left behind.

It reads lines from standard input, `+PGID` when a child's process group starts and `-PGID` when it has ended. Standard
input ends when the parent is gone, however it died; then every group still listed is killed. It runs in a session of
its own, so that a Ctrl-C or a kill of the parent's group passes it by, and imports nothing that is slow to load.
"""

import os
import signal
import sys
from collections.abc import Iterable


def watch(lines: Iterable[str]) -> None:
    """Follow the groups in `lines` and kill those left when the lines end."""
    groups: set[int] = set()
    for line in lines:
        group = int(line)
        if group > 0:
            groups.add(group)
        else:
            groups.discard(-group)
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watch(sys.stdin)
