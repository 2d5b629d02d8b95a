"""Configs of the apps of `tests/apps` as both versions of Gradio sent them, cut to what matters."""

from __future__ import annotations

import json
from pathlib import Path

from trunkline.gradio.config import AppConfig, parse_config

FOLDER = Path(__file__).resolve().parents[1] / "core" / "gradio" / "recorded"
URL = "http://app.test"


def recorded(app: str, version: str) -> AppConfig:
    raw = json.loads((FOLDER / f"{app}-{version}.json").read_text(encoding="utf-8"))
    return parse_config(raw, URL)
