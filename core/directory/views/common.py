"""What the pages of organisations and of people share."""

from dataclasses import dataclass
from typing import Any, NoReturn

from flask import abort, redirect, request, url_for

from core.directory.listing import OrganisationFilters, Page, PeopleFilters, conditions
from core.directory.services import RolesRefused
from core.forms import Form, clean
from core.i18n import format_date
from core.i18n import gettext as _


def argument(name: str) -> str:
    """A condition from the address, cleaned."""
    return (clean(request.args.get(name, "")) or "")[:100]


def marks() -> dict[str, str]:
    """Where in the list the reader is."""
    return {name: request.args[name] for name in ("before", "after") if name in request.args}


@dataclass(frozen=True, slots=True)
class Pager:
    """The addresses of the neighbouring pages."""

    previous_url: str
    next_url: str


def pager(endpoint: str, filters: OrganisationFilters | PeopleFilters, page: Page[Any]) -> Pager:
    """The addresses of the pages around ``page``, the filters kept."""

    def address(name: str, mark: str) -> str:
        values: dict[str, Any] = {**conditions(filters), name: mark}
        return url_for(endpoint, **values) if mark else ""

    return Pager(address("before", page.before), address("after", page.after))


def tokens(
    endpoint: str, filters: OrganisationFilters | PeopleFilters, words: dict[str, str]
) -> list[tuple[str, str]]:
    """Each condition in words, with the address of the list without it."""
    held = conditions(filters)
    found = []
    for name in held:
        rest: dict[str, Any] = {other: value for other, value in held.items() if other != name}
        found.append((words[name], url_for(endpoint, **rest)))
    return found


def follow(url: str) -> NoReturn:
    """Lead the reader of a merged record to the one that took its place; nothing can be done to it any more."""
    abort(redirect(url) if request.method in {"GET", "HEAD"} else 404)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people filled differently."""

    label: str
    field_id: str
    theirs: str
    yours: str


def differences(yours: Form, theirs: Form) -> list[Difference]:
    """The fields in which what was typed differs from what is stored, both in words."""
    found = []
    for field in yours:
        other = theirs[field.name]
        if field.type in {"OnceField", "VersionField"} or (field.data or "") == (other.data or ""):
            continue
        found.append(Difference(field.label.text, field.id, _in_words(other), _in_words(field)))
    return found


def _groups(field: Any) -> list[tuple[str, list[tuple[str, Any]]]]:
    if isinstance(field.choices, dict):
        return list(field.choices.items())
    return [("", list(field.choices))]


def _in_words(field: Any) -> str:
    if field.type == "DateField":
        return format_date(field.data) or _("nothing")
    if getattr(field, "choices", None):
        chosen = field.data if isinstance(field.data, list) else [field.data]
        names = [
            # In a group, such as a person of an organisation, a name alone says too little.
            str(title) if group in str(title) else f"{title}, {group}"
            for group, choices in _groups(field)
            for code, title in choices
            if code in chosen
        ]
        return ", ".join(names) or _("nothing")
    return str(field.data or "") or _("nothing")


def refusal(fault: RolesRefused) -> str:
    """Why a role, an invitation or an end was refused, and what to do."""
    return {
        "own": _("Nobody changes their own place in the network. Ask another administrator."),
        "not_yours": _("Only a city administrator gives, takes or ends these roles. Ask one."),
        "last": _(
            "This is the last city administrator. Give the role to somebody else first, then take it from here."
        ),
    }[fault.reason]
