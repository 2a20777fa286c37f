"""What the tables have in common."""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase

from core.api import mapper_registry

ID = String(16)
LANGUAGE = String(12)
CODE = String(40)


class Model(DeclarativeBase):
    """The base of this plugin's tables."""

    registry = mapper_registry()
