"""What a training process asks of the libraries under torch."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, resource, sys
if sys.argv[1] == "prepared":
    from model_tools.training.process import prepare_process
    prepare_process()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def step():
    blocks = [libc.malloc(8 << 20) for _ in range(10)]
    for block in blocks:
        ctypes.memset(block, 1, 8 << 20)
    for block in reversed(blocks):
        libc.free(block)
step()
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is about glibc")
def test_freed_memory_is_kept_for_the_next_step() -> None:
    def faults(how: str) -> int:
        return int(subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, check=True).stdout)

    assert faults("prepared") < faults("as it comes") / 4


def test_torch_comes_after_the_settings_of_its_threads() -> None:
    program = (
        "import os, sys; import model_tools.training.process as process; process.prepare_process(); "
        "assert 'torch' not in sys.modules; os.execvp(sys.executable, [sys.executable, '-c', "
        "'import os; print(os.environ[\"GOMP_SPINCOUNT\"])'])"
    )
    assert int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout) > 0
