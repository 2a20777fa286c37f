"""Jobs: what is done outside requests, put aside in the transaction that wants it, done by ``maillage worker``."""

from core.jobs.services import GiveUp, enqueue, job

__all__ = ["GiveUp", "enqueue", "job"]
