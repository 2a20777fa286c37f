"""The table of things."""

from sqlalchemy import Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.api import CityOwned, city_key, mapper_registry


class Model(DeclarativeBase):
    """The base of this plugin's tables."""

    registry = mapper_registry()


class Thing(CityOwned, Model):
    """Something that can be lent, and who has it."""

    __tablename__ = "lending_thing"
    __table_args__ = (
        city_key("identity_membership", "keeper_id"),
        Index("ix_lending_thing_order", "city_id", "sort_key", "id"),
    )

    title: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(String(200), default="")
    keeper_id: Mapped[str | None] = mapped_column(String(16))
