"""What is missing in each language, and where to begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template, request, url_for

from core.content import listing
from core.content.asking import asked_for
from core.content.owners import describe
from core.content.views.common import bp, named
from core.i18n import today
from core.permissions import Permission, requires
from core.values import Link, Ref
from core.web import city_hooks, viewer


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list: a record that this reader may see."""

    link: Link
    url: str
    kind: str
    text: listing.ToDo
    words: int
    # So many further records of this page say the same: one translation serves them all.
    alike: int


@dataclass(frozen=True, slots=True)
class Pager:
    """The addresses of the neighbouring pages."""

    previous_url: str
    next_url: str


@bp.get("/<city_slug>/translations")
@requires(Permission.TRANSLATE_CONTENT)
def overview() -> str:
    """How the texts stand in each language of the city, and what is to be done in one of them."""
    who, hooks = viewer(), city_hooks()
    asked = asked_for(who, hooks, request.args)
    filters, kinds = asked.filters, asked.kinds
    page = listing.to_do(
        filters,
        asked.owners,
        today(),
        before=request.args.get("before", ""),
        after=request.args.get("after", ""),
    )
    links = describe([row.ref for row in page.rows], who, hooks)
    return render_template(
        "content/overview.html",
        standings=listing.standings(asked.counts, asked.languages, filters.kind),
        filters=filters,
        kinds=kinds,
        languages={code: named(code) for code in asked.languages},
        wanted=listing.WANTED,
        lines=_lines(page.rows, links, filters.language, kinds),
        pager=Pager(
            _page(filters, before=page.before) if page.before else "",
            _page(filters, after=page.after) if page.after else "",
        ),
        today=today(),
    )


def _lines(
    rows: Sequence[listing.ToDo],
    links: Mapping[Ref, Link],
    language: str,
    kinds: Mapping[str, str],
) -> list[Line]:
    """The rows of the list; those that say the same and stand the same are one."""
    found: dict[tuple[str, str, str], list[listing.ToDo]] = {}
    for row in rows:
        # What the reader may not see is not there.
        if row.ref in links:
            found.setdefault((row.ref.plugin, row.original.fingerprint, row.state), []).append(row)
    return [
        Line(
            links[first.ref],
            url_for(
                "content.edit",
                plugin=first.ref.plugin,
                kind=first.ref.kind,
                record_id=first.ref.id,
                language=language,
            ),
            kinds.get(f"{first.ref.plugin}.{first.ref.kind}", ""),
            first,
            first.words,
            len(further),
        )
        for first, *further in found.values()
    ]


def _page(filters: listing.Filters, **mark: str) -> str:
    asked: dict[str, str] = filters.address() | mark
    return url_for("content.overview", **asked)  # type: ignore[arg-type]  # the arguments of the address alone
