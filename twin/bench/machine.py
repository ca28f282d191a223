"""Where and with what a benchmark ran."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("numpy", "numba", "simpy", "ciw", "salabim")


def machine() -> dict[str, str]:
    """CPU model, cores this process may use, load average, operating system, versions of Python and simulators."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    system = f"{platform.system()} {platform.machine()}"
    about = {"CPU": _cpu_model(), "cores": str(cores), "load": load, "system": system}
    return {**about, "Python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
