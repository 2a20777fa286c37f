"""The handover on paper: the same parts in the same order as on the page."""

from datetime import date
from typing import Any

from core.actions.listing import ActionLine
from core.actions.words import STATUSES
from core.database import utcnow
from core.handover.services import Handover
from core.home.agenda import first_day
from core.i18n import (
    current_zone,
    direction,
    format_date,
    format_datetime,
    format_number,
    format_time,
    lang_tag,
    language_name,
    ngettext,
    pgettext,
    upper_first,
)
from core.i18n import gettext as _
from core.printing import letterhead, pdf
from core.values import CalendarEntry, Viewer
from core.week.services import Lapse, Sheet

Cell = str | list[Any]
# The shares of the columns, by how many there are.
_WIDTHS = {0: [], 3: [2.4, 1.6, 1.2], 4: [2.4, 1.6, 1.1, 1.1]}
_WIDTHS_OF_NETWORK = [2, 1.4, 2.4, 0.8]


def handover_paper(found: Handover, viewer: Viewer, day: date) -> bytes:
    """The paper as PDF, in the reader's language. Raises :class:`core.printing.PrintingFailed`."""
    title = _("Handover")
    data = {
        "head": letterhead(viewer.locale),
        "lead": _(
            "What whoever keeps the network next must know, on %(day)s.",
            day=format_date(day, "long"),
        ),
        "foot": _(
            "Printed on %(when)s by %(name)s", when=format_datetime(utcnow()), name=viewer.name
        ),
        "sections": _sections(found, viewer, day),
    }
    return pdf("handover", data, language=viewer.locale, title=title)


def said(text: str, language: str) -> list[Any]:
    """A text that people wrote, with its language and direction."""
    return [text, lang_tag(language).partition("-")[0], direction(language) == "rtl"]


def _section(
    title: str, heads: list[str], rows: list[list[Cell]], empty: str, more: str = ""
) -> dict[str, Any]:
    return {
        "title": title, "heads": heads, "widths": _WIDTHS[len(heads)], "rows": rows, "empty": empty,
        "more": more, "text": None,
    }  # fmt: skip


def _sections(found: Handover, viewer: Viewer, day: date) -> list[dict[str, Any]]:
    note = _section(_("What you should know"), [], [], _("Nobody has written anything yet."))
    if found.note.text:
        note["text"] = said(found.note.text, found.note.language)
    until = pgettext("head of a column", "Until")
    mine, others = _rest(found.mine, found.mine_number), _rest(found.others, found.others_number)
    action_heads = [
        _("What is to be done"),
        _("Who acts"),
        _("By when"),
        pgettext("action", "State"),
    ]
    return [
        note,
        _section(
            _("My open actions"),
            action_heads,
            [_action(line) for line in found.mine],
            _("None."),
            mine,
        ),
        _section(
            _("Everybody’s open actions"),
            action_heads,
            [_action(line) for line in found.others],
            _("None."),
            others,
        ),
        _section(
            _("Waiting to be done"),
            [pgettext("head of a column", "What"), _("Organisation"), pgettext("head of a column", "Since")],
            [
                [_titled(one.title, one.language, viewer), one.organisation, format_date(one.since)]
                for one in found.waiting
            ],
            _("Nothing waits."),
        ),
        _section(
            _("The next thirty days"),
            [pgettext("head of a column", "When"), pgettext("head of a column", "What"), _("Organisation")],
            [_entry(entry, viewer, day) for entry in found.coming],
            _("Nothing is planned."),
        ),
        *_lapsing(found, until),
        _section(
            _("Who does what"),
            [pgettext("head of a column", "Role"), pgettext("head of a column", "Who"), _("Organisation")],
            [
                [role, person.name, person.organisation]
                for role, people in found.roles
                for person in people
            ],
            _("None."),
        ),
        _network(found),
        _section(
            _("Languages"),
            [_("Language"), _("Up to date"), pgettext("translations", "Outdated"), pgettext("translations", "Missing")],
            [
                [
                    upper_first(language_name(one.language)),
                    _("%(done)s of %(all)s", done=format_number(one.done), all=format_number(one.texts)),
                    format_number(one.outdated),
                    format_number(one.missing),
                ]
                for one in found.languages
            ],
            _("None."),
        ),
        _section(
            _("Plugins that are on"),
            [_("Plugin"), _("What it does"), _("How it is set")],
            [
                [one.title, one.summary, " · ".join(f"{name}: {words}" for name, words in one.settings)]
                for one in found.plugins
            ],
            _("None."),
            _feeds(found.feeds),
        ),
    ]  # fmt: skip


def _network(found: Handover) -> dict[str, Any]:
    made = _section(
        _("The network"),
        [_("Organisation"), _("Whom to ask for"), _("Telephone and e-mail"), _("Members")],
        [
            [
                one.name,
                one.contact,
                " · ".join(each for each in (one.phone, one.email) if each),
                format_number(one.members),
            ]
            for one in found.organisations
        ],
        _("No organisation yet."),
    )
    return made | {"widths": _WIDTHS_OF_NETWORK}


def _feeds(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "Whoever hands over has %(num)s secret address of the calendar. A successor makes their own.",
        "Whoever hands over has %(num)s secret addresses of the calendar. A successor makes their own.",
        number,
    )


def _rest(lines: tuple[ActionLine, ...], number: int) -> str:
    left = number - len(lines)
    return ngettext("%(num)s more", "%(num)s more", left) if left > 0 else ""


def _titled(text: str, language: str, viewer: Viewer) -> Cell:
    return said(text, language or viewer.locale)


def _action(line: ActionLine) -> list[Cell]:
    state = str(STATUSES[line.status])
    if line.late:
        late = pgettext("action", "Late")
        state = f"{late}, {state}" if line.status != "open" else late
    who = " · ".join(each for each in (line.assignee, line.organisation) if each)
    return [said(line.text, line.language), who, format_date(line.due_on), state]


def _entry(entry: CalendarEntry, viewer: Viewer, day: date) -> list[Cell]:
    first = format_date(max(day, first_day(entry, current_zone())), "weekday")
    hour = _("all day") if entry.all_day else format_time(entry.start)
    return [
        f"{first}, {hour}",
        _titled(entry.title, entry.language, viewer),
        entry.organisation or entry.place,
    ]


def _lapsing(found: Handover, until: str) -> list[dict[str, Any]]:
    def rows(sheet: Sheet[Lapse]) -> list[list[Cell]]:
        return [
            [
                one.name or one.organisation,
                one.organisation if one.name else "",
                _("ended %(day)s", day=format_date(one.day)) if one.past else format_date(one.day),
            ]
            for one in sheet.rows
        ]

    heads = [pgettext("head of a column", "Who"), _("Organisation"), until]
    parts = [
        _section(title, heads, rows(sheet), "")
        for title, sheet in (
            (_("Memberships running out"), found.lapsing.memberships),
            (_("Agreements running out"), found.lapsing.agreements),
            (_("Invitations not taken up"), found.lapsing.invitations),
        )
        if sheet.rows
    ]
    if not parts:
        parts = [_section(_("Running out"), [], [], _("Nothing runs out in the next sixty days."))]
    if found.kept.to_confirm:
        parts[-1]["more"] = ngettext(
            "%(num)s membership waits for confirmation.",
            "%(num)s memberships wait for confirmation.",
            found.kept.to_confirm,
        )
    return parts
