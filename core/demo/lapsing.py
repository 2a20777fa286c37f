"""What runs out in the demo's cities, and what a focal point has written down for whoever comes."""

from datetime import date, timedelta

from sqlalchemy import select

from core.database import db, utcnow
from core.handover.services import write_note as keep_note
from core.identity.models import Invitation, Membership, Organisation
from core.values import Viewer

# In how many days: an agreement that has ended, and two that end before long.
_AGREEMENTS = (-12, 9, 38)
_MEMBERSHIPS = (-3, 24, 51)
_INVITATION_LEFT = timedelta(days=2)

_NOTES: dict[str, tuple[str, str]] = {
    "brezovo": (
        "mk",
        ("Првата среда во месецот е резервирана за состанокот; салата се бара две недели порано.\n"
        "За преводи на албански најбрзо одговара Младинскиот центар.\n"
        "Од Центарот за социјална работа чекаме писмен одговор, се јавуваат само претпладне.\n"
        "На училиштата им пишувајте до четврток: во петок никој не чита."),
    ),
    "almina": (
        "ar",
        ("الاجتماع الشهري في الثلاثاء الأول، والقاعة تُحجز قبل أسبوعين.\n"
        "مركز الشباب يساعد في الترجمة إلى الفرنسية إن طُلب منه قبل يومين.\n"
        "المدارس لا تردّ على البريد في أسبوع الامتحانات، والهاتف أسرع.\n"
        "وُعد نادي كرة القدم بردّ على موعد الدورة قبل نهاية الشهر."),
    ),
    "rivemont": (
        "fr",
        ("La cellule se réunit le deuxième jeudi ; la salle se réserve quinze jours avant.\n"
        "Pour la maison des jeunes, appeler plutôt que d’écrire.\n"
        "Le lycée attend notre réponse sur l’atelier de mars.\n"
        "Les conventions se renouvellent au conseil municipal : compter six semaines."),
    ),
}  # fmt: skip


def let_lapse(today: date) -> None:
    """Let agreements, memberships and an invitation of the city in force run out about ``today``."""
    organisations = db.session.scalars(
        select(Organisation).order_by(Organisation.sort_key, Organisation.id)
    ).all()
    for organisation, days in zip(organisations[3::5], _AGREEMENTS, strict=False):
        organisation.agreement_until = today + timedelta(days=days)
    # Those without an account, so that every account of the demo still opens.
    listed = db.session.scalars(
        select(Membership)
        .where(Membership.person_id.is_(None))
        .order_by(Membership.sort_key, Membership.id)
    ).all()
    for membership, days in zip(listed[1::2], _MEMBERSHIPS, strict=False):
        membership.until = today + timedelta(days=days)
    for membership in listed[:1]:
        db.session.add(
            Invitation(
                membership_id=membership.id,
                email=f"{membership.id}@maillage.example",
                # The link of an invitation that nobody sent opens nothing.
                token_hash=f"demo-{membership.id}",
                expires_at=utcnow() + _INVITATION_LEFT,
            )
        )
    db.session.flush()


def write_note(slug: str, viewer: Viewer) -> None:
    """Let the focal point of a demo's city have written what whoever comes must know."""
    if slug in _NOTES:
        language, text = _NOTES[slug]
        keep_note(viewer, text, language, 0)
