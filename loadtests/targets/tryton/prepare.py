"""A seeded database, made once for each release, size and seed, and copied from then on."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable

from loadtests.targets.tryton.dataset import PASSWORD, Size, dataset
from loadtests.targets.tryton.instance import DATABASE, Instance
from loadtests.targets.tryton.release import HERE, Release, run

SEED_SCRIPT = HERE / "inside" / "seed.py"
Say = Callable[[str], None]


def prepare(instance: Instance, size: Size, seed: int, say: Say) -> None:
    """Give a stopped instance the data of `size` and `seed`, fresh, and build what that needs.

    Raises RuntimeError when the instance runs, ValueError when the size makes no data set.
    """
    if instance.state():
        raise RuntimeError(f"{instance.folder} already runs; stop it first")
    release = instance.release
    if not release.is_built:
        say(f"installing Tryton {release.name} in an environment of its own (once, about a minute) ...")
        release.build()
    source = seeded(release, size, seed, say)
    instance.remove()
    clone(source, instance)


def clone(source: Instance, copy: Instance) -> None:
    """Give the stopped instance `copy` the database and the files of the stopped instance `source`."""
    copy.folder.mkdir(parents=True, exist_ok=True)
    source.cluster.copy_to(copy.cluster.folder)
    shutil.copytree(source.vault, copy.vault, dirs_exist_ok=True)


def seeded(release: Release, size: Size, seed: int, say: Say) -> Instance:
    """A stopped instance that holds the data; made aside and renamed, so that it is never half there."""
    data = json.dumps(dataset(size, seed), sort_keys=True)
    digest = hashlib.sha256(b"".join([data.encode(), release.pins.read_bytes(), SEED_SCRIPT.read_bytes()])).hexdigest()
    place = release.store / f"seeded-{release.name}-{size.items}x{size.levels}-{digest[:12]}"
    if not (place / "data" / "PG_VERSION").is_file():
        say(f"seeding {size.items:,} items on {size.levels} levels (once; 20,000 items take a few minutes) ...")
        aside = Instance(release, place.with_name(f".{place.name}-{os.getpid()}"))
        try:
            _seed(aside, data)
            shutil.rmtree(place, ignore_errors=True)
            aside.folder.rename(place)
        finally:
            aside.remove()
    return Instance(release, place)


def _seed(aside: Instance, data: str) -> None:
    python = str(aside.release.python)
    uri, _ = aside.cluster.start()
    aside.cluster.create(DATABASE)
    aside.cluster.set_durable(False)
    aside.configure(uri)
    (aside.folder / "dataset.json").write_text(data, encoding="utf-8")
    (aside.folder / "password").write_text(PASSWORD, encoding="utf-8")
    environment = {**aside.environment(), "TRYTONPASSFILE": str(aside.folder / "password")}
    admin = [str(aside.release.python.with_name("trytond-admin")), "-c", str(aside.settings), "-d", DATABASE]
    modules = ["-u", "production", "--activate-dependencies", "--email", "admin@example.org"]
    run([python, *admin, *modules], "making Tryton's tables", environment)
    files = [str(aside.settings), DATABASE, str(aside.folder / "dataset.json")]
    run([python, str(SEED_SCRIPT), *files], "seeding", environment)
    aside.cluster.set_durable(True)
    aside.cluster.stop()
