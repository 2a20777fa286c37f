"""Help for the authors of plugins: a new plugin that works, a check, and the manual of the hooks."""
