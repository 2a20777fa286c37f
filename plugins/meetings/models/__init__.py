"""The tables: bodies and their rules, meetings and their agenda, what was said, decided and approved."""

from plugins.meetings.models.attendance import Attendance, Conflict, Movement, Statement
from plugins.meetings.models.base import Model
from plugins.meetings.models.bodies import (
    Body,
    BodyMember,
    QuorumOrganisation,
    QuorumRule,
    StandingItem,
)
from plugins.meetings.models.meetings import AudienceMember, Item, Meeting, Proposal
from plugins.meetings.models.minutes import (
    Approval,
    Change,
    Correction,
    Decision,
    Dissent,
    Document,
    Note,
    NoteVersion,
)

__all__ = [
    "Approval", "Attendance", "AudienceMember", "Body", "BodyMember", "Change", "Conflict", "Correction", "Decision",
    "Dissent", "Document", "Item", "Meeting", "Model", "Movement", "Note", "NoteVersion", "Proposal",
    "QuorumOrganisation", "QuorumRule", "StandingItem", "Statement",
]  # fmt: skip
