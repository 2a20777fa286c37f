"""The built style sheets, scripts, icons and fonts: public code under hashed, immutable names."""

import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, send_from_directory

from core.permissions import public

BUILD = Path(__file__).parent / "static" / "build"


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    try:
        names: dict[str, str] = json.loads((BUILD / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return names


def asset(name: str) -> str:
    """The address of a built file by its plain name, such as ``app.css``."""
    return f"/static/{_manifest().get(name, name)}"


@public("style sheets, scripts, icons and fonts are public code")
def static_file(name: str) -> Response:
    """Serve a built file; its hashed name lets browsers keep it for a year."""
    if name == "manifest.json":
        abort(404)
    response = send_from_directory(BUILD, name, max_age=31_536_000)
    response.cache_control.immutable = True
    response.cache_control.public = True
    response.cache_control.no_cache = None
    return response


def init_assets(app: Flask) -> None:
    """Serve the built files under ``/static`` and give templates ``asset``."""
    app.add_url_rule("/static/<path:name>", "static", static_file)
    app.jinja_env.globals["asset"] = asset
