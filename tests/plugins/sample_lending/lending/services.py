"""The verbs: what can be done with things. Flushes, never commits."""

from collections.abc import Sequence

from sqlalchemy import select

from core.api import Viewer, db, sort_key

from .models import Thing

PAGE = 50


def things() -> Sequence[Thing]:
    """What the city in force lends, by title."""
    return db.session.scalars(select(Thing).order_by(Thing.sort_key, Thing.id).limit(PAGE)).all()


def add_thing(identity: str, title: str, viewer: Viewer) -> Thing:
    """Add a thing, kept by whoever adds it; a thing that was added already stays as it is."""
    thing = db.session.get(Thing, (viewer.city_id, identity))
    if thing is None:
        thing = Thing(
            id=identity, title=title, sort_key=sort_key(title), keeper_id=viewer.membership_id
        )
        db.session.add(thing)
        db.session.flush()
    return thing
