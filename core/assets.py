"""The built style sheets, scripts, icons and fonts: public code under hashed, immutable names."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, send_from_directory
from markupsafe import Markup

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


# Drawn here and not by macros: a page shows the same few dozen times, and a macro costs ten times as much.
@lru_cache(maxsize=1024)
def icon(name: str, cls: str = "") -> Markup:
    """An icon of the sprite, as decoration: a button of an icon alone carries hidden text beside it."""
    return Markup(
        '<svg class="icon{}" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" '
        'stroke-linecap="round" stroke-linejoin="round"><use href="{}#{}"/></svg>'
    ).format(f" {cls}" if cls else "", asset("icons.svg"), name)


def arms(city: Any) -> Markup:
    """A coat of arms; ``city`` has ``arms``, or is the name of a drawing in core/static/arms.svg."""
    return _arms((city if isinstance(city, str) else city.arms) or "house")


@lru_cache(maxsize=256)
def _arms(drawing: str) -> Markup:
    return Markup(
        '<svg class="m-arms" aria-hidden="true" focusable="false"><use href="{}#arms-{}"/></svg>'
    ).format(asset("icons.svg"), drawing)


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
    """Serve the built files under ``/static`` and give templates ``asset``, ``icon`` and ``arms``."""
    app.add_url_rule("/static/<path:name>", "static", static_file)
    app.jinja_env.globals.update(asset=asset, icon=icon, arms=arms)
