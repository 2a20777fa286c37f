"""The page behind the link of an invitation, and the pages of members: what they are invited to, whom they invite."""

import re
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    g,
    make_response,
    render_template,
    request,
    session,
    url_for,
)
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from core.cities.models import City
from core.database import db
from core.directory.services import find_membership, in_force, name_of, partners
from core.forms import valid_id
from core.i18n import gettext as _
from core.i18n import known_language, ngettext, today
from core.identity import throttle
from core.identity.models import Membership, Person
from core.identity.throttle import address_of_request
from core.invitations import events, letters, panel, services
from core.invitations.forms import AnswerForm, InviteForm
from core.invitations.jobs import host_of
from core.invitations.models import Invitee
from core.invitations.services import Closed, Guest, TooMany
from core.invitations.standing_in import who_comes_instead
from core.invitations.tokens import invitee_of
from core.permissions import member_only, public
from core.tenancy import city_scope
from core.values import CalendarEntry, Link, Ref
from core.web import city_hooks, see_other, viewer

bp = Blueprint("invitations", __name__)

MOST_SHOWN = 60
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,40}")


# -- By the link of a mail ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation opened by its link: the row, the event as every member may see it, and who invites."""

    city: City
    row: Invitee
    entry: CalendarEntry | None
    host: letters.Host
    zone: str

    @property
    def reason(self) -> str:
        """Why it cannot be answered; empty while it can."""
        return services.closed(self.row, self.entry)


def _public(page: str, status: int = 200) -> AnyResponse:
    response = make_response(page, status)
    # Robots may come by an address that somebody has put on a page.
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _unknown() -> AnyResponse:
    return _public(render_template("invitations/unknown.html"), 404)


def _city_of(token: str) -> tuple[City, str] | None:
    """The city and the invitee of a link, whether or not there is such an invitee."""
    named = invitee_of(token)
    city = db.session.get(City, named[0]) if named else None
    return (city, named[1]) if named and city is not None else None


def _open(city: City, identifier: str, *, lock: bool = False) -> Opened | None:
    """The invitation behind a link, in its city; None when it is not there, or its plugin is off.

    The page speaks the recipient's language, unless whoever reads it has chosen one in this browser.
    """
    row = services.find_invitee(identifier, lock=lock)
    if row is None:
        return None
    language, zone = row.language, ""
    if row.membership_id:
        membership = find_membership(row.membership_id)
        if membership is None or not in_force(membership, today(city.zone)):
            return None
        person = db.session.get(Person, membership.person_id) if membership.person_id else None
        language, zone = (person.language, person.zone) if person else ("", "")
    if "language" not in session:
        g.language = known_language(language or city.default_language)
    hooks = events.hooks_of(city)
    try:
        entry = events.entry_of(
            services.subject_of(row), events.any_member(hooks, g.language), hooks
        )
    except events.OwnerSilent:
        return None
    name, names = host_of(row.invited_by or "")
    host = letters.Host(name, name_of(names, g.language) if names else "")
    return Opened(city, row, entry, host, zone)


def _answer_page(
    token: str, found: Opened, *, moved: bool = False, thanks: bool = False, status: int = 200
) -> AnyResponse:
    reason, entry = found.reason, found.entry
    if reason or entry is None:
        page = render_template(
            "invitations/closed.html",
            sentence=panel.nothing_to_answer(reason),
            # Whoever is no longer invited learns nothing more of it.
            title=letters.title_of(entry, found.host, g.language)
            if entry is not None and reason != "withdrawn"
            else "",
            tag_of=entry.language if entry is not None and not entry.busy_only else "",
        )
        return _public(page, status)
    asked = request.args.get("answer", "")
    time = events.time_of(entry)
    present = found.row.answer if found.row.answered_for == time else ""
    page = render_template(
        "invitations/answer.html",
        token=token,
        entry=entry,
        title=letters.title_of(entry, found.host, g.language),
        when=letters.when_words(entry, found.zone),
        who=found.host.in_words(),
        network=services.organiser_name(g.language),
        present=present,
        chosen=asked if asked in services.ANSWERS else present or "accepted",
        preselected=asked in services.ANSWERS,
        postponed=entry.status == "postponed",
        seen=time,
        moved=moved,
        thanks=thanks,
        instead=_instead(found.row),
        answers=services.ANSWERS,
        verbs=panel.verbs(),
        words=letters.ANSWER_WORDS,
        looks=panel.LOOKS,
    )
    return _public(page, status)


def _instead(row: Invitee) -> str:
    """That somebody is invited in the place of who said no; by name for that member alone, signed in."""
    name = who_comes_instead(row)
    if name and row.membership_id not in {place.membership.id for place in g.places}:
        return _("Somebody is invited in your place.")
    return panel.instead_words(name)


@bp.get("/answer/<token>")
@public("opened from a mail; a guest has no account, and a member need not sign in to answer")
def answer(token: str) -> AnyResponse:
    """Show one invitation and ask for the answer. Opening the link changes nothing."""
    named = _city_of(token)
    if named is None:
        return _unknown()
    with city_scope(named[0]):
        found = _open(*named)
        if found is None:
            return _unknown()
        return _answer_page(token, found, thanks="thanks" in request.args)


@bp.post("/answer/<token>")
@public("opened from a mail; a guest has no account, and a member need not sign in to answer")
def answer_send(token: str) -> AnyResponse:
    """Write down the answer of the one person whom the link is for, and nothing else."""
    throttle.claim(("answer address", address_of_request()))
    named = _city_of(token)
    if named is None:
        return _unknown()
    form = AnswerForm(request.form)
    with city_scope(named[0]):
        found = _open(*named, lock=True)
        if found is None:
            return _unknown()
        if form.answer.data not in services.ANSWERS:
            return _answer_page(token, found, status=422)
        try:
            services.write_answer(
                found.row, form.answer.data, found.entry, seen=str(form.seen.data or "")
            )
        except Closed as closed:
            db.session.rollback()
            return _answer_page(token, found, moved=closed.reason == "moved", status=409)
        db.session.commit()
    # An office whose people all answer on one morning is no attack.
    throttle.forgive(("answer address", address_of_request()))
    return see_other(url_for("invitations.answer", token=token, thanks=1))


# -- For members -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """Something that the reader is invited to."""

    id: str
    title: str
    language: str
    when: str
    place: str
    url: str
    answer: str
    seen: str
    postponed: bool


@bp.get("/<city_slug>/invitations")
@member_only
def mine() -> str:
    """What the reader is invited to and is still to come: first what waits for an answer."""
    who, hooks = viewer(), city_hooks()
    rows = services.coming_up(who, MOST_SHOWN + 1)
    found: dict[Ref, CalendarEntry] = {}
    links: dict[Ref, Link] = {}
    refs = [services.subject_of(row) for row in rows]
    for plugin in sorted({ref.plugin for ref in refs}):
        own = [ref for ref in refs if ref.plugin == plugin]
        try:
            found.update(events.entries(own, who, hooks))
        except events.OwnerSilent:
            continue
        for some in hooks.read("describe", only=plugin, refs=own, viewer=who):
            links.update(some)
    lines = []
    for row, ref in zip(rows[:MOST_SHOWN], refs, strict=False):
        entry = found.get(ref)
        if entry is not None and panel.is_open(entry):
            lines.append((entry.start, _line(row, entry, links.get(ref))))
    lines.sort(key=lambda one: (one[0], one[1].id))
    return render_template(
        "invitations/mine.html",
        waiting=[line for _start, line in lines if not line.answer],
        answered=[line for _start, line in lines if line.answer],
        more=len(rows) > MOST_SHOWN,
        answers=services.ANSWERS,
        verbs=panel.verbs(),
        words=letters.ANSWER_WORDS,
        looks=panel.LOOKS,
    )


def _line(row: Invitee, entry: CalendarEntry, link: Link | None) -> Line:
    time = events.time_of(entry)
    title = link.title if link is not None else entry.title
    return Line(
        id=row.id,
        title=title or _("Restricted to its own circle"),
        language=(link.language if link is not None else entry.language) if title else g.language,
        when=letters.when_words(entry, g.person.zone if g.person else ""),
        place=entry.place,
        url=link.url if link is not None else "",
        answer=row.answer if row.answered_for == time else "",
        seen=time,
        postponed=entry.status == "postponed",
    )


@bp.post("/<city_slug>/invitations/<string(length=16):invitee_id>/answer")
@member_only
def answer_own(invitee_id: str) -> AnyResponse:
    """The reader's own answer."""
    who, form = viewer(), AnswerForm(request.form)
    row = services.find_invitee(invitee_id, lock=True) if valid_id(invitee_id) else None
    if row is None or row.membership_id != who.membership_id:
        abort(404)
    try:
        entry = events.entry_of(services.subject_of(row), who, city_hooks())
    except events.OwnerSilent:
        abort(404)
    back = _back_to(services.subject_of(row), fallback=url_for("invitations.mine"))
    if form.answer.data not in services.ANSWERS:
        flash(_("Choose one of the three answers."), "wait")
        return see_other(back)
    try:
        services.write_answer(row, form.answer.data, entry, seen=str(form.seen.data or ""))
    except Closed as closed:
        db.session.rollback()
        sentence = (
            _("The time has changed meanwhile. Look at it, and answer again.")
            if closed.reason == "moved"
            else panel.nothing_to_answer(closed.reason)
        )
        flash(sentence, "wait")
        return see_other(back)
    told = _("Your answer: %(answer)s", answer=letters.ANSWER_WORDS[row.answer])
    instead = panel.instead_words(who_comes_instead(row))
    db.session.commit()
    flash(f"{told}. {instead}" if instead else told, "done")
    return see_other(back)


def _back_to(subject: Ref, *, fallback: str = "") -> str:
    """The page of the subject, if the form came from there and the reader may see it."""
    if fallback and request.form.get("from") != "subject":
        return fallback
    for links in city_hooks().read(
        "describe", only=subject.plugin, refs=[subject], viewer=viewer()
    ):
        if subject in links:
            return str(links[subject].url)
    return fallback or url_for("invitations.mine")


# -- Inviting ----------------------------------------------------------------------------------------------


def _subject(plugin: str, kind: str, record_id: str) -> tuple[Ref, CalendarEntry]:
    """What an address names; 404 unless the reader may invite to it, since the page is theirs alone."""
    shaped = _NAME.fullmatch(plugin) and _NAME.fullmatch(kind) and _IDENTIFIER.fullmatch(record_id)
    if not shaped:
        abort(404)
    subject = Ref(plugin, kind, record_id)
    try:
        entry = events.entry_of(subject, viewer(), city_hooks())
    except events.OwnerSilent:
        abort(404)
    if entry is None or not entry.may_invite:
        abort(404)
    return subject, entry


def _people(language: str) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """The members in force: by organisation, and by name with the organisation they speak for; one query."""
    day = today()
    rows = db.session.scalars(
        select(Membership)
        .where(Membership.active.is_(True))
        .order_by(Membership.sort_key, Membership.id)
    )
    names = {one.id: one.name for one in partners(language)}
    by_organisation: dict[str, list[str]] = {}
    single = []
    for row in rows:
        if not in_force(row, day):
            continue
        office = names.get(row.organisation_id or "", "")
        single.append((row.id, f"{row.shown_name} · {office}" if office else row.shown_name))
        if row.organisation_id:
            by_organisation.setdefault(row.organisation_id, []).append(row.id)
    return by_organisation, single


def _invite_page(
    subject: Ref, entry: CalendarEntry, form: InviteForm, offered: Any, status: int = 200
) -> AnyResponse:
    by_organisation, single = offered
    page = render_template(
        "invitations/invite.html",
        subject=subject,
        entry=entry,
        form=form,
        open=panel.is_open(entry),
        when=letters.when_words(entry),
        back=_back_to(subject),
        sizes={one: len(members) for one, members in by_organisation.items()},
        number=len(single),
        present={line.membership_id for line in services.invitees_of(subject)},
    )
    return make_response(page, status)


def _form(filled: Any = None) -> tuple[InviteForm, Any]:
    offered = _people(g.language)
    by_organisation, single = offered
    form = InviteForm(filled)
    offices = [
        (one.id, one.name)
        for one in partners(g.language)
        if one.active and one.id in by_organisation
    ]
    form.offer(offices, single, g.city.default_language)
    return form, offered


@bp.get("/<city_slug>/invitations/<plugin>/<kind>/<record_id>")
@member_only
def choose(plugin: str, kind: str, record_id: str) -> AnyResponse:
    """Whom to invite to one event."""
    subject, entry = _subject(plugin, kind, record_id)
    form, offered = _form()
    return _invite_page(subject, entry, form, offered)


@bp.post("/<city_slug>/invitations/<plugin>/<kind>/<record_id>")
@member_only
def invite(plugin: str, kind: str, record_id: str) -> AnyResponse:
    """Invite those who were chosen; sending the form twice invites each once."""
    subject, entry = _subject(plugin, kind, record_id)
    form, offered = _form(request.form)
    if not panel.is_open(entry):
        return _invite_page(subject, entry, form, offered, 409)
    if not form.validate():
        return _invite_page(subject, entry, form, offered, 422)
    by_organisation, single = offered
    wanted = set(form.members.data or [])
    if form.everybody.data:
        wanted.update(identifier for identifier, _name in single)
    for one in form.organisations.data or []:
        wanted.update(by_organisation.get(one, ()))
    guests = []
    if form.guest_email.data:
        guests.append(
            Guest(form.guest_name.data or "", form.guest_email.data, form.guest_language.data)
        )
    try:
        services.invite(subject, wanted, viewer(), guests)
    except TooMany as fault:
        db.session.rollback()
        form.form_errors.append(
            ngettext(
                "No more than %(num)s can be invited to one event. Choose fewer.",
                "No more than %(num)s can be invited to one event. Choose fewer.",
                fault.most,
            )
        )
        return _invite_page(subject, entry, form, offered, 422)
    db.session.commit()
    flash(_("Invited. The mails go out in a minute or two."), "done")
    return see_other(_back_to(subject))


@bp.post("/<city_slug>/invitations/<string(length=16):invitee_id>/withdraw")
@member_only
def withdraw(invitee_id: str) -> AnyResponse:
    """Take one invitation back."""
    row = services.find_invitee(invitee_id) if valid_id(invitee_id) else None
    if row is None:
        abort(404)
    subject = services.subject_of(row)
    _subject(subject.plugin, subject.kind, subject.id)
    services.withdraw(subject, [row.id], viewer())
    db.session.commit()
    flash(_("The invitation is taken back."), "done")
    return see_other(_back_to(subject))
