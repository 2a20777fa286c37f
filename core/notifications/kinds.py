"""The kinds of things that members are told: what each is called, and its sentence in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# How often a kind may be mailed.
AT_ONCE, DAILY, WEEKLY, NEVER = "at_once", "daily", "weekly", "never"
MAILS = (AT_ONCE, DAILY, WEEKLY, NEVER)


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence is made of.

    ``facts`` are what :func:`~core.notifications.services.notify` was given, ``times`` says how often it happened
    before it was read. ``actor`` and ``title`` are empty where there is nobody and nothing to name, or where the
    reader may not see them; a sentence reads well without either.
    """

    facts: Mapping[str, Any]
    times: int
    actor: str
    title: str


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """A kind of thing that members are told.

    ``name`` is ``<feature or plugin>.<what>``, ``title`` a lazy text for the page of settings. ``words`` makes the
    sentence, in the language in force, and reads nothing but what it is given: it is also called where no request
    is. ``in_page`` and ``mail`` (``at_once``, ``daily``, ``weekly`` or ``never``) hold for whoever chose nothing
    else. A kind that a digest would bring too late, such as a reminder, has ``digest=False``: it is mailed at once
    or never. ``where`` is the address to which one without a subject leads. One that only those are told who hold a
    permission names it as ``permission``: nobody else is asked how they want to be told of it.
    """

    name: str
    title: object
    words: Callable[[Told], str]
    in_page: bool = True
    mail: str = AT_ONCE
    digest: bool = True
    where: Callable[[], str] | None = None
    permission: str = ""

    @property
    def owner(self) -> str:
        """The feature or plugin that tells it."""
        return self.name.partition(".")[0]

    @property
    def offered(self) -> tuple[str, ...]:
        """How often a member can have it mailed."""
        return MAILS if self.digest else (AT_ONCE, NEVER)


_OF_CORE: dict[str, NotificationKind] = {}


def fault_of_kind(kind: NotificationKind, owner: str) -> str:
    """What is wrong with a kind of ``owner``, in English, for its author; empty for nothing."""
    if not kind.name.removeprefix(f"{owner}.") or not kind.name.startswith(f"{owner}."):
        return f"The notification {kind.name!r} must begin with '{owner}.'."
    if len(kind.name) > 80:
        return f"The notification {kind.name!r} has a name of more than 80 characters."
    if kind.mail not in kind.offered:
        return f"The notification {kind.name!r} cannot be mailed {kind.mail!r}."
    return ""


def register_kinds(*kinds: NotificationKind) -> None:
    """Let a feature of core tell these kinds. Raises ``ValueError`` for one that cannot be told.

    Plugins name theirs in the manifest: ``Plugin(notifications=(…,))``.
    """
    for kind in kinds:
        if fault := fault_of_kind(kind, kind.owner):
            raise ValueError(fault)
        _OF_CORE[kind.name] = kind


def known_kinds(enabled: frozenset[str]) -> dict[str, NotificationKind]:
    """The kinds of core and of the plugins in ``enabled``, by name, core's first."""
    from core.registry import plugin_registry

    found = dict(_OF_CORE)
    for name, plugin in plugin_registry().plugins.items():
        if name in enabled:
            found.update({kind.name: kind for kind in plugin.notifications})
    return found


def find_kind(name: str) -> NotificationKind:
    """The kind of that name, whether or not its plugin is on in the city in force. Raises ``LookupError``."""
    from core.registry import plugin_registry

    kind = known_kinds(frozenset(plugin_registry().plugins)).get(name)
    if kind is None:
        raise LookupError(f"Nobody tells notifications of the kind {name!r}.")
    return kind
