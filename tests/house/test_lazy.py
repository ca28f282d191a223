"""Start-up loads nothing heavy: help and checks answer at once, engines and figures load when used."""

import subprocess
import sys

import pytest
from sources import ROOT

HEAVY = ("numba", "matplotlib", "pandas", "scipy", "networkx", "simpy", "pyarrow", "jinja2", "distributed", "nicegui")
TYPED = """
import sys
sys.argv = {words!r}
from twin.cli import main
try:
    main()
except SystemExit as end:
    assert end.code in (0, None), end.code
"""
CHECK = ["twin", "check", "scenarios/manufacturer_year.yaml"]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import twin", id="import twin"),
        pytest.param("import twin; dir(twin)", id="dir(twin)"),
        pytest.param("import twin.spec.load", id="import twin.spec.load"),
        pytest.param(TYPED.format(words=["twin", "--help"]), id="twin --help"),
        pytest.param(TYPED.format(words=CHECK), id="twin check"),
    ],
)
def test_start_up_loads_nothing_heavy(program: str) -> None:
    assert loaded(program) == []


def loaded(program: str) -> list[str]:
    """Heavy libraries in the process after the program ran; a program that fails fails the test."""
    report = f"import sys; print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()[-1].split()[1:]
