"""The pages: one module for the first page, one for the calendar, one for its secret addresses."""

from core.home.views import calendar, feeds, start
from core.home.views.blueprint import bp

__all__ = ["bp", "calendar", "feeds", "start"]
