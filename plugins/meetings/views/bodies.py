"""Bodies: who meets, how often, when it is quorate, and what stands on every agenda."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.api import (
    SECTORS,
    MadeAlready,
    clean,
    db,
    language_name,
    once_of,
    partners,
    read_number,
    read_version,
    requires,
    see_other,
    today,
    viewer,
)
from core.api import gettext as _
from plugins.meetings.forms.bodies import (
    MOST_MINUTES,
    BodyForm,
    QuorumForm,
    RoleForm,
    SeatForm,
    body_form,
    statement_form,
)
from plugins.meetings.models import Body
from plugins.meetings.permissions import Permission
from plugins.meetings.services.attendance import expect_new_seat, forget_seat
from plugins.meetings.services.bodies import (
    AlreadySeated,
    Conflict,
    StandingEntry,
    add_body,
    change_body,
    change_role,
    find_body,
    last_series_date,
    list_bodies,
    quorums_of,
    rule_of,
    seat,
    seats_of,
    set_quorum,
    set_standing,
    set_statement,
    standing_of,
    unseat,
    write_standing,
)
from plugins.meetings.services.convening import follow
from plugins.meetings.services.meetings import officers_changed, officers_of
from plugins.meetings.services.people import people_to_name
from plugins.meetings.services.rhythm import coming_dates
from plugins.meetings.services.substitutes import stand_in
from plugins.meetings.services.texts import LONGEST_TITLE
from plugins.meetings.views.common import bp, found_body, languages
from plugins.meetings.words import ITEM_KINDS, MEETING_TYPES, NTH, PURPOSES, RHYTHMS, SECTIONS

DATES_SHOWN = 4
MOST_STANDING = 60
SPARE_LINES = 3


@bp.get("/bodies")
@requires(Permission.SEE)
def bodies() -> str:
    """Who meets in this city."""
    who = viewer()
    return render_template(
        "meetings/bodies.html",
        lines=list_bodies(who.locale),
        may_manage=who.may(Permission.MANAGE_BODIES),
    )


@bp.get("/bodies/new")
@requires(Permission.MANAGE_BODIES)
def new_body() -> str:
    """The form of a new body."""
    return _form_page(body_form(None, languages()))


@bp.post("/bodies/new")
@requires(Permission.MANAGE_BODIES)
def create_body() -> AnyResponse | tuple[str, int]:
    """Set up a body; sent twice, the same form makes one."""
    form = body_form(request.form, languages())
    once = once_of(form, find_body)
    if once.made:
        return see_other(url_for(".body", body_id=once.identifier))
    if not form.validate():
        return _form_page(form), 422
    try:
        with once.making():
            body = add_body(form.entry(), viewer(), identifier=once.identifier)
            db.session.commit()
    except MadeAlready:
        return see_other(url_for(".body", body_id=once.identifier))
    flash(_("The body is set up. Now give its members their seats."), "done")
    return see_other(url_for(".body", body_id=body.id))


def _form_page(form: BodyForm, body: Body | None = None, *, conflict: bool = False) -> str:
    return render_template("meetings/body_form.html", form=form, body=body, conflict=conflict)


@bp.get("/bodies/<string(length=16):body_id>")
@requires(Permission.SEE)
def body(body_id: str) -> str:
    """A body: its members, its rule and the next dates, its quorum and its agenda."""
    return _body_page(found_body(body_id))


def _body_page(found: Body, form: SeatForm | None = None) -> str:
    who = viewer()
    manages = who.may(Permission.MANAGE_BODIES)
    seats = seats_of(found.id, who.locale)
    if manages:
        form = form or SeatForm()
        taken = {each.membership_id for each in seats}
        form.offer(
            [each for each in people_to_name(who.locale) if each[0] not in taken],
            [(each.id, each.name) for each in seats if not each.substitute_for],
        )
    return render_template(
        "meetings/body.html",
        body=found,
        name=_name(found),
        seats=seats,
        quorums=quorums_of(found.id),
        standing=[_standing_line(each, who.locale) for each in standing_of(found.id, found.type)],
        dates=coming_dates(
            rule_of(found), last_series_date(found.id), today(), who.locale, DATES_SHOWN
        ),
        rule=_rule_in_words(found),
        may_manage=manages,
        may_convene=who.may(Permission.CONVENE) and found.active,
        form=form,
        sector_titles=SECTORS,
        organisations={each.id: each.name for each in partners(who.locale)},
    )


def _name(found: Body) -> str:
    from core.api import name_of

    return name_of(found.names, viewer().locale)


def _standing_line(each: Any, language: str) -> dict[str, Any]:
    from core.api import name_of

    return {
        "title": name_of(each.titles, language),
        "section": each.section,
        "minutes": each.minutes,
        "restricted": each.restricted,
    }


def _rule_in_words(found: Body) -> str:
    if not found.rhythm:
        return ""
    from core.api import weekday_titles

    day = dict(weekday_titles())[found.weekday]
    if found.rhythm in {"weekly", "biweekly"}:
        return _("%(rhythm)s, on %(weekday)s", rhythm=RHYTHMS[found.rhythm], weekday=day)
    return _(
        "%(rhythm)s, on %(nth)s %(weekday)s",
        rhythm=RHYTHMS[found.rhythm],
        nth=NTH[found.nth],
        weekday=day,
    )


@bp.get("/bodies/<string(length=16):body_id>/edit")
@requires(Permission.MANAGE_BODIES)
def edit_body(body_id: str) -> str:
    """The form with what is stored."""
    found = found_body(body_id)
    return _form_page(body_form(None, languages(), found), found)


@bp.post("/bodies/<string(length=16):body_id>/edit")
@requires(Permission.MANAGE_BODIES)
def save_body(body_id: str) -> AnyResponse | tuple[str, int]:
    """Save the changes."""
    found = found_body(body_id, for_change=True)
    form = body_form(request.form, languages(), found)
    if not form.validate():
        return _form_page(form, found), 422
    try:
        change_body(found, form.entry(), read_version(form.version.data), viewer())
        db.session.commit()
    except Conflict as conflict:
        form.version.data = str(conflict.current.version)
        db.session.rollback()
        return _form_page(form, found, conflict=True), 409
    flash(_("The changes are saved."), "done")
    return see_other(url_for(".body", body_id=body_id))


# -- Seats -------------------------------------------------------------------------------------------------------


@bp.post("/bodies/<string(length=16):body_id>/seats")
@requires(Permission.MANAGE_BODIES)
def give_seat(body_id: str) -> AnyResponse | tuple[str, int]:
    """Give somebody a seat, or make them a substitute for one."""
    found = found_body(body_id, for_change=True)
    form = SeatForm(request.form)
    seats = seats_of(found.id, viewer().locale)
    form.offer(
        people_to_name(viewer().locale),
        [(each.id, each.name) for each in seats if not each.substitute_for],
    )
    if not form.validate():
        return _body_page(found, form), 422
    before = officers_of(found.id)
    try:
        seat(
            found,
            form.membership_id.data,
            form.role.data,
            viewer(),
            substitute_for=form.substitute_for.data or "",
        )
        _follow_seats(found, before)
        db.session.commit()
    except AlreadySeated:
        db.session.rollback()
        flash(_("They have a seat in this body already."), "wait")
    except LookupError:
        db.session.rollback()
        flash(_("They are not in the network any more. Choose somebody else."), "wait")
    else:
        flash(_("The seat is given."), "done")
    return see_other(url_for(".body", body_id=body_id) + "#seats")


def _follow_seats(found: Body, before: Mapping[str, str]) -> None:
    """Whoever has a seat now is invited to what is convened already, and reminded of it; a new chair chairs it."""
    officers_changed(found.id, before, viewer())
    for meeting in expect_new_seat(found, viewer()):
        # A new substitute may be needed already.
        stand_in(meeting)
        follow(meeting)


@bp.post("/bodies/<string(length=16):body_id>/seats/<string(length=16):body_member_id>/role")
@requires(Permission.MANAGE_BODIES)
def set_role(body_id: str, body_member_id: str) -> AnyResponse:
    """Give somebody with a seat another role."""
    found = found_body(body_id, for_change=True)
    form = RoleForm(request.form)
    if not form.validate():
        flash(_("Choose one of the roles."), "wait")
        return see_other(url_for(".body", body_id=body_id) + "#seats")
    before = officers_of(found.id)
    try:
        change_role(found, body_member_id, form.role.data, viewer())
        _follow_seats(found, before)
    except LookupError:
        abort(404)
    db.session.commit()
    flash(_("The role is changed."), "done")
    return see_other(url_for(".body", body_id=body_id) + "#seats")


@bp.post("/bodies/<string(length=16):body_id>/seats/<string(length=16):body_member_id>/remove")
@requires(Permission.MANAGE_BODIES)
def take_seat(body_id: str, body_member_id: str) -> AnyResponse:
    """Take a seat away. Who was invited is told that they are not any more."""
    found = found_body(body_id, for_change=True)
    before = officers_of(found.id)
    whose = unseat(found, body_member_id, viewer())
    if whose is None:
        abort(404)
    officers_changed(found.id, before, viewer(), gone=whose)
    for meeting in forget_seat(found.id, whose, viewer()):
        follow(meeting)
    db.session.commit()
    flash(_("The seat is free. Invitations to coming meetings were taken back."), "done")
    return see_other(url_for(".body", body_id=body_id) + "#seats")


# -- Quorum ------------------------------------------------------------------------------------------------------


@bp.get("/bodies/<string(length=16):body_id>/quorum")
@requires(Permission.MANAGE_BODIES)
def edit_quorum(body_id: str) -> str:
    """When the body is quorate for items of a kind."""
    found = found_body(body_id)
    kind = request.args.get("kind", "")
    kind = kind if kind in ITEM_KINDS else ""
    stored = quorums_of(found.id).get(kind)
    values: dict[str, Any] = {"item_kind": kind, "counted": "organisations"}
    if stored is not None:
        values |= {name: getattr(stored, name) for name in type(stored).__slots__}
        values["sectors"] = list(stored.sectors)
        values["organisations"] = list(stored.organisations)
    return _quorum_page(found, QuorumForm(data=values))


def _quorum_page(found: Body, form: QuorumForm) -> str:
    form.offer([(code, str(title)) for code, title in SECTORS.items()], partners(viewer().locale))
    return render_template("meetings/quorum.html", body=found, name=_name(found), form=form)


@bp.post("/bodies/<string(length=16):body_id>/quorum")
@requires(Permission.MANAGE_BODIES)
def save_quorum(body_id: str) -> AnyResponse | tuple[str, int]:
    """Save the rule; one without any condition is removed."""
    found = found_body(body_id, for_change=True)
    form = QuorumForm(request.form)
    form.offer([(code, str(title)) for code, title in SECTORS.items()], partners(viewer().locale))
    if not form.validate():
        return _quorum_page(found, form), 422
    set_quorum(found, form.quorum(), viewer())
    db.session.commit()
    flash(_("The quorum is saved."), "done")
    return see_other(url_for(".body", body_id=body_id) + "#quorum")


# -- The statement of confidence ---------------------------------------------------------------------------------


@bp.get("/bodies/<string(length=16):body_id>/statement")
@requires(Permission.MANAGE_BODIES)
def edit_statement(body_id: str) -> str:
    """What members declare before a restricted item opens."""
    found = found_body(body_id)
    form = statement_form(None, languages(), found)
    return render_template("meetings/statement_form.html", body=found, name=_name(found), form=form)


@bp.post("/bodies/<string(length=16):body_id>/statement")
@requires(Permission.MANAGE_BODIES)
def save_statement(body_id: str) -> AnyResponse | tuple[str, int]:
    """Save the statement."""
    found = found_body(body_id, for_change=True)
    form = statement_form(request.form, languages(), found)
    if not form.validate():
        page = render_template(
            "meetings/statement_form.html", body=found, name=_name(found), form=form
        )
        return page, 422
    texts = {
        name.removeprefix("text-"): field.data or ""
        for name, field in form._fields.items()
        if name.startswith("text-")
    }
    set_statement(found, texts, viewer())
    db.session.commit()
    flash(_("The statement is saved."), "done")
    return see_other(url_for(".body", body_id=body_id) + "#statement")


# -- The standing agenda -----------------------------------------------------------------------------------------


@bp.get("/bodies/<string(length=16):body_id>/standing")
@requires(Permission.MANAGE_BODIES)
def edit_standing(body_id: str) -> str:
    """What stands on every agenda for a kind of meeting."""
    found = found_body(body_id)
    return _standing_page(found, _asked_type(found), None)


def _asked_type(found: Body) -> str:
    asked = request.values.get("type", "")
    return asked if asked in MEETING_TYPES else found.type


def _standing_page(found: Body, meeting_type: str, lines: list[dict[str, Any]] | None) -> str:
    # The reader's own language stands open in each line, and the others are folded.
    codes = list(dict.fromkeys([found.language, *languages()]))
    codes.sort(key=lambda code: code != viewer().locale)
    if lines is None:
        lines = [
            {
                "section": each.section,
                "kind": each.kind,
                "purpose": each.purpose,
                "minutes": "" if each.minutes is None else str(each.minutes),
                "restricted": each.restricted,
                "titles": each.titles,
                "error": "",
            }
            for each in standing_of(found.id, meeting_type)
        ]
    empty = {
        "section": "topics", "kind": "planning", "purpose": "discuss", "minutes": "",
        "restricted": False, "titles": {}, "error": "",
    }  # fmt: skip
    return render_template(
        "meetings/standing.html",
        body=found,
        name=_name(found),
        type=meeting_type,
        lines=[*lines, *(dict(empty) for _spare in range(SPARE_LINES))],
        codes=[(code, language_name(code)) for code in codes],
        wrong=any(line["error"] for line in lines),
    )


@bp.post("/bodies/<string(length=16):body_id>/standing")
@requires(Permission.MANAGE_BODIES)
def save_standing(body_id: str) -> AnyResponse | tuple[str, int]:
    """Save the lines in the order of their numbers; a line without a title is gone."""
    found = found_body(body_id, for_change=True)
    meeting_type = _asked_type(found)
    if "reset" in request.form:
        write_standing(found, meeting_type)
        db.session.commit()
        flash(_("The agenda is the one again that comes with this kind of meeting."), "done")
        return see_other(url_for(".edit_standing", body_id=body_id, type=meeting_type))
    lines = _typed_lines(list(dict.fromkeys([found.language, *languages()])))
    if any(line["error"] for line in lines):
        return _standing_page(found, meeting_type, lines), 422
    set_standing(
        found,
        meeting_type,
        [
            StandingEntry(
                line["section"],
                line["kind"],
                line["purpose"],
                line["titles"],
                int(line["minutes"]) if line["minutes"] else None,
                line["restricted"],
            )
            for line in lines
        ],
    )
    db.session.commit()
    flash(_("The standing agenda is saved."), "done")
    return see_other(url_for(".body", body_id=body_id) + "#standing")


def _typed_lines(codes: list[str]) -> list[dict[str, Any]]:
    found: list[tuple[float, int, dict[str, Any]]] = []
    for number in range(MOST_STANDING):
        if f"section-{number}" not in request.form:
            continue
        titles = {
            code: text
            for code in codes
            if (text := " ".join((clean(request.form.get(f"title-{number}-{code}")) or "").split()))
        }
        if not titles:
            continue
        line = {
            "titles": titles,
            "section": _one_of(f"section-{number}", SECTIONS, "topics"),
            "kind": _one_of(f"kind-{number}", ITEM_KINDS, "planning"),
            "purpose": _one_of(f"purpose-{number}", PURPOSES, "discuss"),
            "minutes": (clean(request.form.get(f"minutes-{number}")) or "")[:20],
            "restricted": f"restricted-{number}" in request.form,
            "error": "",
        }
        if any(len(text) > LONGEST_TITLE for text in titles.values()):
            line["error"] = _("Shorten the title to 200 characters at most.")
        if line["minutes"]:
            try:
                minutes = read_number(str(line["minutes"]))
            except ValueError:
                minutes = MOST_MINUTES + 1
            if minutes > MOST_MINUTES:
                line["error"] = _("Write the minutes as a number, at most 1440.")
            else:
                line["minutes"] = str(minutes)
        found.append((_place(number), number, line))
    return [line for _place, _number, line in sorted(found, key=lambda each: each[:2])]


def _place(number: int) -> float:
    try:
        return float(read_number(str(clean(request.form.get(f"place-{number}")) or "")))
    except ValueError:
        return float(number + 1)


def _one_of(name: str, offered: Any, otherwise: str) -> str:
    typed = request.form.get(name, "")
    return typed if typed in offered else otherwise
