"""Meetings: a convened agenda, quorate decisions with their reasons, minutes in every language, actions that get done."""
