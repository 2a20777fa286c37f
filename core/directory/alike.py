"""Which organisations, and which people, look like the same one twice."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import combinations

from sqlalchemy import select

from core.database import db
from core.directory.merging import Kind
from core.folding import search_key
from core.identity.models import Membership, Organisation

# So many records are compared, in their order; a network has a few hundred.
MOST_COMPARED = 4000
# How many neighbours in the order of names are compared letter by letter.
_NEIGHBOURS = 3
_NEAR = 0.9
# A word that so many names have is not what they are known by.
_RARE = 12
# A name or number that more than so many share says nothing.
_CROWD = 4


@dataclass(frozen=True, slots=True)
class Alike:
    """Two records that look like one. ``why`` is ``name``, ``near``, ``email``, ``phone`` or ``website``.

    The first is the one to keep: that with an account, else the older one.
    """

    first: str
    second: str
    why: str


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a record is recognised by, folded."""

    id: str
    # Sorts before that of the other if this is the one to keep.
    standing: tuple[bool, datetime]
    names: frozenset[str]
    email: str = ""
    phone: str = ""
    website: str = ""


def alike(kind: Kind, most: int = 10) -> list[Alike]:
    """Pairs of active records that look the same, the surest first; one query."""
    marks = list(_organisations() if kind == "organisation" else _people())
    standing = {one.id: one.standing for one in marks}
    found: dict[frozenset[str], Alike] = {}
    for pair in _pairs(marks):
        first, second = sorted((pair.first, pair.second), key=standing.__getitem__)
        found.setdefault(frozenset((first, second)), Alike(first, second, pair.why))
    return list(found.values())[:most]


def alike_to(kind: Kind, identifier: str, most: int = 5) -> list[str]:
    """The records that look like the one of that identifier."""
    pairs = alike(kind, MOST_COMPARED)
    found = [
        one.second if one.first == identifier else one.first
        for one in pairs
        if identifier in {one.first, one.second}
    ]
    return found[:most]


def _organisations() -> Iterator[_Marks]:
    rows = db.session.execute(
        select(
            Organisation.id,
            Organisation.names,
            Organisation.contact_email,
            Organisation.contact_phone,
            Organisation.website,
            Organisation.created_at,
        )
        .where(Organisation.active.is_(True))
        .order_by(Organisation.sort_key, Organisation.id)
        .limit(MOST_COMPARED)
    )
    for row in rows:
        site = re.sub(r"^https?://(www\.)?|/+$", "", row.website.lower())
        yield _Marks(
            row.id,
            (False, row.created_at),
            _folded(row.names.values()),
            row.contact_email.casefold(),
            _digits(row.contact_phone),
            site,
        )


def _people() -> Iterator[_Marks]:
    rows = db.session.execute(
        select(
            Membership.id,
            Membership.shown_name,
            Membership.phone,
            Membership.person_id,
            Membership.created_at,
        )
        .where(Membership.active.is_(True))
        .order_by(Membership.sort_key, Membership.id)
        .limit(MOST_COMPARED)
    )
    for row in rows:
        standing = (row.person_id is None, row.created_at)
        yield _Marks(row.id, standing, _folded([row.shown_name]), phone=_digits(row.phone))


def _folded(names: Iterable[str]) -> frozenset[str]:
    """Names without the order of their words: a family name comes first in one list and last in another."""
    return frozenset(" ".join(sorted(search_key(name).split())) for name in names if name)


def _digits(phone: str) -> str:
    """The last eight digits of a number: what comes before is written in many ways."""
    digits = re.sub(r"\D", "", phone)
    return digits[-8:] if len(digits) >= 6 else ""


def _pairs(marks: list[_Marks]) -> Iterator[Alike]:
    yield from _shared(((name, one.id) for one in marks for name in one.names), "name")
    yield from _shared(((one.email, one.id) for one in marks), "email")
    yield from _shared(((one.phone, one.id) for one in marks), "phone")
    yield from _shared(((one.website, one.id) for one in marks), "website")
    yield from _near(marks)


def _shared(pairs: Iterable[tuple[str, str]], why: str) -> Iterator[Alike]:
    groups: dict[str, list[str]] = {}
    for mark, identifier in pairs:
        if mark:
            groups.setdefault(mark, []).append(identifier)
    for ids in groups.values():
        if 1 < len(ids) <= _CROWD:
            for first, second in combinations(dict.fromkeys(ids), 2):
                yield Alike(first, second, why)


def _near(marks: list[_Marks]) -> Iterator[Alike]:
    names = sorted((name, one.id) for one in marks for name in one.names if len(name) > 5)
    for (name, first), (other, second) in _compared(names):
        # Numbers tell schools apart, and so does nothing else.
        if first == second or name == other or _numbers(name) != _numbers(other):
            continue
        letters = SequenceMatcher(None, name, other, autojunk=False)
        if letters.quick_ratio() >= _NEAR and letters.ratio() >= _NEAR:
            yield Alike(first, second, "near")


def _compared(names: list[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """The names worth comparing letter by letter: neighbours in their order, and those that share a rare word."""
    for place, one in enumerate(names):
        for other in names[place + 1 : place + 1 + _NEIGHBOURS]:
            yield one, other
    by_word: dict[str, list[tuple[str, str]]] = {}
    for one in names:
        for word in set(one[0].split()):
            if len(word) > 3:
                by_word.setdefault(word, []).append(one)
    for some in by_word.values():
        if len(some) <= _RARE:
            yield from combinations(some, 2)


def _numbers(name: str) -> list[str]:
    return re.findall(r"\d+", name)
