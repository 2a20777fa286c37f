"""The table of the handover: what no list says and whoever keeps the network must know."""

from datetime import datetime

from sqlalchemy import Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow


class Note(CityOwned, Model):
    """What those who keep the network of a city tell one another; one for each city."""

    __tablename__ = "handover_note"
    __table_args__ = (
        city_key("identity_membership", "written_by"),
        UniqueConstraint("city_id"),
    )

    text: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(12))
    written_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    version: Mapped[int] = mapped_column(Integer, default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
