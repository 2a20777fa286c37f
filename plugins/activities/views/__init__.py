"""The pages of activities, one module for each thing that can be done."""

from plugins.activities.views import (  # noqa: F401  they add their pages to the blueprint
    commands,
    detail,
    editing,
    importing,
    listing,
    reporting,
    series,
)
from plugins.activities.views.common import bp

__all__ = ["bp"]
