"""The panel "Invited" below a record: who is invited, what they answered, and the reader's own answer."""

from core.database import utcnow
from core.i18n import gettext as _
from core.i18n import pgettext as _p
from core.invitations import events
from core.invitations.letters import ANSWER_WORDS
from core.invitations.services import ANSWERS, InviteeLine, count_answers, invitees_of
from core.panels import Panel
from core.values import CalendarEntry, Ref, Viewer
from core.web import city_hooks

# Who said yes comes first, who said nothing last but one.
_ORDER = ("accepted", "tentative", "", "declined")
LOOKS = {
    "": ("wait", "clock"),
    "accepted": ("good", "check"),
    "tentative": ("", "circle-dashed"),
    "declined": ("", "x"),
}
SHOWN = 12


def invited(subject: Ref, viewer: Viewer) -> Panel | None:
    """The panel; None for records that nobody is invited to, and nobody here could invite to. Two queries."""
    hooks = city_hooks()
    if not _gives_events(subject.plugin):
        return None
    try:
        entry = events.entry_of(subject, viewer, hooks)
    except events.OwnerSilent:
        return None
    if entry is None:
        return None
    lines = invitees_of(subject)
    if not (lines or may_invite(entry)):
        return None
    ordered = sorted(lines, key=lambda line: _ORDER.index(line.answer))
    own = next((line for line in lines if line.membership_id == viewer.membership_id), None)
    return Panel(
        _p("people", "Invited"),
        "invitations/panel.html",
        {
            "subject": subject,
            "first": ordered[:SHOWN],
            "rest": ordered[SHOWN:],
            "counts": counts(lines),
            "own": own,
            "names": {line.membership_id: line.name for line in lines if line.membership_id},
            "instead": instead_words(_instead(own, lines)),
            "open": is_open(entry),
            "seen": events.time_of(entry),
            "may_invite": may_invite(entry),
            "may_withdraw": entry.may_invite,
            "answers": ANSWERS,
            "words": ANSWER_WORDS,
            "looks": LOOKS,
            "verbs": verbs(),
        },
        order=20,
    )


def _instead(own: InviteeLine | None, lines: tuple[InviteeLine, ...]) -> str:
    """The name of who is invited in the reader's place; empty where they come themselves."""
    if own is None or own.answer != "declined":
        return ""
    return next(
        (
            line.name
            for line in lines
            if line.instead_of == own.membership_id and line.answer != "declined"
        ),
        "",
    )


def _gives_events(plugin: str) -> bool:
    """Whether a plugin has events at all; asking one that has none would look like a failure."""
    from core.registry import plugin_registry

    implementations = plugin_registry().manager.hook.events.get_hookimpls()
    return any(one.plugin_name == plugin for one in implementations)


def is_open(entry: CalendarEntry) -> bool:
    """Whether an event can still be answered."""
    return entry.status != events.CANCELLED and not events.is_over(entry, utcnow())


def may_invite(entry: CalendarEntry) -> bool:
    """Whether the viewer for whom ``entry`` was asked may invite to it now."""
    return entry.may_invite and is_open(entry)


def counts(lines: tuple[InviteeLine, ...]) -> list[tuple[str, int]]:
    """How many gave each answer, of the answers that were given; those who gave none last."""
    found = count_answers(lines)
    return [(answer, found[answer]) for answer in (*ANSWERS, "") if found[answer]]


def verbs() -> dict[str, str]:
    """What the buttons of the answers say."""
    return {
        "accepted": _p("answer to an invitation", "Accept"),
        "tentative": _p("answer to an invitation", "Perhaps"),
        "declined": _p("answer to an invitation", "Decline"),
    }


def instead_words(name: str) -> str:
    """Who is invited in the place of the reader who cannot come, in a sentence; empty for an empty name."""
    return _("%(name)s is invited in your place.", name=name) if name else ""


def nothing_to_answer(reason: str) -> str:
    """Why an invitation cannot be answered, in a sentence."""
    return {
        "withdrawn": _("You are no longer invited to this."),
        "gone": _("This does not take place any more."),
        "cancelled": _("This was cancelled. It does not take place."),
        "over": _("This is over. Thank you."),
    }[reason]
