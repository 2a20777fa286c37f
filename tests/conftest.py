"""The tests use the same fixtures as the authors of other plugins."""

pytest_plugins = ["core.testing"]
