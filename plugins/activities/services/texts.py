"""Title and description: what core keeps of them, and in which language a reader gets them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.api import SCRIPT_SISTERS, OriginalText, Searchable, Viewer, db, follow, keep_originals
from plugins.activities.models import Activity
from plugins.activities.services.access import ref_of
from plugins.activities.words import Visibility

LONGEST_TITLE = 200
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class ShownText:
    """A title with its description, the language they are in, and whether that is the reader's own.

    ``state`` is "original", "translated", "approved" or "outdated". A description that nobody has translated yet
    stays in its own language.
    """

    title: str
    description: str
    language: str
    own_language: bool
    state: str
    description_language: str


def shown_text(
    title: str,
    description: str,
    language: str,
    translations: Mapping[str, Any] | None,
    reader: str,
) -> ShownText:
    """The text for a reader of ``reader``."""
    if language == reader:
        return ShownText(title, description, language, True, "original", language)
    for code in (reader, SCRIPT_SISTERS.get(reader, "")):
        found = (translations or {}).get(code)
        if found and found.get("title"):
            told = found.get("description") or ""
            return ShownText(
                found["title"],
                told or description,
                code,
                True,
                found.get("state", "translated"),
                code if told else language,
            )
    own = SCRIPT_SISTERS.get(reader) == language
    return ShownText(title, description, language, own, "original", language)


# A change of one of these changes what core keeps: the texts, who may see them, when they are needed.
KEPT_FIELDS = frozenset({"title", "description", "language", "visibility", "start_date"})


def original_of(activity: Activity | Mapping[str, Any]) -> OriginalText:
    """What core keeps of an activity, or of a row that is about to be one."""
    said = (
        activity
        if isinstance(activity, Mapping)
        else {name: getattr(activity, name) for name in (*KEPT_FIELDS, "id")}
    )
    return OriginalText(
        ref_of(said["id"]),
        said["language"],
        {"title": said["title"], "description": said.get("description") or ""},
        shared=said["visibility"] == Visibility.MEMBERS,
        needed_on=said["start_date"],
    )


# What the search reads of an activity.
FOUND_BY = (
    "title", "description", "language", "translations", "place", "result", "worked", "not_worked",
    "objective", "funding", "start_date", "series_id",
)  # fmt: skip


def searchable_of(activity: Activity | Mapping[str, Any]) -> Searchable:
    """What an activity is found by, or a row that is about to be one: all its texts, in every language."""
    said = (
        activity
        if isinstance(activity, Mapping)
        else {name: getattr(activity, name) for name in (*FOUND_BY, "id")}
    )
    translated = [each for each in (said["translations"] or {}).values() if each]
    titles = [said["title"], *(each.get("title") for each in translated)]
    texts = [
        said["description"], *(each.get("description") for each in translated),
        *(said.get(name) for name in FOUND_BY[4:10]),
    ]  # fmt: skip
    return Searchable(
        ref_of(said["id"]),
        "\n".join(text for text in titles if text),
        "\n".join(text for text in texts if text),
        said["language"],
        said["start_date"],
        said["series_id"] or "",
    )


follow(Activity, lambda activity: ref_of(activity.id), searchable_of, FOUND_BY)


def keep_texts(activities: Iterable[Activity | Mapping[str, Any]], viewer: Viewer | None) -> None:
    """Tell core what the activities say now; what was translated from something else becomes outdated."""
    db.session.flush()
    keep_originals([original_of(each) for each in activities], viewer)
