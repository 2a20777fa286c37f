"""``python -m core.translating``: the same commands where the ``maillage`` command is not there yet."""

from core.translating.cli import translations

translations(prog_name="python -m core.translating")
