"""The papers of a meeting as files, and the meeting for other calendars."""

from flask import abort, current_app, flash, make_response, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    PrintingFailed,
    current_city,
    lang_tag,
    record_aside,
    requires,
    see_other,
    site_url,
    utcnow,
    viewer,
    write_calendar,
)
from core.api import gettext as _
from plugins.meetings.permissions import Permission
from plugins.meetings.services.access import MEETING, ref_of
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.known import MeetingView
from plugins.meetings.services.overview import events
from plugins.meetings.services.papers.making import make
from plugins.meetings.views.common import bp, columns
from plugins.meetings.words import State

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@bp.get(
    "/<string(length=16):meeting_id>/papers/<any(agenda, attendance, minutes, restricted, extract):kind>"
    ".<any(pdf, docx):form>"
)
@requires(Permission.SEE)
def paper(meeting_id: str, kind: str, form: str) -> AnyResponse:
    """A paper of a meeting, made for whoever asks; 404 where they may not have it."""
    who = viewer()
    meeting = _found(meeting_id)
    try:
        content = make(kind, form, meeting, who, columns(meeting.language))
    except PrintingFailed:
        flash(
            _(
                "The paper could not be made. Try it again; if it fails once more, take it as the other kind "
                "of file, or remove the largest attachment."
            ),
            "late",
        )
        return see_other(url_for(".detail", meeting_id=meeting_id))
    if content is None:
        abort(404)
    name = f"{_name(meeting, kind)}.{form}"
    # A paper leaves the house, so that it is known who took it, as with every list.
    record_aside(
        "meetings.paper_made",
        subject=ref_of(MEETING, meeting.id),
        details={"kind": kind, "form": form},
    )
    return _file(content, TYPES[form], name, inline=form == "pdf")


@bp.get("/<string(length=16):meeting_id>/papers/meeting.ics")
@requires(Permission.SEE)
def calendar_file(meeting_id: str) -> AnyResponse:
    """The meeting with its open agenda as text, for one's own calendar."""
    who = viewer()
    meeting = _found(meeting_id)
    city = current_city()
    ref = ref_of(MEETING, meeting.id)
    entries = events([ref], who, site_url("meetings.index", city_slug=city.slug))
    content = write_calendar(
        entries.values(),
        name=meeting.title.text,
        zone=city.zone,
        prodid_lang=lang_tag(who.locale),
        now=utcnow(),
        site_url=current_app.config["SITE_URL"],
    )
    return _file(content, "text/calendar; charset=utf-8", f"{_name(meeting, 'meeting')}.ics")


def _found(meeting_id: str) -> MeetingView:
    meeting = read_meeting(meeting_id, viewer())
    if meeting is None:
        abort(404)
    return meeting


def _name(meeting: MeetingView, kind: str) -> str:
    """The name of a file: the city, what it is, its number and its day; nobody's name and no title."""
    draft = "-draft" if meeting.state in {State.DRAFT, State.MINUTES, State.IN_PROGRESS} else ""
    day = meeting.wall_start.date().isoformat()
    return f"{current_city().slug}-{kind}{draft}-{meeting.number}-{day}"


def _file(content: bytes, kind: str, name: str, *, inline: bool = False) -> AnyResponse:
    answer = make_response(content)
    answer.headers["Content-Type"] = kind
    answer.headers["Content-Disposition"] = (
        f'{"inline" if inline else "attachment"}; filename="{name}"'
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
