"""How much made-up input a run tries: a dose in every run, and ``--hypothesis-profile=thorough``."""

from hypothesis import HealthCheck, settings

# Time limits for one example would fail on a busy machine, where nothing is wrong.
settings.register_profile(
    "quick",
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=2000)
settings.load_profile("quick")
