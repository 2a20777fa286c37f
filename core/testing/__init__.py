"""Fixtures for our tests, and for the authors of other plugins.

A test suite asks for them with ``pytest_plugins = ["core.testing"]`` in its ``conftest.py``.
"""

pytest_plugins = [
    "core.testing.app",
    "core.testing.postgres",
    "core.testing.browser",
    "core.testing.serving",
    "core.testing.mailbox",
    "core.testing.contract",
    "core.testing.fuzzing",
]
