"""The overview: how many texts stand how in each language, and what is to be done, the most urgent first."""

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from core.cities.remembering import until_changed
from core.content.models import ContentText
from core.content.states import State
from core.database import db, kept_alias
from core.exporting.batches import batches
from core.values import Ref

PAGE_SIZE = 30
# What the list can be narrowed to; empty is what waits for a translator: missing and outdated.
WANTED = (State.MISSING, State.OUTDATED, State.TRANSLATED, State.APPROVED)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the list asks for. ``kind`` is ``plugin.kind``."""

    language: str
    kind: str = ""
    state: str = ""

    def address(self, **changes: str) -> dict[str, str]:
        """The arguments of the address that asks for this, with some changed."""
        asked = {"language": self.language, "kind": self.kind, "state": self.state} | changes
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class Counted:
    """So many texts of a kind stand so in a language."""

    plugin: str
    kind: str
    language: str
    state: str
    number: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the texts stand in one language. ``texts`` are those that are to be read in it, ``original`` among them."""

    language: str
    texts: int
    original: int
    approved: int
    translated: int
    outdated: int

    @property
    def missing(self) -> int:
        """So many have not been translated."""
        there = self.original + self.approved + self.translated + self.outdated
        return max(0, self.texts - there)

    @property
    def done(self) -> int:
        """So many can be read in this language and are up to date."""
        return self.original + self.approved + self.translated


_COUNT = (
    select(
        ContentText.plugin,
        ContentText.kind,
        ContentText.language,
        ContentText.state,
        func.count(),
    )
    # What an organisation keeps to itself is counted nowhere.
    .where(ContentText.shared.is_(True))
    .group_by(ContentText.plugin, ContentText.kind, ContentText.language, ContentText.state)
)


@until_changed
def counted() -> tuple[Counted, ...]:
    """How many shared texts there are of each kind, language and state; at most one query."""
    return tuple(Counted(*row) for row in db.session.execute(_COUNT))


def standings(
    counts: Collection[Counted], languages: Collection[str], kind: str = ""
) -> list[Standing]:
    """How the texts of ``kind``, or of all kinds, stand in each of ``languages``."""
    wanted = [one for one in counts if not kind or kind == f"{one.plugin}.{one.kind}"]
    texts = sum(one.number for one in wanted if one.state == State.ORIGINAL)

    def number(language: str, state: State) -> int:
        return sum(
            one.number for one in wanted if (one.language, one.state) == (language, state.value)
        )

    return [
        Standing(
            code,
            texts,
            number(code, State.ORIGINAL),
            number(code, State.APPROVED),
            number(code, State.TRANSLATED),
            number(code, State.OUTDATED),
        )
        for code in languages
    ]


@dataclass(frozen=True, slots=True)
class ToDo:
    """A record on the list: its original, and its translation if there is one."""

    original: ContentText
    translation: ContentText | None

    @property
    def ref(self) -> Ref:
        """The record."""
        return self.original.ref

    @property
    def state(self) -> State:
        """How its translation stands."""
        return State(self.translation.state) if self.translation is not None else State.MISSING

    @property
    def words(self) -> int:
        """How many words its original has."""
        return sum(len(text.split()) for text in self.original.texts.values())


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list, and the marks of its neighbours, empty where there is none."""

    rows: list[ToDo]
    before: str
    after: str


# What is always shown comes first, then what is coming, the soonest first, then what has been, the latest first.
_ALWAYS, _COMING, _PAST = range(3)
_Mark = tuple[int, date | None, str]

_original, _translation = kept_alias(ContentText), kept_alias(ContentText)


def mark_of(original: ContentText, today: date) -> str:
    """Where in the list a record stands."""
    day = original.needed_on
    phase = _ALWAYS if day is None else _COMING if day >= today else _PAST
    return _write_mark((phase, day, original.id))


def to_do(
    filters: Filters,
    owners: Collection[str],
    today: date,
    *,
    before: str = "",
    after: str = "",
) -> Page:
    """One page of the shared records of ``owners`` that are to be done; at most three queries.

    A mark that cannot be read gives the first page.
    """
    mark = _read_mark(before or after)
    backwards = bool(before) and mark is not None
    phases = [_ALWAYS, _COMING, _PAST]
    if backwards:
        phases.reverse()
    if mark is not None:
        phases = phases[phases.index(mark[0]) :]
    rows: list[ToDo] = []
    for phase in phases:
        query = _phase_query(filters, owners, today, phase, backwards=backwards)
        if mark is not None and phase == mark[0]:
            query = query.where(_beyond(mark, backwards=backwards))
        found = db.session.execute(query.limit(PAGE_SIZE + 1 - len(rows)))
        rows += [ToDo(original, translation) for original, translation in found]
        if len(rows) > PAGE_SIZE:
            break
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    has_before = more if backwards else mark is not None
    has_after = backwards or more
    return Page(
        rows,
        before=mark_of(rows[0].original, today) if rows and has_before else "",
        after=mark_of(rows[-1].original, today) if rows and has_after else "",
    )


def every_to_do(filters: Filters, owners: Collection[str], today: date) -> Iterator[Sequence[ToDo]]:
    """All that the pages of the list hold, in the same order, in parts that one statement can read."""
    for phase in (_ALWAYS, _COMING, _PAST):
        query = _phase_query(filters, owners, today, phase, backwards=False)
        for part in batches(list(db.session.scalars(query.with_only_columns(_original.id)))):
            rows = [ToDo(*row) for row in db.session.execute(query.where(_original.id.in_(part)))]
            yield rows
            for row in rows:
                db.session.expunge(row.original)
                if row.translation is not None:
                    db.session.expunge(row.translation)


def how_many_to_do(filters: Filters, owners: Collection[str]) -> int:
    """How many records the pages of the list hold."""
    wanted = _query(filters, owners).with_only_columns(func.count(_original.id))
    return db.session.scalar(wanted) or 0


def _query(filters: Filters, owners: Collection[str]) -> "Select[ContentText, ContentText]":
    query = (
        select(_original, _translation)
        .outerjoin(
            _translation,
            and_(
                _translation.city_id == _original.city_id,
                _translation.plugin == _original.plugin,
                _translation.kind == _original.kind,
                _translation.record_id == _original.record_id,
                _translation.language == filters.language,
            ),
        )
        .where(
            _original.original.is_(True),
            _original.shared.is_(True),
            _original.language != filters.language,
            _original.plugin.in_(sorted(owners)),
            _stands(filters.state),
        )
    )
    if filters.kind:
        plugin, _dot, kind = filters.kind.partition(".")
        query = query.where(_original.plugin == plugin, _original.kind == kind)
    return query


def _phase_query(
    filters: Filters, owners: Collection[str], today: date, phase: int, *, backwards: bool
) -> "Select[ContentText, ContentText]":
    query = _query(filters, owners)
    day = _original.needed_on
    if phase == _ALWAYS:
        query = query.where(day.is_(None))
        falling = backwards
    else:
        query = query.where(day >= today if phase == _COMING else day < today)
        falling = backwards == (phase == _COMING)
    ends = (day.desc(), _original.id.desc()) if falling else (day, _original.id)
    return query.order_by(*ends)


def _stands(state: str) -> ColumnElement[bool]:
    if state == State.MISSING:
        return _translation.id.is_(None)
    if state:
        return _translation.state == state
    return or_(_translation.id.is_(None), _translation.state == State.OUTDATED.value)


def _beyond(mark: _Mark, *, backwards: bool) -> ColumnElement[bool]:
    phase, day, identifier = mark
    own = _original.id
    if day is None:
        return own < identifier if backwards else own > identifier
    falling = backwards == (phase == _COMING)
    when = _original.needed_on
    if falling:
        return or_(when < day, and_(when == day, own < identifier))
    return or_(when > day, and_(when == day, own > identifier))


def _write_mark(mark: _Mark) -> str:
    phase, day, identifier = mark
    said = json.dumps([phase, day.isoformat() if day else None, identifier])
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _read_mark(text: str) -> _Mark | None:
    if not text or len(text) > 200:
        return None
    try:
        phase, day, identifier = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        when = date.fromisoformat(day) if day is not None else None
    except (ValueError, binascii.Error, TypeError, RecursionError):
        return None
    shaped = isinstance(identifier, str) and identifier.isalnum() and identifier.isascii()
    if type(phase) is not int or phase not in {_ALWAYS, _COMING, _PAST} or not shaped:
        return None
    return (phase, when, identifier) if (phase == _ALWAYS) == (when is None) else None


def read_filters(
    arguments: Mapping[str, str], languages: Collection[str], kinds: Collection[str]
) -> Filters:
    """The filters of an address, whatever it holds; without a language the first of ``languages``."""
    language, kind, state = (arguments.get(name, "") for name in ("language", "kind", "state"))
    return Filters(
        language if language in languages else next(iter(languages), ""),
        kind if kind in kinds else "",
        state if state in {one.value for one in WANTED} else "",
    )
