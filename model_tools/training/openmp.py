"""Training on cores that other processes use too."""

import os


def let_waiting_threads_sleep() -> None:
    """Makes torch's threads sleep, not spin, while they wait for one another; to be called before torch is imported.

    A training step is hundreds of short parallel loops. With one other busy process on two cores, a spinning thread
    keeps the one it waits for from running, and a step was measured to take ten times as long.
    """
    # Not a setting of ours: OpenMP's runtime listens to nothing else, once, when it is loaded.
    os.putenv("OMP_WAIT_POLICY", "PASSIVE")
