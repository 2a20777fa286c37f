"""The tables of a city."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, new_id, utcnow
from core.i18n.languages import SCRIPT_SISTERS


class City(Model):
    """A city and what is particular to it. It belongs to nobody but itself, so it is not ``CityOwned``."""

    __tablename__ = "cities_city"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    body_names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    default_language: Mapped[str] = mapped_column(String(12), default="en")
    official_languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    working_languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    country: Mapped[str] = mapped_column(String(2), default="")
    accent_light: Mapped[str] = mapped_column(String(7), default="")
    accent_dark: Mapped[str] = mapped_column(String(7), default="")
    arms: Mapped[str] = mapped_column(String(40), default="")
    look_version: Mapped[int] = mapped_column(Integer, default=1)
    # Raised with every change that a calendar could show; feeds compare it instead of reading the entries.
    calendar_version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    def name_in(self, language: str) -> str:
        """The city's name in ``language``, else in its first official language, else its address."""
        return text_in(self.names, language, self.languages) or self.slug

    def body_name_in(self, language: str) -> str:
        """What the city calls its network, such as CAT, LPN or KVSP; empty where it has no name."""
        return text_in(self.body_names, language, self.languages)

    @property
    def languages(self) -> list[str]:
        """The languages of the city's content: official ones first, then working ones, each once."""
        return list(dict.fromkeys([*self.official_languages, *self.working_languages]))


class CityPlugin(CityOwned, Model):
    """A plugin that a city has switched on at some time, and its settings there."""

    __tablename__ = "cities_plugin"
    __table_args__ = (UniqueConstraint("city_id", "name"),)

    name: Mapped[str] = mapped_column(String(60))
    enabled: Mapped[bool] = mapped_column(default=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)


def text_in(texts: dict[str, str], language: str, preferred: list[str]) -> str:
    """The text in ``language``, else in the first of ``preferred`` there is, else any, else nothing.

    Serbian in one script stands in for Serbian in the other before any other language does.
    """
    for code in (language, SCRIPT_SISTERS.get(language), *preferred, "en"):
        if code and texts.get(code):
            return texts[code]
    return next((text for text in texts.values() if text), "")
