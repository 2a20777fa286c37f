"""Making the files of papers. Each is made while somebody waits, so each is bounded in time and size."""

from collections.abc import Sequence

from core.api import PrintingFailed, Viewer, append_pages, paper_docx, paper_pdf
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.known import MeetingView
from plugins.meetings.services.papers import paper_of
from plugins.meetings.services.papers.agenda import agenda_paper
from plugins.meetings.services.papers.attached import (
    Attached,
    all_linked,
    attached_to,
    chosen,
)

SECONDS = 20


def make(
    kind: str, form: str, meeting: MeetingView, viewer: Viewer, languages: Sequence[str]
) -> bytes | None:
    """A paper as a file; None where the viewer has none such. Raises :class:`core.api.PrintingFailed`."""
    if kind == "agenda" and form == "pdf":
        return _agenda(meeting, viewer, languages)
    paper = paper_of(kind, meeting, viewer, languages)
    if paper is None:
        return None
    return paper_docx(paper) if form == "docx" else paper_pdf(paper, seconds=SECONDS)


def _agenda(meeting: MeetingView, viewer: Viewer, languages: Sequence[str]) -> bytes | None:
    """The agenda with PDFs and pictures behind it, and all else linked."""
    view = read_meeting(meeting.id, viewer, minutes=False, handed_on=True)
    if view is None:
        return None
    attached = chosen(attached_to(view))
    try:
        return _bound(meeting, viewer, languages, attached)
    except PrintingFailed:
        if not any(each.way == "appended" for each in attached):
            raise
    # What others wrote must not keep the agenda from being made: then all of it is linked.
    return _bound(meeting, viewer, languages, all_linked(attached))


def _bound(
    meeting: MeetingView, viewer: Viewer, languages: Sequence[str], attached: list[Attached]
) -> bytes | None:
    paper = agenda_paper(meeting.id, viewer, languages, attached)
    if paper is None:
        return None
    pictures = {each.picture.name: each.path for each in attached if each.picture and each.path}
    content = paper_pdf(paper, files=pictures, seconds=SECONDS)
    behind = [
        (each.path, each.name)
        for each in attached
        if each.way == "appended" and each.pages and each.path
    ]
    return append_pages(content, behind, seconds=SECONDS) if behind else content
