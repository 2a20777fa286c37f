"""What people type about an activity: numbers and dates as they write them, sums that come out even."""

from core.api import (
    read_clock,
    read_day,
    read_money,
    read_number,
    read_version,
)
from plugins.activities.forms.activity import ActivityForm, first_values, form_values
from plugins.activities.forms.repeating import NearbyForm, RepeatForm, ScopeForm
from plugins.activities.forms.small import AttachmentForm, ImportForm, ReportForm

__all__ = [
    "ActivityForm", "AttachmentForm", "ImportForm", "NearbyForm", "RepeatForm", "ReportForm", "ScopeForm",
    "first_values", "form_values", "read_clock", "read_day", "read_money", "read_number",
    "read_version",
]  # fmt: skip
