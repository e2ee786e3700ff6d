"""A headless Chromium that is started once and driven through its pipe: pictures and measures of pages."""

import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COMMAND = "chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-lcd-text", "--font-render-hinting=none", "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip


def is_there() -> bool:
    return shutil.which(COMMAND) is not None


class Page:
    """One tab. The protocol is https://chromedevtools.github.io/devtools-protocol: JSON, ended by a NUL."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._read = b""
        self._count = 0
        self._session = ""
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._frame = self("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer; events on the way are passed over."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self._commands, rest) :]
        while True:
            answer = self._answer()
            if answer.get("id") == self._count:
                assert "error" not in answer, f"{method}: {answer}"
                result: dict[str, Any] = answer["result"]
                return result

    def _answer(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            chunk = os.read(self._answers, 1 << 20)
            assert chunk, "the browser has gone"
            self._read += chunk
        line, _, self._read = self._read.partition(b"\0")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def show(self, html: str, width: int, scheme: str) -> tuple[int, int]:
        """Lays the page out; returns the width and the height in pixels that its content takes."""
        self("Emulation.setDeviceMetricsOverride", width=width, height=400, deviceScaleFactor=1, mobile=False)
        self("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self("Page.setDocumentContent", frameId=self._frame, html=html)
        return self.measure("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")

    def measure(self, expression: str) -> Any:
        """The expression's value, once every picture can be painted."""
        loaded = f"Promise.all([...document.images].map((i) => i.decode())).then(() => {expression})"
        answer = self("Runtime.evaluate", expression=loaded, returnByValue=True, awaitPromise=True)
        return answer["result"]["value"]

    def picture(self, width: int, height: int) -> bytes:
        """The whole page as a PNG."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


FONTS = tuple(
    Path("/usr/share/fonts/truetype") / name
    for name in (
        "liberation/LiberationSans-Regular.ttf",
        "liberation/LiberationSans-Bold.ttf",
        "dejavu/DejaVuSans.ttf",
        "dejavu/DejaVuSans-Bold.ttf",
    )
)
"""What the browser draws with, whatever else is installed: Arial's twin, and one of many scripts."""

FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern">
    <edit name="family" mode="append" binding="strong"><string>Liberation Sans</string></edit>
  </match>
</fontconfig>
"""


def fonts_missing() -> list[str]:
    return [path.name for path in FONTS if not path.is_file()]


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A browser with a profile of its own; it is gone afterwards."""
    read_commands, commands = os.pipe()
    answers, write_answers = os.pipe()
    line = f'exec "$0" "$@" 3<&{read_commands} 4>&{write_answers}'
    started = ["bash", "-c", line, COMMAND, *FLAGS, f"--user-data-dir={profile}"]
    surroundings = dict(os.environ)
    if not fonts_missing():
        surroundings["FONTCONFIG_FILE"] = str(_fonts_conf(profile))
    with subprocess.Popen(
        started,
        pass_fds=(read_commands, write_answers),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=surroundings,
    ) as process:
        os.close(read_commands)
        os.close(write_answers)
        try:
            yield Page(commands, answers)
        finally:
            process.terminate()
            os.close(commands)
            os.close(answers)


def _fonts_conf(directory: Path) -> Path:
    fonts = directory / "fonts"
    fonts.mkdir(parents=True)
    for path in FONTS:
        (fonts / path.name).symlink_to(path)
    conf = directory / "fonts.conf"
    text = FONTS_CONF.format(fonts=fonts, cache=directory / "font-cache")
    conf.write_text(text, encoding="utf-8")
    return conf


def environment() -> dict[str, str]:
    """What decides how letters are drawn: the browser's version and the fonts that it is given."""
    version = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True, timeout=30)
    fonts = hashlib.sha256()
    for path in FONTS:
        fonts.update(path.read_bytes() if path.is_file() else b"none")
    return {"browser": version.stdout.strip(), "fonts": fonts.hexdigest()}
