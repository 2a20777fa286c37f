"""The pages on which two records that are the same become one, and are parted again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import abort, flash, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.database import db
from core.directory import listing, merging
from core.directory import services as directory
from core.directory.alike import alike, alike_to
from core.directory.forms import named
from core.directory.lists import LEVELS, SECTORS, SERVICES, titles
from core.directory.merging import Kind, Record
from core.directory.models import Merge
from core.directory.views import bp
from core.directory.views.common import argument, refusal
from core.forms import valid_id
from core.i18n import format_date, lang_tag, language_name, list_comma, ngettext
from core.i18n import gettext as _
from core.identity.models import Membership, Organisation
from core.permissions import ROLE_TITLES, Permission, Role, requires
from core.registry import plugin_registry
from core.schema import owner_of
from core.web import see_other, viewer

MAY: Mapping[Kind, Permission] = {
    "organisation": Permission.MANAGE_ORGANISATIONS,
    "membership": Permission.MANAGE_MEMBERS,
}
# More than these are found by searching.
_OFFERED = 12
_LISTS = frozenset({"levels", "services", "languages"})


# -- Side by side ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the two records: what each says, and what is proposed. ``take`` is empty where both say the same."""

    name: str
    label: str
    kept: str
    merged: str
    take: str
    may_both: bool = False
    tag: str = ""
    by_people: bool = True


def _suggest(name: str, kept: Any, merged: Any) -> str:
    """Which value is proposed: what is filled rather than what is not, both lists, and the longer text."""
    if not merged:
        return "kept"
    if not kept:
        return "merged"
    if name in _LISTS:
        return "both"
    if name == "about" and len(merged) > len(kept):
        return "merged"
    return "kept"


def _lines(kept: Record, merged: Record, chosen: Mapping[str, str]) -> list[Line]:
    """Every field that one of the two has filled, with what ``chosen`` says of it."""
    found = []
    for name, label, mine, theirs, words, tag, by_people in _fields(kept, merged):
        if not mine and not theirs:
            continue
        same = mine == theirs
        may_both = name in _LISTS and not same
        take = chosen.get(f"take-{name}", "")
        if take not in {"kept", "merged", *(["both"] if may_both else [])}:
            take = _suggest(name, mine, theirs)
        found.append(
            Line(
                name,
                label,
                words(mine),
                words(theirs),
                "" if same else take,
                may_both,
                tag,
                by_people,
            )
        )
    return found


def _fields(kept: Record, merged: Record) -> list[tuple[str, str, Any, Any, Any, str, bool]]:
    """Name, label, both values, how a value is written, its language, and whether people wrote it."""
    if isinstance(kept, Organisation) and isinstance(merged, Organisation):
        return _organisation_fields(kept, merged)
    return _person_fields(cast("Membership", kept), cast("Membership", merged))


def _plain(value: Any) -> str:
    return str(value or "")


def _day(value: Any) -> str:
    return format_date(value, "long") if value else ""


def _organisation_fields(
    kept: Organisation, merged: Organisation
) -> list[tuple[str, str, Any, Any, Any, str, bool]]:
    codes = dict.fromkeys([*g.city.languages, *kept.names, *merged.names])
    rows: list[tuple[str, str, Any, Any, Any, str, bool]] = [
        (
            f"names-{code}",
            _("Name in %(language)s", language=language_name(code)),
            kept.names.get(code, ""),
            merged.names.get(code, ""),
            _plain,
            lang_tag(code),
            True,
        )
        for code in codes
    ]
    for name, label, words in (
        ("sector", _("Sector"), lambda code: str(SECTORS.get(code, code))),
        (
            "levels",
            _("Levels of prevention"),
            lambda codes: list_comma().join(titles(codes, LEVELS)),
        ),
        (
            "services",
            _("What it can offer"),
            lambda codes: list_comma().join(titles(codes, SERVICES)),
        ),
        (
            "languages",
            _("Languages it works in"),
            lambda codes: list_comma().join(map(named, codes)),
        ),
        ("agreement_from", _("Agreement from"), _day),
        ("agreement_until", _("Agreement until"), _day),
    ):
        rows.append((name, label, getattr(kept, name), getattr(merged, name), words, "", False))
    for name, label in (
        ("about", _("What it does")),
        ("contact_name", _("Whom to ask for")),
        ("contact_phone", _("Telephone")),
        ("contact_email", _("E-mail address")),
        ("website", _("Website")),
    ):
        rows.append((name, label, getattr(kept, name), getattr(merged, name), _plain, "", True))
    return rows


def _person_fields(
    kept: Membership, merged: Membership
) -> list[tuple[str, str, Any, Any, Any, str, bool]]:
    names = {one.id: one.name for one in directory.partners(g.language)}
    rows: list[tuple[str, str, Any, Any, Any, str, bool]] = []
    for name, label, words, by_people in (
        ("shown_name", _("Name"), _plain, True),
        ("organisation_id", _("Organisation"), lambda code: names.get(code, ""), True),
        ("position", _("Position"), _plain, True),
        ("phone", _("Telephone"), _plain, True),
        ("since", _("Member from"), _day, False),
        ("until", _("Member until"), _day, False),
    ):
        rows.append((name, label, getattr(kept, name), getattr(merged, name), words, "", by_people))
    return rows


def _facts(kept: Record, merged: Record, lines: list[Line]) -> dict[str, Any]:
    """What the services write, from what was chosen line by line."""
    facts: dict[str, Any] = {}
    names = dict(kept.names) if isinstance(kept, Organisation) else {}
    for line in lines:
        if not line.take:
            continue
        if line.name.startswith("names-"):
            code = line.name.removeprefix("names-")
            source = merged if line.take == "merged" else kept
            names[code] = cast("Organisation", source).names.get(code, "")
            continue
        mine, theirs = getattr(kept, line.name), getattr(merged, line.name)
        if line.take == "both":
            facts[line.name] = list(dict.fromkeys([*mine, *theirs]))
        else:
            facts[line.name] = theirs if line.take == "merged" else mine
    if isinstance(kept, Organisation):
        facts["names"] = names
    return facts


# -- What moves --------------------------------------------------------------------------------------------


def in_words(counts: Mapping[str, int]) -> list[str]:
    """How many records move, by what they are. Those of a plugin are counted together under its title."""
    plugins = plugin_registry().plugins
    by_owner: dict[str, int] = {}
    found = []
    for table, number in counts.items():
        if table == "identity_membership":
            found.append(ngettext("%(num)s person", "%(num)s people", number))
        elif table == "home_calendar_feed":
            found.append(ngettext("%(num)s calendar feed", "%(num)s calendar feeds", number))
        elif table == "files_attachment":
            found.append(ngettext("%(num)s file", "%(num)s files", number))
        else:
            owner = owner_of(table, list(plugins))
            by_owner[owner] = by_owner.get(owner, 0) + number
    for owner, number in by_owner.items():
        if owner in plugins:
            found.append(
                ngettext(
                    "%(plugin)s: %(num)s record",
                    "%(plugin)s: %(num)s records",
                    number,
                    plugin=str(plugins[owner].title),
                )
            )
        else:
            found.append(ngettext("%(num)s other record", "%(num)s other records", number))
    return found


def refused(fault: merging.MergeRefused) -> str:
    """Why two records cannot be merged or parted, and what to do."""
    return {
        "gone": _("One of the two was merged already. Look at the list again."),
        "inactive": _(
            "The one that stays no longer takes part. Keep the other one, or let it take part again first."
        ),
        "own": _("Nobody changes their own place in the network. Ask another administrator."),
        "own_organisation": _(
            "You speak for one of the two, and would come to see what the other keeps to itself. Ask somebody who "
            "speaks for neither."
        ),
        "accounts": _(
            "Both have an account of their own, and accounts are never joined. Ask the person which one they use, "
            "end the other membership, then merge it into the one that stays."
        ),
        "nameless": _("Enter the name."),
        "dates": _("The last day lies before the first."),
        "rows": _("Something that both have cannot belong to one of them. Nothing was changed."),
        "late": _("This merge can no longer be undone."),
        "first": _("What it was merged into was merged on. Undo that first."),
    }[fault.reason]


# -- The pages ---------------------------------------------------------------------------------------------


def _find(kind: Kind, identifier: str) -> Record:
    found = merging.find(kind, identifier) if valid_id(identifier) else None
    if found is None or found.merged_into:
        abort(404)
    return found


def name_of(row: Record) -> str:
    """What a record is called."""
    if isinstance(row, Organisation):
        return directory.name_of(row.names, g.language)
    return row.shown_name


def page_of(kind: str, identifier: str) -> str:
    """The address of a record's page."""
    if kind == "organisation":
        return url_for("directory.organisation", organisation_id=identifier)
    return url_for("directory.person", membership_id=identifier)


def _merge_url(kind: str, identifier: str, other: str) -> str:
    if kind == "organisation":
        return url_for("directory.organisation_merge", organisation_id=identifier, other=other)
    return url_for("directory.person_merge", membership_id=identifier, other=other)


def _choose_page(kind: Kind, one: Record) -> AnyResponse:
    """The list from which the other one is chosen, those that look alike first."""
    words = argument("q")
    if kind == "organisation":
        rows: list[Record] = list(
            listing.organisations(listing.OrganisationFilters(q=words), {}).rows
        )
    else:
        rows = list(listing.people(listing.PeopleFilters(q=words), {}).rows)
    likely = [] if words else [merging.find(kind, other) for other in alike_to(kind, one.id)]
    first = [other for other in likely if other is not None]
    known = {one.id, *(other.id for other in first)}
    partners = {partner.id: partner.name for partner in directory.partners(g.language)}
    page = render_template(
        "directory/merge_choose.html",
        kind=kind,
        one=one,
        name=name_of(one),
        name_of=name_of,
        soft=lambda row: (
            str(SECTORS.get(row.sector, row.sector))
            if isinstance(row, Organisation)
            else partners.get(row.organisation_id, "")
        ),
        likely=first,
        others=[other for other in rows if other.id not in known][:_OFFERED],
        more=len(rows) > _OFFERED,
        q=words,
        back=page_of(kind, one.id),
        merge_url=_merge_url,
    )
    return make_response(page)


def _pair_page(
    kind: Kind, kept: Record, merged: Record, *, problem: str = "", status: int = 200
) -> AnyResponse:
    who = viewer()
    possible = True
    try:
        merging.check(who, kept, merged)
    except merging.MergeRefused as fault:
        possible, problem = False, refused(fault)
    except directory.RolesRefused as fault:
        possible, problem = False, refusal(fault)
    roles = isinstance(kept, Membership) and set(kept.roles) != set(
        cast("Membership", merged).roles
    )
    page = render_template(
        "directory/merge.html",
        kind=kind,
        kept=kept,
        merged=merged,
        kept_name=name_of(kept),
        merged_name=name_of(merged),
        lines=_lines(kept, merged, request.form),
        role_titles=_titles,
        roles_differ=roles,
        choose_roles=roles and directory.may_assign(who),
        take_roles=request.form.get("take-roles", "kept"),
        moving=in_words(merging.count(kept, merged)),
        problem=problem,
        possible=possible,
        back=page_of(kind, kept.id),
        swap=_merge_url(kind, merged.id, kept.id),
        days=merging.UNDO_WITHIN.days,
    )
    return make_response(page, status)


def _titles(roles: list[str]) -> str:
    return list_comma().join(str(ROLE_TITLES[role]) for role in Role if role.value in roles) or _(
        "None"
    )


def _merge_page(kind: Kind, identifier: str) -> AnyResponse:
    one = _find(kind, identifier)
    other = request.args.get("other", "")
    if not other:
        return _choose_page(kind, one)
    found = _find(kind, other)
    if found.id == one.id:
        abort(404)
    return _pair_page(kind, one, found)


def _version(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _merge(kind: Kind, identifier: str) -> AnyResponse:
    kept = _find(kind, identifier)
    merged = _find(kind, request.form.get("other", ""))
    if merged.id == kept.id:
        abort(404)
    facts = _facts(kept, merged, _lines(kept, merged, request.form))
    roles = None
    if isinstance(kept, Membership) and isinstance(merged, Membership):
        roles = {"merged": merged.roles, "both": [*kept.roles, *merged.roles]}.get(
            request.form.get("take-roles", "")
        )
    try:
        # Refused half-way, nothing of it may stay; what the page has read before it may.
        with db.session.begin_nested():
            made = merging.merge(
                viewer(),
                kept,
                merged,
                facts,
                versions=(_version("kept_version"), _version("merged_version")),
                roles=roles,
            )
    except merging.MergeRefused as fault:
        return _pair_again(kind, identifier, refused(fault), 422)
    except directory.RolesRefused as fault:
        return _pair_again(kind, identifier, refusal(fault), 422)
    except directory.Conflict:
        return _pair_again(
            kind,
            identifier,
            _("Somebody changed one of the two meanwhile. What you see below is stored now."),
            409,
        )
    db.session.commit()
    back = url_for("directory.merge_undo", merge_id=made.id)
    flash({"text": _("The two are one now."), "undo": back}, "done")  # type: ignore[arg-type]  # the page reads mappings
    return see_other(page_of(kind, kept.id))


def _pair_again(kind: Kind, identifier: str, problem: str, status: int) -> AnyResponse:
    kept, merged = _find(kind, identifier), _find(kind, request.form.get("other", ""))
    return _pair_page(kind, kept, merged, problem=problem, status=status)


@bp.get("/<city_slug>/organisations/<organisation_id>/merge")
@requires(Permission.MANAGE_ORGANISATIONS)
def organisation_merge(organisation_id: str) -> AnyResponse:
    """Choose the organisation that is the same, and look at both side by side."""
    return _merge_page("organisation", organisation_id)


@bp.post("/<city_slug>/organisations/<organisation_id>/merge")
@requires(Permission.MANAGE_ORGANISATIONS)
def organisation_merge_confirm(organisation_id: str) -> AnyResponse:
    """Make one of two organisations."""
    return _merge("organisation", organisation_id)


@bp.get("/<city_slug>/people/<membership_id>/merge")
@requires(Permission.MANAGE_MEMBERS)
def person_merge(membership_id: str) -> AnyResponse:
    """Choose the person who is the same, and look at both side by side."""
    return _merge_page("membership", membership_id)


@bp.post("/<city_slug>/people/<membership_id>/merge")
@requires(Permission.MANAGE_MEMBERS)
def person_merge_confirm(membership_id: str) -> AnyResponse:
    """Make one of two memberships of the same person."""
    return _merge("membership", membership_id)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that look alike, as the page shows them."""

    kind: Kind
    first: str
    second: str
    why: str
    url: str


@dataclass(frozen=True, slots=True)
class Done:
    """A merge as the page shows it."""

    made: Merge
    kept: str
    merged: str
    by: str
    url: str
    moved: list[str]
    may_undo: bool


@bp.get("/<city_slug>/directory/doubles")
@requires(Permission.MANAGE_ORGANISATIONS)
def doubles() -> str:
    """Records that look alike, and what was merged lately."""
    kinds = [kind for kind, permission in MAY.items() if viewer().may(permission)]
    found = {kind: alike(kind) for kind in kinds}
    made = merging.recent(kinds)
    people = directory.people_by_membership(
        {one.made_by or "" for one in made}
        | {
            identifier
            for one in made
            if one.kind == "membership"
            for identifier in (one.kept_id, one.merged_id)
        }
        | {
            identifier
            for one in found.get("membership", ())
            for identifier in (one.first, one.second)
        }
    )
    names = {one.id: one.name for one in directory.partners(g.language)} | people
    why = {
        "name": _("Same name"),
        "near": _("Nearly the same name"),
        "email": _("Same e-mail address"),
        "phone": _("Same telephone"),
        "website": _("Same website"),
    }
    return render_template(
        "directory/doubles.html",
        pairs=[
            Pair(
                kind,
                names.get(one.first, ""),
                names.get(one.second, ""),
                why[one.why],
                _merge_url(kind, one.first, one.second),
            )
            for kind in kinds
            for one in found[kind]
        ],
        merges=[
            Done(
                one,
                names.get(one.kept_id, ""),
                names.get(one.merged_id, ""),
                people.get(one.made_by or "", ""),
                page_of(one.kind, one.kept_id),
                in_words(one.counts),
                merging.may_undo(one),
            )
            for one in made
        ],
        days=merging.UNDO_WITHIN.days,
    )


@bp.post("/<city_slug>/directory/merges/<merge_id>/undo")
@requires(Permission.MANAGE_ORGANISATIONS)
def merge_undo(merge_id: str) -> AnyResponse:
    """Part two records again."""
    made = merging.find_merge(merge_id) if valid_id(merge_id) else None
    if made is None or not viewer().may(MAY[cast("Kind", made.kind)]):
        abort(404)
    kind, merged_id = made.kind, made.merged_id
    here = url_for("directory.doubles")
    try:
        parted = merging.undo(viewer(), made)
    except merging.MergeRefused as fault:
        db.session.rollback()
        flash(refused(fault), "late")
        return see_other(here)
    except directory.RolesRefused as fault:
        db.session.rollback()
        flash(refusal(fault), "late")
        return see_other(here)
    db.session.commit()
    flash(_("The two are apart again."), "done")
    if parted.stayed:
        flash(
            ngettext(
                "%(num)s record was changed since or is gone, and stays as it is.",
                "%(num)s records were changed since or are gone, and stay as they are.",
                parted.stayed,
            ),
            "info",
        )
    if parted.fields:
        flash(
            _("What somebody wrote since the merge stays as it is; look at the one that stayed."),
            "info",
        )
    return see_other(page_of(kind, merged_id))
