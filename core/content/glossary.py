"""The city's glossary: words it has agreed on, and which of them occur in a text. Flushes, never commits."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Select, and_, or_, select

from core.audit.services import record
from core.content.models import Term
from core.database import db, new_id, utcnow
from core.folding import search_key, sort_key
from core.tenancy import current_city, current_city_id
from core.values import Ref, Viewer

PAGE_SIZE = 50
# A glossary is read as a whole for every text; beyond this it would be a dictionary.
MOST_TERMS = 2000
_LONGEST_KEY = 200
_LONGEST_SEARCH = 100


class Conflict(Exception):
    """Somebody else changed the word in the meantime; ``current`` is what is stored now."""

    def __init__(self, current: Term) -> None:
        super().__init__("The word was changed by somebody else.")
        self.current = current


class Full(Exception):
    """The glossary holds as many words as it can."""


# -- Which words occur in a text ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the glossary that occurs in a text, and how it is said in the language of the translation."""

    id: str
    said: str
    translated: str
    note: str


def words_for(text: str, language: str, target: str) -> list[Word]:
    """The agreed words that occur in ``text``, in the order in which they stand there; one query.

    Case, marks and script do not count, and a word may end differently: what declines is found all the same.
    """
    found = []
    heard = search_key(text).split()
    begins: dict[str, list[int]] = {}
    for start, one in enumerate(heard):
        begins.setdefault(one[:_SURE], []).append(start)
    for term in db.session.scalars(select(Term).order_by(Term.sort_key, Term.id).limit(MOST_TERMS)):
        said = term.words.get(language, "")
        place = _place(said, heard, begins) if said else None
        if place is not None:
            word = Word(term.id, said, term.words.get(target, ""), term.note)
            found.append((place, -len(said), word))
    return [word for _place_, _length, word in sorted(found, key=lambda one: one[:2])]


# Words that begin with so many equal letters may be forms of one another; shorter ones are compared whole.
_SURE = 4


def _place(said: str, heard: Sequence[str], begins: Mapping[str, Sequence[int]]) -> int | None:
    """Where the words of ``said`` stand one after the other in ``heard``, whose beginnings ``begins`` counts out."""
    wanted = search_key(said).split()
    if not wanted:
        return None
    for start in begins.get(wanted[0][:_SURE], ()):
        here = heard[start : start + len(wanted)]
        if len(here) == len(wanted) and all(map(_same, wanted, here)):
            return start
    return None


def _same(word: str, heard: str) -> bool:
    """Whether ``heard`` may be a form of ``word``: the same stem, and an ending no longer than endings are."""
    if word == heard:
        return True
    stem = _stem(word)
    return len(stem) >= _SURE and heard.startswith(stem) and len(heard) - len(stem) <= 5


def _stem(word: str) -> str:
    """``word`` without the ending that changes: a vowel, and what stands before it in long words."""
    if len(word) > 6 and word[-1] in _VOWELS and word[-2] in _VOWELS:
        return word[:-2]
    return word[:-1] if len(word) > 4 and word[-1] in _VOWELS else word


_VOWELS = frozenset("aeiouyاويه")


# -- Reading -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the glossary, and the marks of its neighbours, empty where there is none."""

    terms: list[Term]
    before: str
    after: str


def terms_query(words: str) -> "Select[Term]":
    """The words that hold all of ``words``, in no order."""
    query = select(Term)
    for word in search_key(words[:_LONGEST_SEARCH]).split():
        query = query.where(Term.search_text.contains(word, autoescape=True))
    return query


def terms(words: str = "", *, before: str = "", after: str = "") -> Page:
    """A page of the words that hold all of ``words``, in their order; at most two queries."""
    query = terms_query(words)
    mark = find_term(before or after)
    backwards = bool(before) and mark is not None
    if mark is not None:
        key, own = Term.sort_key, Term.id
        if backwards:
            query = query.where(or_(key < mark.sort_key, and_(key == mark.sort_key, own < mark.id)))
        else:
            query = query.where(or_(key > mark.sort_key, and_(key == mark.sort_key, own > mark.id)))
    order = (Term.sort_key.desc(), Term.id.desc()) if backwards else (Term.sort_key, Term.id)
    rows = list(db.session.scalars(query.order_by(*order).limit(PAGE_SIZE + 1)))
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    has_before = more if backwards else mark is not None
    return Page(
        rows,
        before=rows[0].id if rows and has_before else "",
        after=rows[-1].id if rows and (backwards or more) else "",
    )


def find_term(identifier: str) -> Term | None:
    """A word of the city in force, or None."""
    if not 0 < len(identifier) <= 16:
        return None
    return db.session.get(Term, (current_city_id(), identifier))


# -- Changing ----------------------------------------------------------------------------------------------


def add_term(
    words: Mapping[str, str], note: str, viewer: Viewer | None, *, identifier: str = ""
) -> Term:
    """Add a word. Raises :class:`Full`."""
    _check_room(1)
    term = Term(id=identifier or new_id())
    _write(term, words, note, viewer)
    db.session.add(term)
    db.session.flush()
    record("term.added", subject=ref_of(term))
    return term


def change_term(
    term: Term, words: Mapping[str, str], note: str, viewer: Viewer, version: int
) -> None:
    """Change a word. Raises :class:`Conflict` when the stored version is no longer ``version``."""
    db.session.refresh(term, with_for_update=True)
    if dict(words) == term.words and note == term.note:
        return
    if term.version != version:
        raise Conflict(term)
    _write(term, words, note, viewer)
    term.version += 1
    db.session.flush()
    record("term.changed", subject=ref_of(term))


def remove_term(term: Term) -> None:
    """Remove a word."""
    record("term.removed", subject=ref_of(term))
    db.session.delete(term)
    db.session.flush()


def ref_of(term: Term) -> Ref:
    """The name of a word in the records."""
    return Ref("content", "term", term.id)


def _write(term: Term, words: Mapping[str, str], note: str, viewer: Viewer | None) -> None:
    term.words = {code: text for code, text in words.items() if text}
    term.note = note
    term.changed_by = (viewer.membership_id or None) if viewer is not None else None
    term.changed_at = utcnow()
    order = [*current_city().languages, *term.words]
    first = next((term.words[code] for code in order if code in term.words), "")
    term.sort_key = sort_key(first)[:_LONGEST_KEY]
    term.search_text = search_key("\n".join([*term.words.values(), note]))


def _check_room(number: int) -> None:
    held = len(db.session.execute(select(Term.id).limit(MOST_TERMS)).all())
    if held + number > MOST_TERMS:
        raise Full


# -- The words that come with Maillage ---------------------------------------------------------------------

# What a prevention network speaks of; buttons and menus are left out.
_OFFERED = (
    "city municipality organisation partner_organisation prevention_network member focal_point chair mayor "
    "observer lead_worker helping_worker data_protection_officer meeting agenda minutes quorum attendance "
    "decision recommendation rationale dissent vote abstention consensus action declaration_of_interests "
    "confidentiality information_sharing_agreement activity target_group participants primary_prevention "
    "secondary_prevention tertiary_prevention budget local_action_plan training referral referrer case guardian "
    "consent threshold lead_organisation helping_organisation assessment support_plan need strength concern "
    "emergency review closure retention_period complaint evaluation indicator baseline target scorecard practice "
    "lesson survey report theory_of_change output outcome impact"
).split()
_FILE = Path(__file__).resolve().parents[2] / "translations" / "glossary.csv"


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Mapping[str, str]]:
    """The words that Maillage itself is translated with, by key and language; none where the file is not there."""
    if not _FILE.is_file():
        return {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = {row["key"]: row for row in csv.DictReader(file)}
    return {
        key: {
            code: text for code, text in rows[key].items() if code not in {"key", "note"} and text
        }
        for key in _OFFERED
        if key in rows
    }


def offered() -> dict[str, dict[str, str]]:
    """The shipped words that the city has not taken yet, in its own languages; one query."""
    languages = current_city().languages
    taken = set(db.session.scalars(select(Term.shipped_as).where(Term.shipped_as != "")))
    found = {}
    for key, words in _shipped().items():
        own = {code: words[code] for code in languages if words.get(code)}
        # A word in one language alone translates nothing.
        if key not in taken and len(own) > 1:
            found[key] = own
    return found


def take_offered(keys: Iterable[str], viewer: Viewer | None) -> int:
    """Add those of the shipped words that are named and not yet taken; returns how many. Raises :class:`Full`."""
    wanted: dict[str, Any] = offered()
    wanted = {key: wanted[key] for key in keys if key in wanted}
    _check_room(len(wanted))
    for key, words in wanted.items():
        term = Term(id=new_id(), shipped_as=key)
        _write(term, words, "", viewer)
        db.session.add(term)
    if wanted:
        record("term.taken", details={"number": str(len(wanted))})
    db.session.flush()
    return len(wanted)
