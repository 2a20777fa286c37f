"""Notes and decisions of an item, saved item by item, with or without a script."""

from collections.abc import Sequence

from flask import abort, flash, jsonify, render_template, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    MadeAlready,
    clean,
    db,
    format_time,
    once_of,
    read_version,
    requires,
    see_other,
    viewer,
)
from core.api import gettext as _
from plugins.meetings.forms.minutes import DecisionForm, NoteForm, WithdrawForm
from plugins.meetings.models import Decision, Item, Meeting
from plugins.meetings.permissions import Permission
from plugins.meetings.services import decisions, notes
from plugins.meetings.services.access import may_prepare
from plugins.meetings.services.bodies import quorums_of
from plugins.meetings.services.disclosure import earlier_words, find_decision, find_item
from plugins.meetings.services.room import Room, quorum_of, read_room
from plugins.meetings.views.common import bp, languages, prepared_item
from plugins.meetings.views.meeting import found_view, item_context

LONGEST_REASON = 1000
VOTING_PARTS = frozenset({"chair", "member", "substitute"})


def _back(item: Item, meeting: Meeting) -> str:
    if request.form.get("back") == "meeting":
        return url_for(".detail", meeting_id=meeting.id) + "#now"
    return url_for(".item", item_id=item.id) + "#notes"


def _by_script() -> bool:
    return request.headers.get("X-Requested-With") == "maillage"


@bp.post("/items/<string(length=16):item_id>/note")
@requires(Permission.TAKE_PART)
def save_note(item_id: str) -> AnyResponse | tuple[str, int] | tuple[AnyResponse, int]:
    """Save the notes of an item. If somebody else saved in between, both stand side by side and nothing is lost."""
    item, meeting, body = prepared_item(item_id)
    stored = notes.note_of(item.id)
    written_in = stored.language if stored is not None else meeting.language
    form = NoteForm(request.form)
    form.offer(languages(), written_in)
    if not form.validate():
        return _item_page(item_id, form), 422
    try:
        note = notes.save_note(
            item, meeting, body,
            form.text.data or "",
            read_version(form.version.data),
            viewer(),
            language=form.language.data or "",
            reason=form.reason.data or "",
        )  # fmt: skip
        db.session.commit()
    except notes.Conflict as conflict:
        theirs, version = conflict.current.text, conflict.current.version
        db.session.rollback()
        if _by_script():
            return jsonify({"conflict": True, "version": version}), 409
        return _item_page(item_id, form, theirs=theirs, version=version), 409
    except IntegrityError:
        # Two wrote the first words at the same moment: what is there now stands beside what was typed.
        db.session.rollback()
        there = notes.note_of(item_id)
        if there is None:
            raise
        return _item_page(item_id, form, theirs=there.text, version=there.version), 409
    except notes.ReasonNeeded:
        db.session.rollback()
        form.reason.errors = [_("The minutes are approved. Say why they are corrected.")]
        return _item_page(item_id, form), 422
    except notes.NotHeld:
        db.session.rollback()
        flash(
            _("The meeting has not begun. Open it first, or write its minutes from paper."), "wait"
        )
        return see_other(url_for(".item", item_id=item_id))
    if _by_script():
        return jsonify(
            {
                "version": note.version,
                "told": _("Saved at %(time)s", time=format_time(note.changed_at)),
            }
        )
    flash(_("The notes are saved."), "done")
    return see_other(_back(item, meeting))


def _item_page(item_id: str, form: NoteForm, *, theirs: str | None = None, version: int = 0) -> str:
    meeting, view = found_view(item_id)
    context = item_context(meeting, view)
    if theirs is not None:
        form.version.data = str(version)
    return render_template("meetings/item.html", **{**context, "note_form": form, "theirs": theirs})


# -- Decisions ---------------------------------------------------------------------------------------------------


@bp.get("/items/<string(length=16):item_id>/decisions/new")
@requires(Permission.TAKE_PART)
def new_decision(item_id: str) -> str:
    """The form of a decision."""
    item, meeting, _body = prepared_item(item_id, for_change=False)
    form = DecisionForm(data={"language": meeting.language, "publicity": "members"})
    return _decision_page(form, item, meeting)


@bp.post("/items/<string(length=16):item_id>/decisions/new")
@requires(Permission.TAKE_PART)
def create_decision(item_id: str) -> AnyResponse | tuple[str, int]:
    """Write the decision down; sent twice, the same form makes one."""
    item, meeting, body = prepared_item(item_id)
    form = DecisionForm(request.form)
    once = once_of(form, decisions.is_decided)
    back = url_for(".item", item_id=item_id) + "#decisions"
    if once.made:
        return see_other(back)
    _offer(form, item, meeting)
    if not form.validate():
        return _decision_page(form, item, meeting), 422
    try:
        with once.making():
            decisions.decide(
                item, meeting, body, form.entry(_dissents(form)), viewer(),
                identifier=once.identifier, reason=form.reason.data or "",
            )  # fmt: skip
            db.session.commit()
    except notes.NotHeld:
        db.session.rollback()
        flash(
            _("The meeting has not begun. Open it first, or write its minutes from paper."), "wait"
        )
        return see_other(url_for(".item", item_id=item_id))
    except notes.ReasonNeeded:
        return _reason_needed(form, item, meeting)
    except decisions.NotReplaceable:
        return _not_replaceable(form, item, meeting)
    except MadeAlready:
        return see_other(back)
    flash(_("The decision is written down."), "done")
    _check_votes(form, item, meeting)
    return see_other(back)


def _check_votes(form: DecisionForm, item: Item, meeting: Meeting) -> None:
    """Say so if more votes were counted than people with a vote are marked as present; the list may lag behind."""
    votes = sum(
        each.data or 0 for each in (form.votes_for, form.votes_against, form.votes_abstained)
    )
    room = read_room(meeting, viewer().locale)
    here = room.present(item.id)
    voting = sum(each.id in here and each.part in VOTING_PARTS for each in room.people)
    if voting < votes:
        flash(
            _(
                "It counts more votes than people with a vote are marked as present. Check the numbers and the list."
            ),
            "wait",
        )


def _reason_needed(
    form: DecisionForm, item: Item, meeting: Meeting, decision: Decision | None = None
) -> tuple[str, int]:
    db.session.rollback()
    form.reason.errors = [_("The minutes are approved. Say why they are corrected.")]
    return _decision_page(form, item, meeting, decision), 422


def _not_replaceable(
    form: DecisionForm, item: Item, meeting: Meeting, decision: Decision | None = None
) -> tuple[str, int]:
    # Somebody replaced or withdrew it between the page and the press.
    db.session.rollback()
    form.replaces_id.errors = [_("This decision is not in force any more. Choose another one.")]
    return _decision_page(form, item, meeting, decision), 422


def _dissents(form: DecisionForm) -> tuple[tuple[str, str], ...]:
    """Who was ticked as not agreeing, with the reason typed beside each."""
    return tuple(
        (each, (clean(request.form.get(f"dissent-{each}")) or "")[:LONGEST_REASON])
        for each in form.dissent.data or ()
    )


def _offer(
    form: DecisionForm, item: Item, meeting: Meeting, decision: Decision | None = None
) -> Room:
    room = read_room(meeting, viewer().locale)
    kept = {each for each, _why in decisions.entry_of(decision).dissents} if decision else set()
    people = [
        (each.id, each.name) for each in room.people if each.status == "present" or each.id in kept
    ]
    own, before = (decision.id, decision.replaces_id) if decision is not None else ("", None)
    earlier = [
        (each.id, earlier_words(each, number, viewer().locale))
        for each, number in decisions.replaceable(item, meeting, viewer(), own, before)
    ]
    form.offer(people, languages(), earlier, restricted=item.restricted)
    return room


def _decision_page(
    form: DecisionForm,
    item: Item,
    meeting: Meeting,
    decision: Decision | None = None,
    *,
    theirs: Sequence[tuple[str, str]] | None = None,
    dissents: tuple[tuple[str, str], ...] | None = None,
    withdraw_form: WithdrawForm | None = None,
) -> str:
    room = _offer(form, item, meeting, decision)
    view, item_view = found_view(item.id)
    return render_template(
        "meetings/decision_form.html",
        meeting=view,
        item=item_view,
        quorum=quorum_of(room, quorums_of(view.body_id), item_view.kind, item_view.id)
        if view.state.held
        else None,
        form=form,
        decision=decision,
        withdraw_form=withdraw_form or WithdrawForm(),
        theirs=theirs,
        dissenting=dict(_dissents(form) if dissents is None else dissents),
    )


def _other_words(form: DecisionForm, stored: Decision) -> list[tuple[str, str]]:
    """The texts that somebody else saved in the meantime and that differ from what was typed."""
    fields = (form.text, form.rationale, form.alternatives, form.legal_basis)
    return [
        (str(field.label.text), getattr(stored, field.name))
        for field in fields
        if getattr(stored, field.name) and getattr(stored, field.name) != field.data
    ]


def _found_decision(
    decision_id: str, *, for_change: bool
) -> tuple[Decision, Item, Meeting, object]:
    found = find_decision(decision_id, viewer(), for_change=for_change)
    if found is None:
        abort(404)
    if not may_prepare(found[2], viewer()):
        abort(404)
    return found


@bp.get("/decisions/<string(length=16):decision_id>/edit")
@requires(Permission.TAKE_PART)
def edit_decision(decision_id: str) -> str:
    """The form with what is stored."""
    decision, item, meeting, _body = _found_decision(decision_id, for_change=False)
    entry = decisions.entry_of(decision)
    return _decision_page(
        _stored(entry, decision), item, meeting, decision, dissents=entry.dissents
    )


def _stored(entry: decisions.DecisionEntry, decision: Decision) -> DecisionForm:
    values = {name: getattr(entry, name) for name in type(entry).__slots__ if name != "dissents"}
    return DecisionForm(data=values | {"version": decision.version})


@bp.post("/decisions/<string(length=16):decision_id>/edit")
@requires(Permission.TAKE_PART)
def save_decision(decision_id: str) -> AnyResponse | tuple[str, int]:
    """Save the changes of a decision; of approved minutes as a correction with its reason."""
    decision, item, meeting, _row = _found_decision(decision_id, for_change=True)
    found = find_item(item.id, viewer())
    if found is None:
        abort(404)
    form = DecisionForm(request.form)
    _offer(form, item, meeting, decision)
    if not form.validate():
        return _decision_page(form, item, meeting, decision), 422
    try:
        decisions.change_decision(
            decision, item, meeting, found[2], form.entry(_dissents(form)),
            read_version(form.version.data), viewer(), reason=form.reason.data or "",
        )  # fmt: skip
        db.session.commit()
    except decisions.Conflict as conflict:
        form.version.data = str(conflict.current.version)
        theirs = _other_words(form, conflict.current)
        db.session.rollback()
        return _decision_page(form, item, meeting, decision, theirs=theirs), 409
    except notes.ReasonNeeded:
        return _reason_needed(form, item, meeting, decision)
    except decisions.NotReplaceable:
        return _not_replaceable(form, item, meeting, decision)
    flash(_("The changes are saved."), "done")
    _check_votes(form, item, meeting)
    return see_other(url_for(".item", item_id=item.id) + "#decisions")


@bp.post("/decisions/<string(length=16):decision_id>/<any(withdraw, restore):act>")
@requires(Permission.TAKE_PART)
def withdraw_decision(decision_id: str, act: str) -> AnyResponse | tuple[str, int]:
    """Say that an approved decision does not hold any more, or that it does after all, with the reason."""
    decision, item, meeting, _row = _found_decision(decision_id, for_change=True)
    form = WithdrawForm(request.form)
    back = url_for(".item", item_id=item.id) + "#decisions"
    if not form.validate():
        return _withdrawing_page(decision, item, meeting, form), 422
    try:
        changed = decisions.withdraw(
            decision, item, meeting, viewer(), reason=form.reason.data or "", holds=act == "restore"
        )
        db.session.commit()
    except notes.ReasonNeeded:
        db.session.rollback()
        form.reason.errors = [_("The minutes are approved. Say why they are corrected.")]
        return _withdrawing_page(decision, item, meeting, form), 422
    except decisions.NotApproved:
        db.session.rollback()
        flash(_("The minutes are not approved yet. Take the decision out of them instead."), "wait")
        return see_other(back)
    if not changed:
        flash(_("Somebody else has changed this decision in the meantime."), "wait")
    elif act == "restore":
        flash(_("The decision is in force again."), "done")
    else:
        flash(_("The decision is withdrawn. It stays in the minutes, marked as withdrawn."), "done")
    return see_other(back)


def _withdrawing_page(
    decision: Decision, item: Item, meeting: Meeting, withdraw_form: WithdrawForm
) -> str:
    entry = decisions.entry_of(decision)
    return _decision_page(
        _stored(entry, decision), item, meeting, decision,
        dissents=entry.dissents, withdraw_form=withdraw_form,
    )  # fmt: skip


@bp.post("/decisions/<string(length=16):decision_id>/take-out")
@requires(Permission.TAKE_PART)
def take_out_decision(decision_id: str) -> AnyResponse:
    """Take a decision out of minutes that were not sent yet."""
    decision, item, meeting, _row = _found_decision(decision_id, for_change=True)
    back = url_for(".item", item_id=item.id) + "#decisions"
    try:
        decisions.take_out(decision, item, meeting, viewer())
        db.session.commit()
    except decisions.SentAlready:
        db.session.rollback()
        flash(_("The minutes were sent already. Take them back to the draft first."), "wait")
    except decisions.NotReplaceable:
        db.session.rollback()
        flash(_("Another decision takes its place. Change that one first."), "wait")
    else:
        flash(_("The decision is taken out of the minutes."), "done")
    return see_other(back)
