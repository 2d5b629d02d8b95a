"""Real Gradio apps, those of `tests/apps`, in processes of either version.

An `AppHost` is one process that serves any number of apps, each on a port of its own: importing Gradio takes two
seconds, one more app a tenth of one. An app that a test wants to kill gets a host to itself (`LoneApp`).
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

import aiohttp

Version: TypeAlias = Literal["5", "6"]
VERSIONS: tuple[Version, ...] = ("6", "5")

ROOT = Path(__file__).resolve().parents[2]
HOST = ROOT / "tests" / "apps" / "host.py"
START_SECONDS = 60.0


def interpreter(version: Version) -> Path:
    """The Python that has this Gradio: the one running the tests, or that of the environment beside it."""
    if version == "6":
        return Path(sys.executable)
    chosen = Path(os.environ.get("TRUNKLINE_GRADIO5_PYTHON", ROOT / ".venv-gradio5" / "bin" / "python"))
    if not chosen.exists():
        raise FileNotFoundError(
            f"{chosen} is no Python: install Gradio 5.49.1 in an environment of its own (`make test` does)"
            " and name its Python in TRUNKLINE_GRADIO5_PYTHON"
        )
    return chosen


class AppHost:
    """One process with one version of Gradio. Not for use by several threads at once."""

    def __init__(self, version: Version, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """Starts the process; `folder` takes all it writes, its standard error in `stderr.txt`."""
        self.version = version
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "stderr.txt").open("ab") as errors:
            self._process = subprocess.Popen(
                [interpreter(version), "-u", HOST],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env=_environment(folder) | dict(environment or {}),
            )

    def start(self, app: str, *, port: int = 0, options: Mapping[str, str] | None = None) -> str:
        """Serve a fresh instance of an app; returns its address once it answers.

        `options` reach the app as environment variables `APP_<NAME>`.
        """
        return str(self._ask({"start": app, "port": port, "options": dict(options or {})})["url"])

    def stop(self, url: str) -> None:
        self._ask({"stop": url})

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def close(self) -> None:
        self.kill()

    def _ask(self, command: Mapping[str, Any]) -> Mapping[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(command).encode() + b"\n")
        stdin.flush()
        answer = json.loads(self._line(stdout))
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']}\n{self._errors()}")
        return dict(answer)

    def _line(self, stdout: IO[bytes]) -> bytes:
        with selectors.DefaultSelector() as ready:
            ready.register(stdout, selectors.EVENT_READ)
            if not ready.select(START_SECONDS):
                raise TimeoutError(f"no answer within {START_SECONDS} s\n{self._errors()}")
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"the host of Gradio {self.version} ended\n{self._errors()}")
        return line

    def _errors(self) -> str:
        return (self._folder / "stderr.txt").read_text(errors="replace")[-4000:]


class LoneApp:
    """An app in a process of its own, that can be killed and started again on the same port."""

    def __init__(self, app: str, version: Version, folder: Path, options: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._version = version
        self._folder = folder
        self._options = options
        self._host = AppHost(version, folder)
        self.url = self._host.start(app, options=options)

    def kill(self) -> None:
        self._host.kill()

    def start(self, app: str | None = None) -> None:
        """Start again where it was, after `kill`; `app` puts another app in its place."""
        self._host = AppHost(self._version, self._folder)
        self._host.start(app or self._app, port=int(self.url.rpartition(":")[2]), options=self._options)

    def restart(self, app: str | None = None) -> None:
        self.kill()
        self.start(app)

    def close(self) -> None:
        self._host.close()


async def call(url: str, endpoint: str, *arguments: Any) -> Any:
    """What an endpoint outside the queue answers: the doors through which tests look into an app."""
    timeout = aiohttp.ClientTimeout(total=START_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(f"{url}/gradio_api/run/{endpoint}", json={"data": list(arguments)}) as response,
    ):
        body = await response.json()
        if response.status != 200:
            raise RuntimeError(f"{endpoint} answered {response.status}: {body}")
        data = body["data"]
        return data[0] if len(data) == 1 else data


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRADIO_", "HF_"))}
    return kept | {
        "GRADIO_ANALYTICS_ENABLED": "False",
        # Gradio gathers figures of every event unless told to do so rarely, and slows down by it.
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000",
        "GRADIO_TEMP_DIR": str(folder / "files"),
        "GRADIO_EXAMPLES_CACHE": str(folder / "examples"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(folder),
    }
