"""The pages of translations, one module for each thing that can be done."""

from core.content.views import (  # noqa: F401  they add their pages to the blueprint
    editing,
    overview,
    paper,
    reading,
    terms,
)
from core.content.views.common import bp

__all__ = ["bp"]
