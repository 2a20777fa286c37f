"""The demo's actions: in every state, some late, some of people without an account."""

from datetime import date, timedelta

from sqlalchemy import select

from core.actions.services import ActionEntry, add_action, set_status
from core.actions.words import Status
from core.database import db
from core.identity.models import Membership
from core.permissions import Role
from core.values import Viewer

# For each city: its language, and what is to be done, in how many days, and how far it is.
_PLANS: dict[str, tuple[str, tuple[tuple[str, int, Status, str], ...]]] = {
    "brezovo": (
        "mk",
        (
            ("Да се резервира салата во Домот на културата за форумот на младите", -6, Status.OPEN, ""),
            ("Да се испрати поканата до сите основни училишта на двата јазика", -2, Status.IN_PROGRESS, ""),
            ("Да се договори превезувач за учениците од Горно Брезово", 3, Status.OPEN, ""),
            ("Да се подготви краток извештај за советот на општината", 5, Status.IN_PROGRESS, ""),
            ("Да се најде преведувач за работилницата со родителите", 9, Status.BLOCKED,
             "Преведувачката е на одмор до крајот на месецот."),
            ("Да се закаже средба со директорот на средното училиште", 14, Status.OPEN, ""),
            ("Да се објави распоредот на спортските денови", -20, Status.DONE, ""),
            ("Да се донираат старите компјутери од библиотеката", -30, Status.NOT_POSSIBLE,
             "Компјутерите се веќе отпишани и отстапени."),
        ),
    ),
    "almina": (
        "ar",
        (
            ("حجز القاعة البلدية للقاء الشهري مع الأهالي", -4, Status.OPEN, ""),
            ("إرسال برنامج الورشة إلى المدارس الثلاث بالعربية والفرنسية", 2, Status.IN_PROGRESS, ""),
            ("الاتفاق مع النادي الرياضي على مواعيد المباريات", 6, Status.OPEN, ""),
            ("إعداد قائمة بالمتطوعين وأرقام هواتفهم", 10, Status.BLOCKED, "ننتظر ردّ الجمعية."),
            ("طباعة ملصقات حملة القراءة", -15, Status.DONE, ""),
        ),
    ),
    "rivemont": (
        "fr",
        (
            ("Réserver la salle polyvalente pour la soirée des familles", -3, Status.OPEN, ""),
            ("Envoyer le calendrier des ateliers aux deux collèges", 1, Status.IN_PROGRESS, ""),
            ("Trouver une personne pour l’accueil du samedi", 7, Status.OPEN, ""),
            ("Demander un devis pour l’impression du guide", 12, Status.OPEN, ""),
            ("Relire la convention avec la maison des jeunes", -12, Status.DONE, ""),
        ),
    ),
}  # fmt: skip
# Of any other city, so that tests find something as well.
_OTHERWISE = (
    "en",
    (
        ("Book the room for the families’ evening", -3, Status.OPEN, ""),
        ("Send the programme to both schools", 2, Status.IN_PROGRESS, ""),
        ("Find an interpreter for the workshop", 8, Status.BLOCKED, "She is away until Monday."),
        ("Print the posters", -9, Status.DONE, ""),
    ),
)


def seed(slug: str, viewer: Viewer, today: date) -> None:
    """Add the actions of an invented city; ``viewer`` is its focal point, who has added them."""
    language, lines = _PLANS.get(slug, _OTHERWISE)
    people = db.session.scalars(
        select(Membership)
        .where(Membership.organisation_id.is_not(None), Membership.active.is_(True))
        .order_by(Membership.sort_key, Membership.id)
    ).all()
    who = [one for one in people if set(one.roles) & {Role.MEMBER, Role.FOCAL_POINT, Role.CHAIR}]
    if not who:
        return
    # Everybody who tries the demo has something to do, and so has somebody without an account.
    turn = [
        *(one for one in who if one.person_id is not None),
        *(one for one in who if one.person_id is None),
    ]
    for number, (text, days, status, reason) in enumerate(lines):
        one = turn[number % len(turn)]
        entry = ActionEntry(
            text, language, str(one.organisation_id), one.id, today + timedelta(days=days)
        )
        action = add_action(entry, viewer, restricted=False)
        if status is not Status.OPEN:
            set_status(action, status, viewer, today, reason=reason)
