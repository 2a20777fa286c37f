"""Keeping originals and translations, and how each stands. Flushes, never commits, never reads the request.

The state of a translation follows from what is stored: outdated once the original is no longer what it was made
from, else approved if somebody has approved it, else translated. Who keeps a copy is told in the same transaction.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select

from core.audit.services import record
from core.cities.services import calendar_changed
from core.content.models import ContentText
from core.content.owners import tell
from core.content.states import State
from core.database import db, kept_alias, new_id, utcnow
from core.tenancy import current_city_id
from core.values import Ref, Viewer

Texts = Mapping[str, str]
# SQLite takes so many parameters in one statement, and more would be slow anywhere.
_AT_ONCE = 400
# A weekly group has so many dates in a year; whatever says the same beyond that is translated with the next of them.
_MOST_ALIKE = 60


class Conflict(Exception):
    """The original or the translation was changed by somebody else in the meantime.

    ``original`` and ``current`` are what is stored now; ``current`` is None where the translation is gone.
    """

    def __init__(self, original: ContentText, current: ContentText | None) -> None:
        super().__init__("The text was changed by somebody else.")
        self.original = original
        self.current = current


class Gone(Exception):
    """The record was removed after its editor had been opened."""


class Incomplete(Exception):
    """A translation that lacks a text which the original has cannot be approved; ``fields`` are missing."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(f"Not translated: {', '.join(fields)}")
        self.fields = fields


@dataclass(frozen=True, slots=True)
class OriginalText:
    """The original texts of one record. ``shared`` says that every member may see it.

    ``needed_on`` is the day for which the texts are needed, None for what is always shown.
    """

    ref: Ref
    language: str
    texts: Texts
    shared: bool
    needed_on: date | None = None


# -- Reading -----------------------------------------------------------------------------------------------


def texts_of(ref: Ref, *, for_change: bool = False) -> dict[str, ContentText]:
    """The texts of a record by language, the original first; one query.

    ``for_change`` holds the rows until the transaction ends.
    """
    return _rows_of([ref], for_change=for_change).get(ref, {})


@lru_cache(maxsize=1)
def _translations_query() -> Any:
    # Kept, since pages ask it.
    return (
        select(
            ContentText.plugin, ContentText.kind, ContentText.record_id,
            ContentText.language, ContentText.texts, ContentText.state, ContentText.original,
        )
        .where(
            ContentText.plugin == bindparam("owner"),
            ContentText.kind == bindparam("sort"),
            ContentText.record_id.in_(bindparam("ids", expanding=True)),
        )
        .order_by(ContentText.original.desc(), ContentText.made_at, ContentText.id)
    )  # fmt: skip


def translations_of(refs: Iterable[Ref]) -> dict[Ref, dict[str, dict[str, str]]]:
    """The translations of records whose owner keeps no copy: texts by field with their ``state``, by language.

    Only of records that can be translated; the caller knows that the reader may see them. A query for each kind.
    """
    kinds: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        kinds.setdefault((ref.plugin, ref.kind), []).append(ref.id)
    found: dict[Ref, dict[str, dict[str, str]]] = {}
    for (plugin, kind), identifiers in kinds.items():
        for some in _batches(identifiers):
            for row in db.session.execute(
                _translations_query(), {"owner": plugin, "sort": kind, "ids": some}
            ):
                told = found.setdefault(Ref(row.plugin, row.kind, row.record_id), {})
                if not row.original:
                    told[row.language] = {**row.texts, "state": row.state}
    return found


def original_of(texts: Mapping[str, ContentText]) -> ContentText | None:
    """The original among the texts of one record."""
    return next((text for text in texts.values() if text.original), None)


def missing_fields(original: ContentText, texts: Texts) -> tuple[str, ...]:
    """What the original says and ``texts`` do not."""
    return tuple(field for field in original.texts if not texts.get(field))


def _rows_of(refs: Iterable[Ref], *, for_change: bool) -> dict[Ref, dict[str, ContentText]]:
    kinds: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        kinds.setdefault((ref.plugin, ref.kind), []).append(ref.id)
    found: dict[Ref, dict[str, ContentText]] = {}
    for (plugin, kind), identifiers in kinds.items():
        for some in _batches(identifiers):
            query = (
                select(ContentText)
                .where(
                    ContentText.plugin == plugin,
                    ContentText.kind == kind,
                    ContentText.record_id.in_(some),
                )
                .order_by(ContentText.original.desc(), ContentText.made_at, ContentText.id)
            )
            if for_change:
                query = query.with_for_update().execution_options(populate_existing=True)
            for row in db.session.scalars(query):
                found.setdefault(row.ref, {})[row.language] = row
    return found


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


# -- The original ------------------------------------------------------------------------------------------


def keep_original(
    ref: Ref,
    language: str,
    texts: Texts,
    viewer: Viewer | None,
    *,
    shared: bool,
    needed_on: date | None = None,
) -> None:
    """Keep the original texts of a record, by field, in the transaction that saves the record.

    Translations of what has changed become outdated, and ``text_translated`` is called for each. A new record that
    says exactly what another one says gets that one's translations.
    """
    keep_originals([OriginalText(ref, language, texts, shared, needed_on)], viewer)


def keep_originals(originals: Sequence[OriginalText], viewer: Viewer | None) -> None:
    """As :func:`keep_original`, for many records at once."""
    there = _rows_of([each.ref for each in originals], for_change=True)
    fresh: list[dict[str, Any]] = []
    for each in originals:
        rows = there.get(each.ref)
        if rows is None:
            fresh.append(_new_original(each, viewer))
        else:
            _change_original(each, rows, viewer)
    db.session.flush()
    for some in _batches(fresh):
        db.session.execute(insert(ContentText), some)
    _take_over(fresh)


def _tidy(texts: Texts) -> dict[str, str]:
    return {field: text.strip() for field, text in texts.items() if text and text.strip()}


def _fingerprint(language: str, texts: Texts) -> str:
    said = json.dumps([language, sorted(texts.items())], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _maker(viewer: Viewer | None) -> str | None:
    return (viewer.membership_id or None) if viewer else None


def _new_original(each: OriginalText, viewer: Viewer | None) -> dict[str, Any]:
    texts = _tidy(each.texts)
    return _row(
        each.ref,
        each.language,
        State.ORIGINAL,
        texts,
        shared=each.shared,
        needed_on=each.needed_on,
        original=True,
        made_by=_maker(viewer),
        fingerprint=_fingerprint(each.language, texts),
    )


def _row(ref: Ref, language: str, state: State, texts: Texts, **more: Any) -> dict[str, Any]:
    """A row to insert; every row of one statement has the same columns."""
    usual: dict[str, Any] = {
        "id": new_id(), "city_id": current_city_id(), "plugin": ref.plugin, "kind": ref.kind, "record_id": ref.id,
        "language": language, "state": state.value, "texts": dict(texts), "source": {}, "original": False,
        "made_by": None, "made_at": utcnow(), "approved_by": None, "approved_at": None, "version": 1,
        "shared": False, "needed_on": None, "fingerprint": "",
    }  # fmt: skip
    return usual | more


def _change_original(
    each: OriginalText, rows: dict[str, ContentText], viewer: Viewer | None
) -> None:
    original = original_of(rows)
    assert original is not None  # noqa: S101  a record's first row is its original, and only forgetting removes it
    texts = _tidy(each.texts)
    changed = texts != original.texts
    if each.language != original.language:
        _change_language(original, each.language, rows, changed, viewer)
    if changed:
        original.texts = texts
        original.made_by, original.made_at = _maker(viewer), utcnow()
    if changed or original.fingerprint != _fingerprint(each.language, texts):
        original.fingerprint = _fingerprint(each.language, texts)
        original.version += 1
    for row in rows.values():
        if (row.shared, row.needed_on) != (each.shared, each.needed_on):
            row.shared, row.needed_on = each.shared, each.needed_on
        if not row.original:
            _settle(row, original, viewer)


def _change_language(
    original: ContentText,
    language: str,
    rows: dict[str, ContentText],
    rewritten: bool,
    viewer: Viewer | None,
) -> None:
    """Say that the original is in another language than it was."""
    former = original.language
    del rows[former]
    taken = rows.pop(language, None)
    if taken is not None:
        # There is one text for each language: the translation gives way to the original.
        db.session.delete(taken)
        db.session.flush()
        tell(original.ref, language, {}, State.MISSING, viewer)
    original.language = language
    # Before the former original comes back below in the language that is free now.
    db.session.flush()
    if taken is not None and rewritten:
        # Somebody goes on writing in the language of the translation; what was the original is not lost.
        kept = ContentText(
            **_row(
                original.ref,
                former,
                State.TRANSLATED,
                original.texts,
                source=taken.texts,
                made_by=original.made_by,
                made_at=original.made_at,
                shared=original.shared,
            )
        )
        db.session.add(kept)
        rows[former] = kept
        tell(kept.ref, former, kept.texts, State.TRANSLATED, viewer)
    rows[language] = original


def _settle(row: ContentText, original: ContentText, viewer: Viewer | None) -> None:
    """Give a translation the state that follows from what is stored, and tell the owner if it is another one."""
    state = (
        State.OUTDATED
        if row.source != original.texts
        else State.APPROVED
        if row.approved_at is not None
        else State.TRANSLATED
    )
    if row.state != state:
        row.state = state.value
        row.version += 1
        tell(row.ref, row.language, row.texts, state, viewer)


_other, _translation = kept_alias(ContentText), kept_alias(ContentText)
# Of each language the latest alone: what stands on every agenda is said a thousand times, and is read once.
_LATEST = (
    select(
        _other.fingerprint,
        _translation.city_id,
        _translation.id,
        func.row_number()
        .over(
            partition_by=(
                *(_other.fingerprint, _translation.plugin, _translation.kind),
                _translation.language,
            ),
            order_by=(_translation.made_at.desc(), _translation.id.desc()),
        )
        .label("place"),
    )
    .join(
        _translation,
        and_(
            _translation.city_id == _other.city_id,
            _translation.plugin == _other.plugin,
            _translation.kind == _other.kind,
            _translation.record_id == _other.record_id,
        ),
    )
    .where(
        _other.original.is_(True),
        # What an organisation keeps to itself serves nobody else.
        _other.shared.is_(True),
        _other.fingerprint.in_(bindparam("fingerprints", expanding=True)),
        _translation.state.in_([State.TRANSLATED.value, State.APPROVED.value]),
    )
    .subquery()
)
_ALIKE = select(_LATEST.c.fingerprint, _LATEST.c.id).where(_LATEST.c.place == 1)


def _take_over(fresh: Sequence[Mapping[str, Any]]) -> None:
    """Give new originals the translations of others that say exactly the same, such as an earlier date of a series."""
    alike: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in fresh:
        if row["texts"]:
            alike.setdefault((row["fingerprint"], row["plugin"], row["kind"]), []).append(row)
    if not alike:
        return
    known: dict[tuple[str, str, str], dict[str, ContentText]] = {}
    for some in _batches(sorted({key[0] for key in alike})):
        said = {
            row.id: row.fingerprint for row in db.session.execute(_ALIKE, {"fingerprints": some})
        }
        # By themselves: a database that knows nothing yet of its tables would join each with all of them.
        for ids in _batches(sorted(said)):
            for like in db.session.scalars(select(ContentText).where(ContentText.id.in_(ids))):
                known.setdefault((said[like.id], like.plugin, like.kind), {})[like.language] = like
    copies = [
        _copy(like, Ref(row["plugin"], row["kind"], row["record_id"]), row)
        for key, rows in alike.items()
        for like in known.get(key, {}).values()
        for row in rows
    ]
    for batch in _batches(copies):
        db.session.execute(insert(ContentText), batch)
    for copy in copies:
        ref = Ref(copy["plugin"], copy["kind"], copy["record_id"])
        tell(ref, copy["language"], copy["texts"], State(copy["state"]), None)


def _copy(like: ContentText, ref: Ref, original: Mapping[str, Any]) -> dict[str, Any]:
    return _row(
        ref,
        like.language,
        State(like.state),
        like.texts,
        source=dict(like.source),
        made_by=like.made_by,
        made_at=like.made_at,
        approved_by=like.approved_by,
        approved_at=like.approved_at,
        shared=original["shared"],
        needed_on=original["needed_on"],
    )


def forget_texts(ref: Ref) -> None:
    """Remove everything that is kept of a record's texts, in the transaction that removes the record."""
    db.session.execute(
        delete(ContentText)
        .where(
            ContentText.plugin == ref.plugin,
            ContentText.kind == ref.kind,
            ContentText.record_id == ref.id,
        )
        .execution_options(synchronize_session=False)
    )


def keep_texts(
    ref: Ref,
    language: str,
    by_language: Mapping[str, Texts],
    viewer: Viewer | None,
    *,
    shared: bool,
) -> None:
    """Keep the texts of a form that asks for all languages at once, such as the names of an organisation.

    ``language`` is the original's. What was typed anew in another language is translated from what the original
    says now; what was left as it was may become outdated, and what was emptied is gone.
    """
    keep_original(ref, language, by_language.get(language, {}), viewer, shared=shared)
    rows = texts_of(ref, for_change=True)
    original = rows[language]
    for code in {**rows, **by_language}:
        if code != language:
            texts = _tidy(by_language.get(code, {}))
            row = rows.get(code)
            if texts and (row is None or row.texts != texts):
                _write(original, row, code, texts, viewer)
            elif row is not None and not texts:
                _remove(row, viewer)
    db.session.flush()


def keep_new_texts(
    originals: Sequence[OriginalText],
    translations: Mapping[Ref, Mapping[str, Texts]],
    viewer: Viewer | None,
) -> None:
    """As :func:`keep_texts`, for many new records at once; their owner knows the translations already."""
    keep_originals(originals, viewer)
    there = _rows_of([each.ref for each in originals], for_change=True)
    rows = [
        _row(
            each.ref,
            code,
            State.TRANSLATED,
            _tidy(texts),
            source=_tidy(each.texts),
            shared=each.shared,
            needed_on=each.needed_on,
            made_by=_maker(viewer),
        )
        for each in originals
        for code, texts in translations.get(each.ref, {}).items()
        if code not in there[each.ref] and _tidy(texts)
    ]
    for some in _batches(rows):
        db.session.execute(insert(ContentText), some)


# -- Translations ------------------------------------------------------------------------------------------


def keep_translation(
    ref: Ref, language: str, texts: Texts, viewer: Viewer | None, *, approve: bool = False
) -> None:
    """Keep a translation that comes along with its record, as from a file. Nobody is asked whether it is there.

    Raises ``LookupError`` for a record without an original, or one whose original is in ``language``.
    """
    rows = texts_of(ref, for_change=True)
    original = original_of(rows)
    if original is None or original.language == language:
        raise LookupError(f"{ref} has no original to translate into {language}.")
    if wanted := _tidy(texts):
        _write(original, rows.get(language), language, wanted, viewer, approve=approve)
        db.session.flush()


def translate(
    ref: Ref,
    language: str,
    texts: Texts,
    viewer: Viewer,
    *,
    version: int,
    original_version: int,
    approve: bool = False,
    alike: Collection[Ref] = (),
) -> ContentText:
    """Keep the translation of a record, and approve it if told so.

    The versions are those that the translator had before them, 0 for a translation that was not there. Raises
    :class:`Conflict` when they are no longer stored, :class:`Gone` when the record is not there any more, and
    :class:`Incomplete` for approving what lacks a text.
    ``alike`` are further records that say the same and get the same translation (see :func:`find_alike`).
    """
    original, row = _held(ref, language, version, original_version, texts=_tidy(texts))
    wanted = _tidy(texts)
    if approve and (missing := missing_fields(original, wanted)):
        raise Incomplete(missing)
    before = dict(row.texts) if row is not None else None
    row = _write(original, row, language, wanted, viewer, approve=approve)
    action = "translation.approved" if approve else "translation.saved"
    record(action, subject=ref, details={"language": language})
    for other, theirs in _alike_now(original, alike, language):
        if theirs is None or theirs.texts == before:
            _write(other, theirs, language, wanted, viewer, approve=approve)
            record(action, subject=other.ref, details={"language": language})
    db.session.flush()
    calendar_changed()
    return row


def confirm(
    ref: Ref,
    language: str,
    viewer: Viewer,
    *,
    version: int,
    original_version: int,
    approve: bool = False,
) -> ContentText:
    """Say that an outdated translation is still right although the original has changed.

    Raises :class:`Conflict` and :class:`Gone`. Without ``approve`` an approval does not survive: it was given for
    another original.
    """
    original, row = _held(ref, language, version, original_version)
    if row is None:
        raise Conflict(original, None)
    if approve and (missing := missing_fields(original, row.texts)):
        raise Incomplete(missing)
    row = _write(original, row, language, dict(row.texts), viewer, approve=approve)
    action = "translation.approved" if approve else "translation.confirmed"
    record(action, subject=ref, details={"language": language})
    db.session.flush()
    calendar_changed()
    return row


def withdraw(ref: Ref, language: str, viewer: Viewer, *, version: int) -> None:
    """Remove a translation. Raises :class:`Conflict` when it was changed in the meantime, or :class:`Gone`."""
    rows = texts_of(ref, for_change=True)
    original, row = original_of(rows), rows.get(language)
    if original is None:
        raise Gone
    if row is None or row.original or row.version != version:
        raise Conflict(original, row)
    _remove(row, viewer)
    record("translation.removed", subject=ref, details={"language": language})
    db.session.flush()
    calendar_changed()


def find_alike(original: ContentText) -> list[Ref]:
    """Other shared records of the same kind whose original says exactly the same; at most sixty, one query."""
    if not (original.shared and original.texts):
        return []
    rows = db.session.scalars(
        select(ContentText)
        .where(
            ContentText.fingerprint == original.fingerprint,
            ContentText.original.is_(True),
            ContentText.shared.is_(True),
            ContentText.plugin == original.plugin,
            ContentText.kind == original.kind,
            ContentText.id != original.id,
        )
        .order_by(ContentText.needed_on.desc(), ContentText.id)
        .limit(_MOST_ALIKE)
    )
    return [row.ref for row in rows]


def _held(
    ref: Ref,
    language: str,
    version: int,
    original_version: int,
    *,
    texts: Texts | None = None,
) -> tuple[ContentText, ContentText | None]:
    """The original and the translation, held for this transaction and compared with what the translator saw."""
    rows = texts_of(ref, for_change=True)
    original, row = original_of(rows), rows.get(language)
    if original is None:
        raise Gone
    if row is not None and row.original:
        # The language has become the original's.
        raise Conflict(original, row)
    stored = row.version if row is not None else 0
    # Who sent the same twice, or typed what the other one typed, is not bothered.
    same = row is not None and texts is not None and row.texts == texts
    if original.version != original_version or (stored != version and not same):
        raise Conflict(original, row)
    return original, row


def _alike_now(
    original: ContentText, alike: Collection[Ref], language: str
) -> Iterator[tuple[ContentText, ContentText | None]]:
    """The records that still say the same, each with its translation."""
    for rows in _rows_of(alike, for_change=True).values():
        other = original_of(rows)
        if other is not None and other.fingerprint == original.fingerprint:
            theirs = rows.get(language)
            yield other, theirs


def _write(
    original: ContentText,
    row: ContentText | None,
    language: str,
    texts: dict[str, str],
    viewer: Viewer | None,
    *,
    approve: bool = False,
) -> ContentText:
    """Make or change a translation of what the original says now."""
    state = State.APPROVED if approve else State.TRANSLATED
    if row is None:
        row = ContentText(
            **_row(
                original.ref,
                language,
                state,
                {},
                shared=original.shared,
                needed_on=original.needed_on,
                version=0,
            )
        )
        db.session.add(row)
    same = row.texts == texts and row.source == original.texts
    if same and (row.state == State.APPROVED or row.state == state):
        return row
    if not same:
        row.texts = texts
        row.source = dict(original.texts)
        row.made_by, row.made_at = _maker(viewer), utcnow()
    row.approved_by, row.approved_at = (_maker(viewer), utcnow()) if approve else (None, None)
    row.state = state.value
    row.version += 1
    tell(row.ref, language, texts, state, viewer)
    return row


def _remove(row: ContentText, viewer: Viewer | None) -> None:
    db.session.delete(row)
    tell(row.ref, row.language, {}, State.MISSING, viewer)
