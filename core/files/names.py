"""File names as their senders give them, made harmless."""

import re
import unicodedata

LONGEST = 120
# What turns the direction of text would show "gnp.exe" for what ends in "exe.png"; the rest is invisible.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


def clean_file_name(raw: str | None) -> str:
    """The last part of ``raw`` without what could mislead a reader, a header or a file system.

    Keeps every script. Never empty: a name of which nothing is left becomes ``file``.
    """
    name = re.split(r"[/\\]", raw or "")[-1]
    name = unicodedata.normalize("NFC", _INVISIBLE.sub("", name))
    name = _FORBIDDEN.sub("_", name)
    name = re.sub(r"\s+", " ", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    name = (
        stem[: LONGEST - len(ending) - 1].rstrip(" .") + dot + ending
        if dot and len(ending) <= 10
        else name[:LONGEST]
    )
    if _DEVICES.match(name):
        name = f"_{name}"
    return name or "file"


def with_ending(name: str, ending: str) -> str:
    """``name`` with its ending replaced by ``ending``."""
    stem = name.rpartition(".")[0] or name
    return f"{stem}.{ending}"
