"""Words of the interface that people of the demo found wrong, so that the list of the administrator shows something."""

from collections.abc import Mapping

from sqlalchemy import select

from core.database import db
from core.identity.models import Membership
from core.permissions import Role
from core.tenancy import current_city_id
from core.values import Viewer
from core.wording import catalogue
from core.wording.services import report_word, settle

# City: (who, language, what stands there, what should, why, what became of it).
WORDS: Mapping[str, tuple[tuple[Role, str, str, str, str, str], ...]] = {
    "brezovo": (
        (Role.FOCAL_POINT, "mk", "Откажи", "Поништи", "Така пишува и во другите програми.", ""),
        (Role.CHAIR, "sq", "Njerëz", "Anëtarë", "", ""),
        (Role.CHAIR, "sq", "Anulo", "Hiq dorë", "Fjala përdoret për ndeshje.", "right"),
    ),
    "almina": ((Role.MEMBER, "ar", "الأشخاص", "الناس", "كلمة أبسط.", ""),),
    "rivemont": (
        (Role.OBSERVER, "fr", "Annuler", "Abandonner", "Rien n’est annulé : on revient.", ""),
        (Role.CHAIR, "fr", "Filtrer", "Affiner", "", "accepted"),
    ),
}


def add_reported_words(slug: str) -> None:
    """Let people of the city in force report what is listed for it."""
    for role, language, words, suggestion, reason, decision in WORDS.get(slug, ()):
        who = db.session.scalars(
            select(Membership)
            .where(Membership.person_id.is_not(None))
            .order_by(Membership.sort_key, Membership.id)
        ).all()
        one = next((member for member in who if role.value in member.roles), None)
        if one is None:
            continue
        by = Viewer(
            person_id=one.person_id or "",
            name=one.shown_name,
            locale=language,
            city_id=current_city_id(),
            membership_id=one.id,
            organisation_id=one.organisation_id,
            roles=frozenset(one.roles),
            permissions=frozenset(),
        )
        candidates = catalogue.find(words, language)
        made = report_word(
            by,
            words=words,
            suggestion=suggestion,
            reason=reason,
            page="/people",
            found=candidates[0] if candidates else None,
        )
        if decision:
            settle(by, made, decision, "", made.version)
