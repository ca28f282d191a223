"""Hooks of the process server: each worker says when it has loaded the application."""

import sys


def post_worker_init(worker):
    print(f"application loaded by {worker.pid}", file=sys.stderr, flush=True)
