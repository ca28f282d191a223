"""What a replication frees is there for the next one: its pages are not asked for again."""

import subprocess
import sys

import pytest

from twin.simulate.memory import keep_freed_memory

PROGRAM = """
import resource, sys
import numpy as np
from twin.simulate.memory import keep_freed_memory
if "kept" in sys.argv:
    keep_freed_memory()
for _ in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays = [np.ones(1 << 20) for _ in range(10)]
    del arrays
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*arguments: str) -> int:
    """Pages asked for in the third of three rounds over 80 MB."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not keep_freed_memory(), reason="a C library that is not told what to keep")
def test_pages_of_freed_arrays_are_not_asked_for_again() -> None:
    assert faults("kept") <= 2 < faults()
