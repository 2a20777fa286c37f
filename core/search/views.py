"""The one page of the search."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template, request

from core.i18n import today
from core.permissions import member_only
from core.search.own import hits
from core.search.query import LONGEST, MOST_HITS, Query, read_query
from core.values import Hit, HitKind, Piece
from core.web import city_hooks, viewer

bp = Blueprint("search", __name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with its title in pieces."""

    title: tuple[Piece, ...]
    hit: Hit


@dataclass(frozen=True, slots=True)
class Section:
    """What was found of one kind.

    ``nearly`` says that it differs by a letter from what was typed. The list of that kind, which forgives none, would
    then be empty.
    """

    kind: HitKind
    found: tuple[Found, ...]
    nearly: bool


@bp.get("/<city_slug>/search")
@member_only
def index() -> str:
    """What the reader may see of all that matches, by kind."""
    query = read_query(request.args.get("q", ""), today())
    return render_template(
        "search/index.html", query=query, sections=_sections(query), longest=LONGEST
    )


def _sections(query: Query) -> list[Section]:
    if not query.words:
        return []
    reader = viewer()
    kinds: dict[tuple[str, str], list[Hit]] = {}
    for hit in (*hits(reader, query), *city_hooks().read("search", viewer=reader, query=query)):
        kinds.setdefault((hit.ref.plugin, hit.ref.kind), []).append(hit)
    found = [
        Section(some[0].kind, _with_marks(some, query), query.forgave(".".join(name)))
        for name, some in kinds.items()
    ]
    return sorted(found, key=lambda section: (section.kind.order, str(section.kind.title)))


def _with_marks(some: Iterable[Hit], query: Query) -> tuple[Found, ...]:
    return tuple(Found(query.marked(hit.title), hit) for hit in list(some)[:MOST_HITS])
