"""Whom one can name: the people of the network, for chairs, presenters and audiences."""

from sqlalchemy import and_, or_, select

from core.api import Membership, Organisation, db, name_of, today


def people_to_name(language: str, kept: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Everybody in the network with their organisation, by name; ``kept`` are offered though they have left."""
    now = today()
    rows = db.session.execute(
        select(Membership.id, Membership.shown_name, Organisation.names)
        .outerjoin(
            Organisation,
            and_(
                Organisation.city_id == Membership.city_id,
                Organisation.id == Membership.organisation_id,
            ),
        )
        .where(
            or_(
                and_(
                    Membership.active.is_(True),
                    or_(Membership.until.is_(None), Membership.until >= now),
                ),
                Membership.id.in_(kept),
            )
        )
        .order_by(Membership.sort_key, Membership.id)
    )
    return [
        (
            row.id,
            f"{row.shown_name} · {name_of(row.names, language)}" if row.names else row.shown_name,
        )
        for row in rows
    ]
