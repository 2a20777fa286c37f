"""The manual wears the application's colours and letters, taken from where the application has them."""

import json
import re
import shutil
from pathlib import Path

# Furo's names, and the tokens of the application that they take.
_COLOURS = {
    "color-background-primary": "m-sheet",
    "color-background-secondary": "m-ground",
    "color-background-hover": "m-well",
    "color-background-hover--transparent": "m-well",
    "color-background-border": "m-line",
    "color-background-item": "m-line",
    "color-foreground-primary": "m-ink",
    "color-foreground-secondary": "m-ink-soft",
    "color-foreground-muted": "m-ink-soft",
    "color-foreground-border": "m-edge",
    "color-brand-primary": "city-accent",
    "color-brand-content": "city-accent",
    "color-brand-visited": "city-accent",
    "color-link--visited": "city-accent",
    "color-link--visited--hover": "m-ink",
    "color-link--hover": "m-ink",
    "color-inline-code-background": "m-well",
    "color-code-background": "m-well",
    "color-highlight-on-target": "m-wait-bg",
    "color-highlighted-background": "m-wait-bg",
    "color-highlighted-text": "m-wait-ink",
    "color-admonition-background": "m-ground",
    "color-sidebar-item-background--hover": "m-well",
    "color-sidebar-item-expander-background--hover": "m-well",
    "color-sidebar-caption-text": "m-ink-soft",
    "color-toc-title-text": "m-ink-soft",
    "manual-label-ground": "m-well",
    "manual-line": "m-line",
    "manual-focus": "m-focus",
}
_EVERYWHERE = {
    "font-stack": '"IBM Plex Sans Variable", "IBM Plex Sans Arabic", sans-serif',
    "font-stack--headings": "var(--font-stack)",
}
_TOKEN = re.compile(r"--([\w-]+):\s*light-dark\(\s*(#\w+)\s*,\s*(#\w+)\s*\)")
_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_FILE = re.compile(r"url\(([^)]+\.woff2)\)")


def variables(tokens: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Furo's variables in light and in dark, from the sheet of the application's tokens.

    Raises ``KeyError`` for a token that is no longer there.
    """
    pairs = {
        name: (light, dark)
        for name, light, dark in _TOKEN.findall(tokens.read_text(encoding="utf-8"))
    }
    light = {ours: pairs[token][0] for ours, token in _COLOURS.items()}
    dark = {ours: pairs[token][1] for ours, token in _COLOURS.items()}
    return light | _EVERYWHERE, dark


def write_fonts(front: Path, target: Path) -> None:
    """Write ``fonts.css``, its files and the mark into ``target``, from the front end built in ``front``.

    Raises ``FileNotFoundError`` with a sentence if there is none.
    """
    listing = front / "manifest.json"
    if not listing.exists():
        raise FileNotFoundError(
            "The manual takes its letters from the front end: `make front` builds it."
        )
    names = json.loads(listing.read_text(encoding="utf-8"))
    faces = _FACE.findall((front / names["app.css"]).read_text(encoding="utf-8"))
    target.mkdir(parents=True, exist_ok=True)
    for name in {file for face in faces for file in _FILE.findall(face)}:
        # The files of another build keep their date, so that Sphinx copies only what is new.
        if not (target / name).exists():
            shutil.copyfile(front / name, target / name)
    shutil.copyfile(front / names["favicon.svg"], target / "mark.svg")
    (target / "fonts.css").write_text("\n".join(faces) + "\n", encoding="utf-8")
