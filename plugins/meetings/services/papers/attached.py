"""The attachments of an agenda: which are appended to it, which are linked, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.api import (
    attachments_on,
    blocks,
    count_pages,
    current_city,
    file_of,
    format_number,
    ngettext,
    site_url,
)
from core.api import gettext as _
from plugins.meetings.services.access import ITEM, MEETING, ref_of
from plugins.meetings.services.known import MeetingView

MEGABYTE = 1024 * 1024
# What is larger is linked: a paper must be made while somebody waits, and a printer must take it.
MOST_EACH = 20 * MEGABYTE
MOST_TOGETHER = 40 * MEGABYTE
MOST_PAGES = 200
PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment: ``way`` is "linked", "appended", "large", "many" or "unreadable"."""

    name: str
    size: int
    media_type: str
    url: str
    number: int
    path: Path | None
    way: str = "linked"
    pages: int = 0
    picture: blocks.Picture | None = None


def attached_to(meeting: MeetingView) -> list[Attached]:
    """The attachments of a meeting and of its open items, in their order; one query.

    ``meeting`` is its view for a paper that is handed on, so that of restricted items nothing is among them.
    """
    numbers = {ref_of(MEETING, meeting.id): 0}
    numbers |= {ref_of(ITEM, item.id): item.number for item in meeting.open_items}
    found = attachments_on(list(numbers))
    slug = current_city().slug
    return [
        Attached(
            each.name,
            each.size,
            each.media_type,
            site_url("files.download", city_slug=slug, attachment_id=each.id),
            number,
            file_of(each),
        )
        for ref, number in numbers.items()
        for each in found.get(ref, ())
    ]


def chosen(attached: Sequence[Attached]) -> list[Attached]:
    """The same, each with what becomes of it: PDFs and pictures are appended as far as there is room.

    Raises :class:`core.api.PrintingFailed` where others' PDFs take too long to read.
    """
    together = 0
    found: list[Attached] = []
    for at, each in enumerate(attached):
        if each.path is None or each.media_type not in {PDF, *PICTURES}:
            found.append(each)
        elif each.size > MOST_EACH:
            found.append(replace(each, way="large"))
        elif together + each.size > MOST_TOGETHER:
            found.append(replace(each, way="many"))
        else:
            together += each.size
            found.append(replace(each, way="appended", picture=_picture(each, at)))
    documents = [each for each in found if each.way == "appended" and each.picture is None]
    counts = iter(count_pages([each.path for each in documents if each.path is not None]))
    left = MOST_PAGES
    for at, each in enumerate(found):
        if each.way != "appended" or each.picture is not None:
            continue
        pages = next(counts)
        if not pages:
            found[at] = replace(each, way="unreadable")
        elif pages > left:
            found[at] = replace(each, way="many", pages=pages)
        else:
            left -= pages
            found[at] = replace(each, pages=pages)
    return found


def all_linked(attached: Sequence[Attached]) -> list[Attached]:
    """The same with nothing appended, for when something among it cannot be."""
    return [
        replace(each, way="unreadable", picture=None) if each.way == "appended" else each
        for each in attached
    ]


def _picture(each: Attached, at: int) -> blocks.Picture | None:
    if each.media_type not in PICTURES:
        return None
    return blocks.Picture(
        f"attached-{at}.{PICTURES[each.media_type]}",
        each.name,
        _("Picture: %(name)s", name=each.name),
    )


def attached_words(each: Attached) -> str:
    """An attachment in a line: to which item it belongs, and where it is to be found."""
    name = each.name
    if each.number:
        name = _("Item %(number)s: %(name)s", number=each.number, name=name)
    size = _("%(size)s MB", size=format_number(each.size / MEGABYTE, 1))
    match each.way:
        case "appended" if each.pages:
            told = ngettext("appended, %(num)s page", "appended, %(num)s pages", each.pages)
        case "appended":
            told = _("appended")
        case "large":
            told = _("too large to be appended (%(size)s); open it here", size=size)
        case "many":
            told = _("not appended, since the paper would become too long; open it here")
        case "unreadable":
            told = _("not appended, since it could not be read; open it here")
        case _:
            told = _("%(size)s, to be opened here", size=size)
    return f"{name} ({told})"
