"""The one disclosure function: what of a meeting one reader may know, as views that hold nothing else.

Pages, lists, mails, feeds, papers and exports are made from these views and never from rows. Of a restricted item that
is not open to the reader a view holds its number and nothing more: no title, no length, no author, no state, not even
its identifier. So a new page cannot leak what it was never given.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, case, select

from core.api import Membership, Ref, Viewer, db, kept_alias, name_of
from core.api import gettext as _
from plugins.meetings.models import (
    Attendance,
    Body,
    Decision,
    Dissent,
    Item,
    Meeting,
    Note,
)
from plugins.meetings.services.access import (
    has_promised,
    in_audience,
    item_open,
    item_open_to_all,
    may_prepare,
    meeting_visible,
    minutes_open,
    on_list,
    plain_open,
    reader_with,
)
from plugins.meetings.services.known import (
    AnyItem,
    DecisionView,
    DissentView,
    Extract,
    ItemView,
    MeetingView,
    NoteView,
    Withheld,
)
from plugins.meetings.services.texts import Words, words_for
from plugins.meetings.words import State


def title_of(
    title: str,
    language: str,
    translations: Mapping[str, Any] | None,
    number: int,
    body_names: Mapping[str, str],
    reader: str,
) -> Words:
    """What a meeting is called: its own title, or its number among the meetings of its body."""
    if title:
        return words_for(title, language, translations, "title", reader)
    body = name_of(body_names, reader)
    return Words(_("%(body)s, meeting %(number)s", body=body, number=number), reader)


_chair, _secretary = kept_alias(Membership), kept_alias(Membership)


def same(target: Any, city_id: Any, identifier: Any) -> Any:
    """The condition that leads to a record by its identifier, in the city of the row that names it."""
    return and_(target.city_id == city_id, target.id == identifier)


def read_meeting_of(item_id: str, viewer: Viewer) -> tuple[MeetingView, ItemView] | None:
    """The meeting of an item and the item itself; None where the item is not open to ``viewer``. Three queries."""
    meeting = _read(item_id, viewer, items=True, minutes=True, of_item=True)
    if meeting is None:
        return None
    view = next((item for item in meeting.open_items if item.id == item_id), None)
    return (meeting, view) if view is not None else None


def read_meeting(
    meeting_id: str,
    viewer: Viewer,
    *,
    items: bool = True,
    minutes: bool = True,
    handed_on: bool = False,
) -> MeetingView | None:
    """What ``viewer`` may know of a meeting; None where they may not see it.

    With ``handed_on`` it is for a paper that goes from hand to hand: then restricted items are withheld from everybody,
    also from who may read them. One query, one more for its ``items`` with their notes, and one for the decisions.
    """
    return _read(meeting_id, viewer, items=items, minutes=minutes, handed_on=handed_on)


@lru_cache(maxsize=64)
def _meeting_query(permissions: frozenset[str], *, of_item: bool) -> Select[Any]:
    viewer, wanted = reader_with(permissions), bindparam("wanted", type_=String)
    found: Any = wanted
    if of_item:
        found = select(Item.meeting_id).where(Item.id == wanted).scalar_subquery()
    return (
        select(
            Meeting,
            Body.names,
            Body.readers,
            _chair.shown_name.label("chair"),
            _secretary.shown_name.label("secretary"),
            case((on_list(viewer), 1), else_=0).label("listed"),
            case((has_promised(viewer), 1), else_=0).label("promised"),
            case((minutes_open(viewer), 1), else_=0).label("minutes"),
            case((plain_open(viewer), 1), else_=0).label("plain"),
        )
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .outerjoin(_chair, same(_chair, Meeting.city_id, Meeting.chair_id))
        .outerjoin(_secretary, same(_secretary, Meeting.city_id, Meeting.secretary_id))
        .where(Meeting.id == found, meeting_visible(viewer))
    )


def _read(
    wanted: str,
    viewer: Viewer,
    *,
    items: bool,
    minutes: bool,
    handed_on: bool = False,
    of_item: bool = False,
) -> MeetingView | None:
    row = db.session.execute(
        _meeting_query(viewer.permissions, of_item=of_item),
        {"wanted": wanted, "reader": viewer.membership_id},
    ).first()
    if row is None:
        return None
    meeting: Meeting = row.Meeting
    opened = bool(row.minutes) and State(meeting.state) not in {State.DRAFT, State.CONVENED}
    found: tuple[AnyItem, ...] = ()
    if items:
        decided = read_decisions([meeting.id], viewer) if minutes and opened else {}
        found = tuple(
            _items(
                meeting.id, viewer, decided, notes=minutes and opened, reader=viewer.locale,
                handed_on=handed_on,
            )
        )  # fmt: skip
    return MeetingView(
        id=meeting.id,
        body_id=meeting.body_id,
        body=name_of(row.names, viewer.locale),
        number=meeting.number,
        title=title_of(
            meeting.title, meeting.language, meeting.translations, meeting.number, row.names,
            viewer.locale,
        ),
        own_title=meeting.title,
        language=meeting.language,
        type=meeting.type,
        state=State(meeting.state),
        reason=meeting.reason,
        zone=meeting.zone,
        wall_start=meeting.wall_start,
        wall_end=meeting.wall_end,
        start=meeting.start_utc,
        end=meeting.end_utc,
        place=meeting.place,
        mode=meeting.mode,
        online_url=meeting.online_url,
        chair_id=meeting.chair_id or "",
        chair=row.chair or "",
        secretary_id=meeting.secretary_id or "",
        secretary=row.secretary or "",
        previous_id=meeting.previous_id or "",
        series_date=meeting.series_date,
        issue=meeting.issue,
        convened_at=meeting.convened_at,
        started_at=meeting.started_at,
        paused_at=meeting.paused_at,
        ended_at=meeting.ended_at,
        circulated_at=meeting.circulated_at,
        comments_until=meeting.comments_until,
        approved_at=meeting.approved_at,
        minutes_version=meeting.minutes_version,
        # Not even which one it is, where it is not open to the reader.
        current_item=next(
            (
                item.id
                for item in found
                if isinstance(item, ItemView) and item.id == meeting.current_item
            ),
            "",
        ),
        version=meeting.version,
        readers=row.readers,
        on_list=bool(row.listed),
        promised=bool(row.promised),
        may_prepare=may_prepare(meeting, viewer),
        # Who has no seat in a body that alone reads its minutes finds in them what they are named for, or nothing.
        minutes_open=opened
        and (bool(row.plain) or not items or any(isinstance(each, ItemView) for each in found)),
        list_open=bool(row.plain),
        items=found,
    )  # fmt: skip


_presenter = kept_alias(Membership)


@lru_cache(maxsize=64)
def _items_query(permissions: frozenset[str]) -> Select[Any]:
    viewer = reader_with(permissions)
    return (
        select(
            Item,
            Note,
            _presenter.shown_name.label("presenter"),
            case((item_open(viewer), 1), else_=0).label("opened"),
            case((in_audience(viewer), 1), else_=0).label("in_audience"),
        )
        .join(Meeting, same(Meeting, Item.city_id, Item.meeting_id))
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .outerjoin(Note, and_(Note.city_id == Item.city_id, Note.item_id == Item.id))
        .outerjoin(_presenter, same(_presenter, Item.city_id, Item.presenter_id))
        .where(Item.meeting_id == bindparam("meeting"), Item.state != "withdrawn")
        .order_by(Item.position, Item.id)
    )


def _items(
    meeting_id: str,
    viewer: Viewer,
    decided: Mapping[str, Sequence[DecisionView]],
    *,
    notes: bool,
    reader: str,
    handed_on: bool,
) -> Iterable[AnyItem]:
    rows = db.session.execute(
        _items_query(viewer.permissions), {"meeting": meeting_id, "reader": viewer.membership_id}
    )
    for number, row in enumerate(rows, 1):
        if not row.opened:
            yield Withheld(number, promise=bool(row.in_audience))
        elif handed_on and row.Item.restricted:
            yield Withheld(number)
        else:
            note = note_view(row.Note, reader) if notes and row.Note is not None else None
            yield item_view(
                row.Item,
                number,
                row.presenter or "",
                reader,
                note,
                tuple(decided.get(row.Item.id, ())),
            )


def item_view(
    item: Item,
    number: int,
    presenter: str,
    reader: str,
    note: NoteView | None = None,
    decisions: tuple[DecisionView, ...] = (),
) -> ItemView:
    """The view of an item that the caller has found open to the reader."""
    told = item.translations
    return ItemView(
        id=item.id,
        number=number,
        section=item.section,
        kind=item.kind,
        title=words_for(item.title, item.language, told, "title", reader),
        background=words_for(item.background, item.language, told, "background", reader),
        original={"title": item.title, "background": item.background},
        language=item.language,
        translations=told or {},
        purpose=item.purpose,
        minutes=item.minutes,
        presenter=presenter or item.presenter_name,
        presenter_id=item.presenter_id or "",
        restricted=item.restricted,
        late=item.late,
        recurring=item.recurring,
        state=item.state,
        started_at=item.started_at,
        ended_at=item.ended_at,
        subject=Ref(item.ref_plugin, item.ref_kind, item.ref_id) if item.ref_id else None,
        about_meeting=item.about_meeting or "",
        carried_from=item.carried_from or "",
        proposal_id=item.proposal_id or "",
        version=item.version,
        note=note,
        decisions=decisions,
    )


def note_view(note: Note, reader: str) -> NoteView:
    """The view of the notes of an item that is open to the reader."""
    return NoteView(
        note.id,
        words_for(note.text, note.language, note.translations, "text", reader),
        note.text,
        note.language,
        note.translations or {},
        note.version,
        note.changed_at,
    )


# -- Decisions, of one meeting or of many -------------------------------------------------------------------------

_dissenter = kept_alias(Membership)


def decision_open(viewer: Viewer) -> Any:
    """The condition that leaves the decisions ``viewer`` may read; needs Item, Meeting and Body in the statement."""
    return and_(meeting_visible(viewer), minutes_open(viewer), item_open(viewer))


def read_decisions(meeting_ids: Sequence[str], viewer: Viewer) -> dict[str, list[DecisionView]]:
    """The decisions of meetings that ``viewer`` may read, by item, with who dissented; one query."""
    asked = {"meetings": list(meeting_ids), "reader": viewer.membership_id}
    rows = db.session.execute(_open_decisions(viewer.permissions), asked).all()
    return _decided(rows, viewer.locale)


@lru_cache(maxsize=64)
def _open_decisions(permissions: frozenset[str]) -> Any:
    return _decisions(decision_open(reader_with(permissions)))


def _decisions(condition: Any) -> Any:
    return (
        select(
            Decision,
            Meeting.number.label("meeting_number"),
            Dissent,
            Attendance.guest_name,
            _dissenter.shown_name,
        )
        .join(Item, same(Item, Decision.city_id, Decision.item_id))
        .join(Meeting, same(Meeting, Decision.city_id, Decision.meeting_id))
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .outerjoin(
            Dissent,
            and_(Dissent.city_id == Decision.city_id, Dissent.decision_id == Decision.id),
        )
        .outerjoin(Attendance, same(Attendance, Dissent.city_id, Dissent.attendance_id))
        .outerjoin(_dissenter, same(_dissenter, Attendance.city_id, Attendance.membership_id))
        .where(Decision.meeting_id.in_(bindparam("meetings", expanding=True)), condition)
        .order_by(Decision.meeting_id, Decision.apart, Decision.number, Dissent.position)
    )


def _decided(rows: Iterable[Any], reader: str) -> dict[str, list[DecisionView]]:
    dissents: dict[str, list[DissentView]] = {}
    decisions: dict[str, tuple[Decision, int]] = {}
    for row in rows:
        decisions.setdefault(row.Decision.id, (row.Decision, row.meeting_number))
        if row.Dissent is not None:
            dissents.setdefault(row.Decision.id, []).append(
                DissentView(
                    row.Dissent.attendance_id or "",
                    row.shown_name or row.guest_name or "",
                    row.Dissent.reason,
                )
            )
    found: dict[str, list[DecisionView]] = {}
    for identifier, (decision, number) in decisions.items():
        found.setdefault(decision.item_id, []).append(
            decision_view(decision, number, reader, tuple(dissents.get(identifier, ())))
        )
    return found


def decision_label(meeting_number: int, number: int, apart: bool) -> str:
    """What a decision is cited by. Those of restricted items count by themselves, so that no gap tells of them."""
    return f"{meeting_number}/R{number}" if apart else f"{meeting_number}/{number}"


def earlier_words(decision: Decision, meeting_number: int, reader: str) -> str:
    """A decision in one line, as a choice among others; the caller has found it open to the reader."""
    words = words_for(decision.text, decision.language, decision.translations, "text", reader)
    label = decision_label(meeting_number, decision.number, decision.apart)
    return f"{label} · {words.text.splitlines()[0][:120] if words.text else ''}"


def decision_view(
    decision: Decision,
    meeting_number: int,
    reader: str,
    dissents: tuple[DissentView, ...] = (),
) -> DecisionView:
    """The view of a decision that the caller has found open to the reader."""

    def words(name: str) -> Words:
        return words_for(
            getattr(decision, name), decision.language, decision.translations, name, reader
        )

    return DecisionView(
        id=decision.id,
        item_id=decision.item_id,
        label=decision_label(meeting_number, decision.number, decision.apart),
        decided_on=decision.decided_on,
        text=words("text"),
        rationale=words("rationale"),
        alternatives=words("alternatives"),
        original={name: getattr(decision, name) for name in ("text", "rationale", "alternatives")},
        language=decision.language,
        translations=decision.translations or {},
        rule=decision.rule,
        votes=(decision.votes_for, decision.votes_against, decision.votes_abstained),
        legal_basis=decision.legal_basis,
        publicity=decision.publicity,
        quorate=decision.quorate,
        counts=decision.counts or {},
        state=decision.state,
        replaces_id=decision.replaces_id or "",
        version=decision.version,
        dissents=dissents,
    )


# -- One record at a time, for forms ------------------------------------------------------------------------------


def find_item(
    item_id: str, viewer: Viewer, *, for_change: bool = False
) -> tuple[Item, Meeting, Body] | None:
    """An item that is open to ``viewer`` with its meeting and body; None else.

    ``for_change`` holds the meeting until the transaction ends, since numbers and order are the meeting's.
    """
    query = (
        select(Item, Meeting, Body)
        .join(Meeting, same(Meeting, Item.city_id, Item.meeting_id))
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .where(Item.id == item_id, meeting_visible(viewer), item_open(viewer))
    )
    if for_change:
        query = query.with_for_update(of=(Meeting, Item)).execution_options(populate_existing=True)
    row = db.session.execute(query).first()
    return (row.Item, row.Meeting, row.Body) if row is not None else None


def find_decision(
    decision_id: str, viewer: Viewer, *, for_change: bool = False
) -> tuple[Decision, Item, Meeting, Body] | None:
    """A decision that ``viewer`` may read with its item, meeting and body; None else."""
    query = (
        select(Decision, Item, Meeting, Body)
        .join(Item, same(Item, Decision.city_id, Decision.item_id))
        .join(Meeting, same(Meeting, Decision.city_id, Decision.meeting_id))
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .where(Decision.id == decision_id, decision_open(viewer))
    )
    if for_change:
        query = query.with_for_update(of=(Decision, Meeting)).execution_options(
            populate_existing=True
        )
    row = db.session.execute(query).first()
    return (row.Decision, row.Item, row.Meeting, row.Body) if row is not None else None


# -- The public extract: another document, not the same one with hidden parts ---------------------------------------


def public_extract(meeting_id: str, viewer: Viewer, *, reader: str = "") -> Extract | None:
    """The public extract of a meeting with approved minutes, in the language ``reader``; None else. Three queries.

    ``viewer`` is who asks for it, and must see the meeting; what they may read beyond what is public has no part in it.
    """
    seen = read_meeting(meeting_id, viewer, items=False)
    if seen is None or not seen.state.closed:
        return None
    reader = reader or viewer.locale
    rows = db.session.execute(
        select(Item)
        .join(Meeting, same(Meeting, Item.city_id, Item.meeting_id))
        .join(Body, same(Body, Meeting.city_id, Meeting.body_id))
        .where(Item.meeting_id == meeting_id, Item.state == "done", item_open_to_all())
        .order_by(Item.position, Item.id)
    )
    public = and_(item_open_to_all(), Decision.publicity == "public")
    decided = _decided(
        db.session.execute(_decisions(public), {"meetings": [meeting_id]}).all(), reader
    )
    items = tuple(
        item_view(row.Item, number, "", reader, decisions=tuple(decided.get(row.Item.id, ())))
        for number, row in enumerate(rows, 1)
    )
    return Extract(
        seen.id,
        seen.body,
        seen.number,
        seen.title,
        seen.wall_start,
        seen.place,
        seen.language,
        items,
        tuple(decision for item in items for decision in item.decisions),
    )
