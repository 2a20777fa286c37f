"""The items of an agenda: adding, changing, ordering, attaching papers."""

from typing import Any

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    MadeAlready,
    UploadRefused,
    attachments_of,
    db,
    once_of,
    read_version,
    remove_attachment,
    requires,
    save_upload,
    see_other,
    viewer,
)
from core.api import gettext as _
from plugins.meetings.forms.agenda import ItemForm, item_values
from plugins.meetings.models import Item, Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services import agenda, convening
from plugins.meetings.services.access import ITEM, ref_of
from plugins.meetings.services.disclosure import read_meeting
from plugins.meetings.services.meetings import body_of
from plugins.meetings.services.people import people_to_name
from plugins.meetings.services.taking import take_along
from plugins.meetings.views.common import (
    bp,
    languages,
    prepared_item,
    prepared_meeting,
)
from plugins.meetings.views.meeting import found_view, item_context
from plugins.meetings.words import State


@bp.get("/items/<string(length=16):item_id>")
@requires(Permission.SEE)
def item(item_id: str) -> str:
    """One item: what one should know, its papers, its notes, decisions and actions."""
    meeting, view = found_view(item_id)
    return render_template("meetings/item.html", **item_context(meeting, view))


@bp.get("/<string(length=16):meeting_id>/items/new")
@requires(Permission.TAKE_PART)
def new_item(meeting_id: str) -> str:
    """The form of a new item."""
    meeting = prepared_meeting(meeting_id, for_change=False)
    section = request.args.get("section", "topics")
    form = ItemForm(data={"language": meeting.language, "section": section})
    return _form_page(form, meeting)


@bp.post("/<string(length=16):meeting_id>/items/new")
@requires(Permission.TAKE_PART)
def create_item(meeting_id: str) -> AnyResponse | tuple[str, int]:
    """Put an item on the agenda; sent twice, the same form makes one."""
    meeting = prepared_meeting(meeting_id)
    form = ItemForm(request.form)
    once = once_of(form, agenda.is_added)
    if once.made:
        return see_other(url_for(".detail", meeting_id=meeting_id) + "#agenda")
    form.offer(people_to_name(viewer().locale), languages())
    if not form.validate():
        return _form_page(form, meeting), 422
    if not agenda.may_change_agenda(meeting):
        return _too_late(meeting_id)
    try:
        with once.making():
            agenda.add_item(
                meeting, body_of(meeting), form.entry(), viewer(), identifier=once.identifier
            )
            db.session.commit()
    except agenda.TooMany:
        db.session.rollback()
        flash(_("The agenda is full. Remove an item first."), "wait")
        return see_other(url_for(".detail", meeting_id=meeting_id) + "#agenda")
    except MadeAlready:
        return see_other(url_for(".detail", meeting_id=meeting_id) + "#agenda")
    flash(_("The item is on the agenda."), "done")
    return see_other(url_for(".detail", meeting_id=meeting_id) + "#agenda")


def _too_late(meeting_id: str) -> AnyResponse:
    db.session.rollback()
    flash(_("The minutes are on their way, so the agenda stays as it is."), "wait")
    return see_other(url_for(".detail", meeting_id=meeting_id))


def _form_page(
    form: ItemForm, meeting: Meeting, item: Item | None = None, *, conflict: bool = False
) -> str:
    if form.language.choices == []:
        kept = (item.presenter_id or "", *agenda.named_for(item.id)) if item is not None else ()
        form.offer(people_to_name(viewer().locale, kept), languages())
    return render_template(
        "meetings/item_form.html",
        form=form,
        meeting=read_meeting(meeting.id, viewer(), items=False),
        item=item,
        conflict=conflict,
    )


@bp.get("/items/<string(length=16):item_id>/edit")
@requires(Permission.TAKE_PART)
def edit_item(item_id: str) -> str:
    """The form with what is stored."""
    item, meeting, _body = prepared_item(item_id, for_change=False)
    return _form_page(
        ItemForm(data=item_values(agenda.entry_of(item), item.version)), meeting, item
    )


@bp.post("/items/<string(length=16):item_id>/edit")
@requires(Permission.TAKE_PART)
def save_item(item_id: str) -> AnyResponse | tuple[str, int]:
    """Save the changes of an item."""
    item, meeting, body = prepared_item(item_id)
    form = ItemForm(request.form)
    kept = (item.presenter_id or "", *agenda.named_for(item.id))
    form.offer(people_to_name(viewer().locale, kept), languages())
    if not form.validate():
        return _form_page(form, meeting, item), 422
    if State(meeting.state).closed:
        return _too_late(meeting.id)
    try:
        agenda.change_item(
            item, meeting, body, form.entry(), read_version(form.version.data), viewer()
        )
        db.session.commit()
    except agenda.Conflict as conflict:
        form.version.data = str(conflict.current.version)
        db.session.rollback()
        return _form_page(form, meeting, item, conflict=True), 409
    flash(_("The changes are saved."), "done")
    return see_other(url_for(".item", item_id=item_id))


@bp.post("/items/<string(length=16):item_id>/move/<any(up, down):way>")
@requires(Permission.TAKE_PART)
def move_item(item_id: str, way: str) -> AnyResponse:
    """Move an item one place up or down."""
    item, meeting, _body = prepared_item(item_id)
    if not agenda.may_change_agenda(meeting):
        return _too_late(meeting.id)
    agenda.move(item, meeting, -1 if way == "up" else 1, viewer())
    db.session.commit()
    return see_other(url_for(".detail", meeting_id=meeting.id) + f"#item-{item_id}")


@bp.post("/<string(length=16):meeting_id>/order")
@requires(Permission.TAKE_PART)
def order(meeting_id: str) -> AnyResponse:
    """Take over the order into which the items were dragged."""
    meeting = prepared_meeting(meeting_id)
    if not agenda.may_change_agenda(meeting):
        return _too_late(meeting_id)
    seen = read_meeting(meeting_id, viewer(), minutes=False)
    open_ids = {each.id for each in seen.open_items} if seen is not None else set()
    if agenda.reorder(
        meeting, request.form.getlist("item"), request.form.getlist("section"), viewer(), open_ids
    ):
        db.session.commit()
    return see_other(url_for(".detail", meeting_id=meeting_id) + "#agenda")


@bp.post("/items/<string(length=16):item_id>/<any(remove, put_off, take_up, discussed):act>")
@requires(Permission.TAKE_PART)
def act_on_item(item_id: str, act: str) -> AnyResponse:
    """Take an item off the agenda, say that it was not reached, or take it up now."""
    item, meeting, _body = prepared_item(item_id)
    back = url_for(".detail", meeting_id=meeting.id) + "#agenda"
    if not agenda.may_change_agenda(meeting):
        return _too_late(meeting.id)
    try:
        if act == "remove":
            agenda.remove_item(item, meeting, viewer())
            told = _("The item is taken off the agenda.")
        elif act == "put_off":
            convening.put_off(item, meeting, viewer())
            told = _("The item was not reached. The next meeting opens with it.")
        elif act == "discussed":
            convening.was_discussed(item, meeting, viewer())
            told = _("The item was discussed. Now write down what was said.")
            back = url_for(".item", item_id=item_id) + "#notes"
        else:
            convening.go_to(meeting, item, viewer())
            told, back = "", url_for(".detail", meeting_id=meeting.id) + "#now"
        db.session.commit()
    except agenda.HasMinutes:
        db.session.rollback()
        flash(_("It was discussed, so it stays on the agenda."), "wait")
        return see_other(back)
    except convening.NoSuchStep:
        db.session.rollback()
        flash(
            _("Somebody else was quicker: the meeting is in another state now.")
            if act == "discussed"
            else _("The meeting is not in progress."),
            "wait",
        )
        return see_other(back)
    if told:
        flash(told, "done")
    return see_other(back)


@bp.post("/items/<string(length=16):item_id>/attachments")
@requires(Permission.TAKE_PART)
def attach(item_id: str) -> AnyResponse:
    """Keep papers with an item."""
    item, meeting, _body = prepared_item(item_id)
    if State(meeting.state).closed:
        return _papers_stay(item_id)
    files: list[Any] = [each for each in request.files.getlist("files") if each.filename]
    if not files:
        flash(_("Choose a file first."), "wait")
        return see_other(url_for(".item", item_id=item_id))
    try:
        for file in files:
            save_upload(ref_of(ITEM, item.id), file, viewer())
        db.session.commit()
    except UploadRefused as refusal:
        db.session.rollback()
        flash(str(refusal), "late")
    else:
        flash(_("The file is saved."), "done")
    return see_other(url_for(".item", item_id=item_id) + "#papers")


def _papers_stay(item_id: str) -> AnyResponse:
    db.session.rollback()
    flash(_("The minutes are approved, so their papers stay as they are."), "wait")
    return see_other(url_for(".item", item_id=item_id) + "#papers")


@bp.post("/items/<string(length=16):item_id>/attachments/of-last-time")
@requires(Permission.TAKE_PART)
def take_papers_along(item_id: str) -> AnyResponse:
    """Hang the papers that an item had last time on it as well; pressing twice hangs each once."""
    item, meeting, _body = prepared_item(item_id)
    if State(meeting.state).closed:
        abort(404)
    try:
        number = take_along(item.id, item.carried_from or "", viewer())
        db.session.commit()
    except UploadRefused as refusal:
        db.session.rollback()
        flash(str(refusal), "late")
    else:
        flash(
            _("The papers of last time are here as well.")
            if number
            else _("There is nothing more to take along."),
            "done" if number else "wait",
        )
    return see_other(url_for(".item", item_id=item_id) + "#papers")


@bp.post("/items/<string(length=16):item_id>/attachments/<string(length=16):attachment_id>/remove")
@requires(Permission.TAKE_PART)
def detach(item_id: str, attachment_id: str) -> AnyResponse:
    """Remove a paper from an item."""
    item, meeting, _body = prepared_item(item_id)
    if State(meeting.state).closed:
        return _papers_stay(item_id)
    hanging = {each.id: each for each in attachments_of(ref_of(ITEM, item.id))}
    if attachment_id not in hanging:
        abort(404)
    remove_attachment(hanging[attachment_id])
    db.session.commit()
    flash(_("The file is removed."), "done")
    return see_other(url_for(".item", item_id=item_id) + "#papers")
