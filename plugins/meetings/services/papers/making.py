"""Making the files of papers. Each is made while somebody waits, so each is bounded in time and size."""

from core.api import PrintingFailed, Viewer, append_pages, blocks, paper_docx, paper_pdf
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.known import MeetingView
from plugins.meetings.services.papers import paper_of
from plugins.meetings.services.papers.agenda import agenda_paper
from plugins.meetings.services.papers.attached import (
    Attached,
    attached_to,
    chosen,
    without_pictures,
)

SECONDS = 20


def make(
    kind: str, form: str, meeting: MeetingView, viewer: Viewer, languages: list[str]
) -> bytes | None:
    """A paper as a file; None where the viewer has none such. Raises :class:`core.api.PrintingFailed`."""
    if kind == "agenda" and form == "pdf":
        return _agenda(meeting, viewer, languages)
    paper = paper_of(kind, meeting, viewer, languages)
    if paper is None:
        return None
    return paper_docx(paper) if form == "docx" else paper_pdf(paper, seconds=SECONDS)


def _agenda(meeting: MeetingView, viewer: Viewer, languages: list[str]) -> bytes | None:
    """The agenda with PDFs and pictures behind it, and all else linked."""
    view = read_meeting(meeting.id, viewer, minutes=False, handed_on=True)
    if view is None:
        return None
    attached = chosen(attached_to(view))
    try:
        paper, content = _set(meeting, viewer, languages, attached)
    except PrintingFailed:
        if not any(each.picture for each in attached):
            raise
        # One picture that cannot be set must not keep the agenda from being made.
        attached = without_pictures(attached)
        paper, content = _set(meeting, viewer, languages, attached)
    if paper is None or content is None:
        return None
    behind = [
        (each.path, each.name) for each in attached if each.pages and each.way == "appended" and each.path
    ]  # fmt: skip
    return append_pages(content, behind, seconds=SECONDS) if behind else content


def _set(
    meeting: MeetingView, viewer: Viewer, languages: list[str], attached: list[Attached]
) -> tuple[blocks.Paper | None, bytes | None]:
    paper = agenda_paper(meeting.id, viewer, languages, attached)
    if paper is None:
        return None, None
    files = {each.picture.name: each.path for each in attached if each.picture and each.path}
    return paper, paper_pdf(paper, files=files, seconds=SECONDS)
