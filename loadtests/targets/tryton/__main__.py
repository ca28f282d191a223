"""make target, make target-stop: a real PLM server on this machine, seeded, healthy, reached over loopback only."""

import argparse
import json
import shutil
import sys
from pathlib import Path

from loadtests.targets.tryton.dataset import Size
from loadtests.targets.tryton.instance import Instance
from loadtests.targets.tryton.prepare import prepare
from loadtests.targets.tryton.release import RELEASES, Release

STORE = Path(".targets")


def main(arguments: list[str] | None = None) -> int:
    """Start, stop or describe an instance; the exit code is 2 with one line when that cannot be done."""
    options = _parser().parse_args(arguments)
    store = options.store.resolve()
    release, folder = Release(options.release, store), store / "instances" / options.name
    instance = Instance(release, folder, options.port, options.workers, options.cores)
    try:
        answer = {"start": _start, "stop": _stop, "status": _status, "clean": _clean}[options.verb](instance, options)
    except (RuntimeError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer))
    return 0


def _start(instance: Instance, options: argparse.Namespace) -> dict[str, object]:
    if not instance.state():
        prepare(instance, Size(options.items, options.levels), options.seed, lambda text: print(text, file=sys.stderr))
        instance.start()
    return _status(instance, options)


def _stop(instance: Instance, options: argparse.Namespace) -> dict[str, object]:
    instance.remove()
    return _status(instance, options)


def _status(instance: Instance, options: argparse.Namespace) -> dict[str, object]:
    is_running = bool(instance.worker_pids())
    return {"url": instance.url, "release": instance.release.name, "running": is_running, **instance.state()}


def _clean(instance: Instance, options: argparse.Namespace) -> dict[str, object]:
    """Remove the instance, then every environment and seeded database."""
    instance.remove()
    shutil.rmtree(instance.release.store, ignore_errors=True)
    return _status(instance, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.targets.tryton", description=__doc__)
    parser.add_argument("verb", choices=["start", "stop", "status", "clean"])
    parser.add_argument("--name", default="tryton", help="a name for the instance; several may run side by side")
    parser.add_argument("--release", default="7.0", choices=RELEASES)
    parser.add_argument("--port", type=int, default=8500)
    parser.add_argument("--workers", type=int, default=4, help="synchronous worker processes")
    parser.add_argument("--cores", type=_cores, help="pin workers and database to these cores, e.g. 0 or 0,1")
    parser.add_argument("--items", type=int, default=Size().items)
    parser.add_argument("--levels", type=int, default=Size().levels)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path, default=STORE, help="where environments, data and instances lie")
    return parser


def _cores(text: str) -> tuple[int, ...]:
    return tuple(int(core) for core in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
