"""Lending: who has the projector, and when it comes back."""
