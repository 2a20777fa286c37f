"""What the address of the list of translations asks for, for its page and for its file alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.content import listing
from core.content.owners import owner_names
from core.content.shown import kind_title
from core.content.states import State
from core.registry import CityHooks
from core.tenancy import current_city
from core.values import Viewer


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of an address, and what there is to choose from.

    ``kinds`` are the kinds of texts by ``plugin.kind``, with their titles; ``standings`` say how all kinds together
    stand in each of ``languages``.
    """

    filters: listing.Filters
    owners: frozenset[str]
    counts: Sequence[listing.Counted]
    kinds: Mapping[str, str]
    languages: Sequence[str]
    standings: Sequence[listing.Standing]


def asked_for(viewer: Viewer, hooks: CityHooks, arguments: Mapping[str, str]) -> Asked:
    """What ``arguments`` ask for, whatever they hold; at most one query."""
    owners = owner_names(hooks)
    counts = [one for one in listing.counted() if one.plugin in owners]
    kinds = {
        f"{one.plugin}.{one.kind}": kind_title(one.plugin, one.kind)
        for one in counts
        if one.state == State.ORIGINAL
    }
    languages = list(
        dict.fromkeys([*current_city().languages, *sorted({one.language for one in counts})])
    )
    standings = listing.standings(counts, languages)
    filters = listing.read_filters(
        {"language": _first(standings, viewer.locale), **arguments}, languages, kinds
    )
    return Asked(filters, owners, counts, kinds, languages, standings)


def _first(standings: Sequence[listing.Standing], locale: str) -> str:
    """The language to begin with: the reader's own if something is to be done in it, else where most is."""
    waiting = {one.language: one.missing + one.outdated for one in standings}
    if waiting.get(locale):
        return locale
    return max(waiting, key=lambda code: waiting[code], default="")
