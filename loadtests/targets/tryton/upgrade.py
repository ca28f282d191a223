"""A new release's database, made from a copy of the old one's by Tryton's own upgrade."""

import hashlib
import json
import os
import shutil
import time
from pathlib import Path

from loadtests.targets.tryton.dataset import Size, dataset
from loadtests.targets.tryton.instance import DATABASE, Instance
from loadtests.targets.tryton.prepare import Say, clone, seeded
from loadtests.targets.tryton.release import HERE, Release, run

SCRIPT = HERE / "inside" / "migrate.py"
NOTE = "upgrade.json"


def prepare_both(old: Instance, new: Instance, size: Size, seed: int, say: Say) -> float:
    """Seconds that the database's upgrade took which gives two stopped instances the same data.

    The old one's is seeded, the new one's upgraded from a copy of it; both are made once and copied from then on.
    Raises RuntimeError with the last words of whatever failed, or when one of them runs.
    """
    for instance in (old, new):
        if instance.state():
            raise RuntimeError(f"{instance.folder} already runs; stop it first")
        if not instance.release.is_built:
            say(f"installing Tryton {instance.release.name} in an environment of its own (once, about a minute) ...")
            instance.release.build()
    source = seeded(old.release, size, seed, say)
    result = upgraded(source, new.release, dataset(size, seed)["users"], say)
    for start, instance in ((source, old), (result, new)):
        instance.remove()
        clone(start, instance)
    return float(json.loads((result.folder / NOTE).read_text(encoding="utf-8"))["length_s"])


def upgraded(source: Instance, release: Release, users: list[dict[str, str]], say: Say) -> Instance:
    """A stopped instance of `release` with the upgraded data of `source`; made aside and renamed, never half there."""
    told = [source.folder.name.encode(), release.pins.read_bytes(), SCRIPT.read_bytes()]
    digest = hashlib.sha256(b"".join(told)).hexdigest()[:12]
    place = release.store / f"upgraded-{release.name}-from-{source.folder.name.removeprefix('seeded-')}-{digest}"
    if not (place / "data" / "PG_VERSION").is_file():
        say(f"upgrading a copy of the database from {source.release.name} to {release.name} (once, about a minute) ...")
        aside = Instance(release, place.with_name(f".{place.name}-{os.getpid()}"))
        try:
            clone(source, aside)
            length_s = _upgrade(aside, users)
            (aside.folder / NOTE).write_text(json.dumps({"length_s": length_s}), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            aside.folder.rename(place)
        finally:
            aside.remove()
    return Instance(release, place)


def _upgrade(aside: Instance, users: list[dict[str, str]]) -> float:
    """Seconds that the statements and the release's own upgrade took; then everyone gets the password again."""
    python = str(aside.release.python)
    uri, _ = aside.cluster.start()
    aside.configure(uri)
    environment = aside.environment()
    start = time.monotonic()
    run([python, str(SCRIPT), "before", str(aside.cluster.folder), DATABASE], "the statements before the upgrade")
    admin = str(Path(python).with_name("trytond-admin"))
    command = [python, admin, "-c", str(aside.settings), "-d", DATABASE, "--all", "--email", "admin@example.org"]
    run(command, "Tryton's upgrade of the database", environment)
    length_s = time.monotonic() - start
    names = aside.folder / "users.json"
    names.write_text(json.dumps(users), encoding="utf-8")
    words = [str(aside.settings), DATABASE, str(names)]
    run([python, str(SCRIPT), "passwords", *words], "giving users their passwords", environment)
    aside.cluster.stop()
    return length_s
