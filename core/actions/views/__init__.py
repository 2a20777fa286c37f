"""The pages of actions: the lists, one action, and handing over what somebody leaves behind."""

from core.actions.views import handing_over, lists, records
from core.actions.views.blueprint import bp

__all__ = ["bp", "handing_over", "lists", "records"]
