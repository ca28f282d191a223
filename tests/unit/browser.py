"""A headless browser driven over its debugging protocol: enough to open a page, press keys, click and look."""

import asyncio
import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in _NAMES if (found := shutil.which(name))), "")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Browser:
    """One page of a headless Chromium, until it is closed."""

    def __init__(self, width: int = 1280, height: int = 1500) -> None:
        self._folder, self._port = tempfile.mkdtemp(), free_port()
        words = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={self._folder}",
                 f"--remote-debugging-port={self._port}", f"--window-size={width},{height}", "about:blank"]  # fmt: skip
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen([CHROMIUM, *words], **quiet, env={**os.environ, "HOME": self._folder})
        self._loop, self._count = asyncio.new_event_loop(), 0
        self._socket = self._loop.run_until_complete(self._connected())

    async def _connected(self) -> Any:
        from tornado.websocket import websocket_connect

        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/json") as answer:
                    pages = [one for one in json.load(answer) if one["type"] == "page"]
                return await websocket_connect(pages[0]["webSocketDebuggerUrl"], max_message_size=2**27)
            except (OSError, IndexError):
                await asyncio.sleep(0.2)
        raise TimeoutError("the browser did not start")

    def call(self, method: str, **params: Any) -> Any:
        """The answer to a command of the debugging protocol."""
        return self._loop.run_until_complete(self._call(method, params))

    async def _call(self, method: str, params: dict[str, Any]) -> Any:
        self._count += 1
        await self._socket.write_message(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            answer = json.loads(await self._socket.read_message())
            if answer.get("id") == self._count:
                return answer.get("result", answer)

    def open(self, url: str) -> None:
        """Go to a page."""
        self.call("Page.navigate", url=url)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer.get("result", {}).get("value")

    def wait(self, expression: str, seconds: float = 60.0) -> Any:
        """The expression's value as soon as it is true. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.value(expression)
            if found:
                return found
            time.sleep(0.1)
        raise TimeoutError(f"not true within {seconds} s: {expression}")

    def key(self, name: str, code: int) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code)

    def picture(self, path: Path) -> None:
        """Save what the page looks like."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        """End the browser."""
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=20)
        self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)
