"""Meetings: a convened agenda, quorate decisions with reasons, minutes in every language, actions that get done."""
