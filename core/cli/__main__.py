"""``python -m core.cli`` is ``maillage``."""

from core.cli import main

main()
