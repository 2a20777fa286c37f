"""Who is invited to the next activities of an invented city, and what they have answered so far."""

import random
from datetime import date, timedelta

from sqlalchemy import select

from core.api import City, Guest, Membership, Viewer, db, invite, invitees_of, set_answer
from plugins.activities.models import Activity
from plugins.activities.services.access import ref_of
from plugins.activities.words import Status, Visibility

HOW_MANY = 5
# Guests of each language; nobody is called so, and the addresses lead nowhere.
GUESTS = {
    "mk": ("Бојана Изворска", "bojana@knigoteka.example"),
    "sq": ("Lira Burimi", "lira@knigoteka.example"),
    "sr": ("Невена Изворић", "nevena@knjizara.example"),
    "ar": ("سلمى الينبوع", "salma@maktaba.example"),
    "fr": ("Solène Fontclair", "solene@librairie.example"),
    "en": ("Wren Springhill", "wren@bookshop.example"),
}


def invite_some(city: City, dice: random.Random, today: date) -> None:
    """Invite members and a guest to the next activities that all members may see, and let some of them answer."""
    coming = db.session.scalars(
        select(Activity)
        .where(
            Activity.start_date > today,
            Activity.start_date < today + timedelta(days=60),
            Activity.status == Status.PLANNED.value,
            Activity.visibility == Visibility.MEMBERS.value,
            Activity.logged_by.is_not(None),
        )
        .order_by(Activity.start_utc, Activity.id)
        .limit(HOW_MANY)
    ).all()
    everybody = list(
        db.session.scalars(
            select(Membership.id)
            .where(Membership.active.is_(True))
            .order_by(Membership.sort_key, Membership.id)
        )
    )
    for number, activity in enumerate(coming):
        host = Viewer(
            person_id="",
            name="",
            locale=city.default_language,
            city_id=city.id,
            membership_id=activity.logged_by or "",
            organisation_id=activity.organisation_id,
            roles=frozenset(),
            permissions=frozenset(),
        )
        # Everybody to the first, so that each who can sign in finds something to answer.
        members = everybody if not number else dice.sample(everybody, min(7, len(everybody)))
        name, address = GUESTS.get(activity.language, GUESTS["en"])
        subject = ref_of(activity.id)
        invite(subject, members, host, [Guest(name, address, activity.language)])
        for line in invitees_of(subject):
            answer = dice.choice(["accepted", "accepted", "tentative", "declined", "", ""])
            if answer and not line.paper and number:
                set_answer(subject, line.id, answer)
