"""Training on cores that other processes use too."""

import os

_SPINS = 2000


def let_waiting_threads_sleep() -> None:
    """Makes torch's threads soon sleep while they wait for one another; to be called before torch is imported.

    A training step is hundreds of short parallel loops. With one other busy process on two cores, a thread that spins
    as long as OpenMP's runtime has it do keeps the one it waits for from running: a step was measured to take five
    times as long. One that never spins costs a third on a machine that is idle. Some microseconds are between the two.
    """
    # Not a setting of ours: OpenMP's runtime (GNU's, which torch brings) listens to nothing else, once, when loaded.
    os.putenv("GOMP_SPINCOUNT", str(_SPINS))
