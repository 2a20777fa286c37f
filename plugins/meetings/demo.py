"""Meetings of the invented cities, in their languages. No person, place or case is real."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from core.api import City, Membership, Viewer, db, today
from plugins.meetings.models import Body
from plugins.meetings.permissions import Permission
from plugins.meetings.services import attendance, convening
from plugins.meetings.services.agenda import ItemEntry, add_item
from plugins.meetings.services.approval import approve
from plugins.meetings.services.bodies import BodyEntry, Quorum, add_body, seat, set_quorum
from plugins.meetings.services.decisions import DecisionEntry, decide
from plugins.meetings.services.meetings import first_entry, make_meeting
from plugins.meetings.services.notes import save_note
from plugins.meetings.services.proposals import ProposalEntry, propose

BODY_NAMES: Mapping[str, str] = {
    "mk": "Совет за превенција",
    "sq": "Këshilli për parandalim",
    "sr": "Савет за превенцију",
    "ar": "مجلس الوقاية",
    "fr": "Conseil de prévention",
    "en": "Prevention council",
}
NOTES: Mapping[str, str] = {
    "mk": "Дискусијата беше отворена. Сите присутни се согласија дека работата продолжува.",
    "sq": "Diskutimi ishte i hapur. Të gjithë të pranishmit u pajtuan që puna të vazhdojë.",
    "ar": "كان النقاش مفتوحا، واتفق الحاضرون على متابعة العمل.",
    "fr": "La discussion a été ouverte. Les présents sont d’accord pour continuer le travail.",
    "en": "The discussion was open. Everybody present agreed to go on with the work.",
}
DECIDED: Mapping[str, tuple[str, str]] = {
    "mk": (
        "До крајот на јануари се одржуваат три работилници за медиумска писменост.",
        "И двете училишта ги побараа.",
    ),
    "sq": (
        "Deri në fund të janarit mbahen tri punëtori për shkrim-lexim medial.",
        "Të dyja shkollat e kërkuan.",
    ),
    "ar": ("تعقد ثلاث ورش عن التربية الإعلامية حتى نهاية كانون الثاني.", "طلبتها المدرستان."),
    "fr": (
        "Trois ateliers d’éducation aux médias ont lieu d’ici la fin janvier.",
        "Les deux écoles les ont demandés.",
    ),
    "en": (
        "Three workshops on media literacy are held by the end of January.",
        "Both schools asked for them.",
    ),
}
PROPOSED: Mapping[str, str] = {
    "mk": "Заеднички спортски ден",
    "sq": "Ditë e përbashkët sportive",
    "ar": "يوم رياضي مشترك",
    "fr": "Une journée sportive commune",
    "en": "A sports day together",
}
MOST_SEATS = 12


@dataclass(frozen=True, slots=True)
class _Said:
    language: str

    def of(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.language) or texts["en"]


def seed(city: City) -> None:
    """A body with its seats, a meeting that was held, and the next one, already filled."""
    people = list(
        db.session.scalars(
            select(Membership)
            .where(Membership.active.is_(True), Membership.organisation_id.is_not(None))
            .order_by(Membership.sort_key, Membership.id)
        )
    )
    if not people:
        return
    keeper = next((each for each in people if "focal_point" in each.roles), people[0])
    chair = next((each for each in people if "chair" in each.roles), people[0])
    who = Viewer(
        keeper.person_id or "", keeper.shown_name, city.default_language, city.id, keeper.id,
        keeper.organisation_id, frozenset(keeper.roles), frozenset(each.value for each in Permission),
    )  # fmt: skip
    language = city.official_languages[0] if city.official_languages else city.default_language
    said = _Said(language)
    body = add_body(
        BodyEntry(
            names={code: BODY_NAMES.get(code, BODY_NAMES["en"]) for code in city.languages},
            type="plenary_network",
            language=language,
            rhythm="monthly",
            last_number=12,
        ),
        who,
    )
    # An administrator keeps the site and sits in no body.
    members = [each for each in people if "city_administrator" not in each.roles][:MOST_SEATS]
    for each in dict.fromkeys([chair, keeper, *members]):
        role = "chair" if each is chair else "secretary" if each is keeper else "member"
        if each is not chair and "observer" in each.roles:
            role = "observer"
        seat(body, each.id, role, who)
    set_quorum(body, Quorum(least=2, percent=50, chair_present=True), who)
    _held(body, who, said)
    _next(body, who, said)


def _held(body: Body, who: Viewer, said: _Said) -> None:
    from dataclasses import replace

    entry, _date = first_entry(body, today() - timedelta(days=45), who.locale)
    meeting = make_meeting(body, replace(entry, day=today() - timedelta(days=20)), who)
    convening.start(meeting, who)
    rows = attendance.rows_of(meeting.id)
    attendance.set_statuses(
        meeting,
        {row.id: "excused" if number % 5 == 4 else "present" for number, row in enumerate(rows)},
        {},
        {},
        who,
    )
    while (item := convening.next_item(meeting)) is not None:
        convening.go_to(meeting, item, who)
        save_note(item, meeting, body, said.of(NOTES), 0, who)
        if item.kind == "planning":
            text, rationale = DECIDED.get(said.language) or DECIDED["en"]
            decide(
                item, meeting, body,
                DecisionEntry(text, rationale, said.language, votes_for=3, votes_against=0,
                              votes_abstained=0, publicity="public"),
                who,
            )  # fmt: skip
    convening.end(meeting, who)
    convening.circulate(meeting, who)
    if len(rows) > 3:
        approve(meeting, who)


def _next(body: Body, who: Viewer, said: _Said) -> None:
    propose(ProposalEntry(body.id, said.of(PROPOSED), said.language), who)
    entry, series_date = first_entry(body, today(), who.locale)
    meeting = make_meeting(body, entry, who, series_date=series_date)
    add_item(
        meeting,
        body,
        ItemEntry(said.of(PROPOSED), said.language, "cases", "case_block", restricted=True),
        who,
    )
    convening.convene(meeting, who)
