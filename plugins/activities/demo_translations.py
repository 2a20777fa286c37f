"""What somebody in the invented cities has translated: a text in every state. Invented as all of the demo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.api import City, Membership, Role, Viewer, db, keep_originals, keep_translation
from plugins.activities.services.access import ref_of
from plugins.activities.services.texts import original_of
from plugins.activities.words import Visibility


@dataclass(frozen=True, slots=True)
class Translated:
    """A title and its description in another language. ``earlier`` is what the original said at the time."""

    title: str
    description: str
    approved: bool = False
    earlier: str = ""


TRANSLATED: Mapping[str, Mapping[str, Translated]] = {
    "Работилница за медиумска писменост": {
        "sq": Translated(
            "Punëtori për edukim mediatik",
            "Nxënësit punojnë në grupe të vogla: dallojnë një lajm të trilluar, gjejnë publikimin e parë dhe "
            "verifikojnë fotografinë.",
            approved=True,
        ),
        "en": Translated(
            "Media literacy workshop",
            "In small groups pupils recognise a made-up story, find where it was first published and check the "
            "picture.",
        ),
    },
    "Турнир во мал фудбал меѓу населбите": {
        "sq": Translated(
            "Turne futbolli mes lagjeve",
            "Skuadra të përziera nga tri lagje; gjykojnë nxënës më të rritur.",
            earlier="Мешани екипи од три населби; судат постари ученици.",
        ),
    },
    "Teatri forum kundër bullizmit": {
        "mk": Translated(
            "Форум-театар против булинг",
            "Учениците играат секојдневна случка, а публиката го менува крајот.",
            approved=True,
        ),
        "en": Translated("Forum theatre against bullying", ""),
    },
    "Rrethi i nënave": {
        "mk": Translated(
            "Круг на мајки",
            "Мајките разговараат за децата и за училиштето; иницијативата е нивна.",
            earlier="Nënat bisedojnë për fëmijët dhe shkollën; nisma është e tyre.",
        ),
    },
    "ورشة التربية الإعلامية": {
        "fr": Translated(
            "Atelier d’éducation aux médias",
            "Par petits groupes, les élèves travaillent sur une nouvelle qui circule : qui l’a publiée d’abord, et "
            "l’image vient-elle bien de ce lieu et de ce jour ?",
            approved=True,
        ),
        "en": Translated(
            "Media literacy workshop",
            "In small groups pupils look at a story that goes round: who published it first, and whether the picture "
            "belongs to its place and time.",
        ),
    },
    "بطولة كرة القدم بين الأحياء": {
        "fr": Translated(
            "Tournoi de football des quartiers",
            "Des équipes mélangées de deux quartiers, arbitrées par des élèves plus âgés.",
            earlier="فرق مختلطة من حيّين، والتحكيم لطلاب أكبر سنًا.",
        ),
    },
    "Cercle de parole : parents et adolescents": {
        "en": Translated(
            "Talking circle: parents and teenagers",
            "Time to talk in a small group, with a psychologist.",
            approved=True,
        ),
    },
    "Tournoi inter-quartiers": {
        "en": Translated(
            "Tournament of the neighbourhoods",
            "Mixed teams, refereed by young people.",
            earlier="Des équipes mélangées, arbitrées par des jeunes.",
        ),
    },
}  # fmt: skip


def keep_all(rows: Sequence[Mapping[str, Any]], city: City) -> None:
    """Keep the original of every activity in ``rows``, and what was translated of some.

    What is translated of the first of those that say the same, the others take over.
    """
    first: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        if row["visibility"] == Visibility.MEMBERS and row["title"] in TRANSLATED:
            first.setdefault((row["title"], row["description"]), row)
    chosen = {row["id"] for row in first.values()}
    keep_originals([_as_it_was(row) for row in first.values()], None)
    for row in first.values():
        for language, each in TRANSLATED[row["title"]].items():
            by = _somebody(city, Role.FOCAL_POINT if each.approved else Role.MEMBER)
            texts = {"title": each.title, "description": each.description}
            keep_translation(ref_of(row["id"]), language, texts, by, approve=each.approved)
    keep_originals([original_of(row) for row in first.values()], None)
    keep_originals([original_of(row) for row in rows if row["id"] not in chosen], None)


def _as_it_was(row: Mapping[str, Any]) -> Any:
    earlier = next((each.earlier for each in TRANSLATED[row["title"]].values() if each.earlier), "")
    return original_of({**row, "description": earlier or row["description"]})


def _somebody(city: City, role: Role) -> Viewer | None:
    """Somebody of the city in that role."""
    for identifier, roles in db.session.execute(
        select(Membership.id, Membership.roles).order_by(Membership.sort_key, Membership.id)
    ):
        if role.value in roles:
            return Viewer(
                person_id="",
                name="",
                locale=city.default_language,
                city_id=city.id,
                membership_id=identifier,
                organisation_id=None,
                roles=frozenset({role.value}),
                permissions=frozenset(),
            )
    return None
