"""A plugin that a city switches off is gone there at once, and stays in the other city."""

from sqlalchemy import select

from core.audit.models import AuditRecord
from core.permissions import Role


def test_switching_counts_from_the_next_request_on(world, sign_in, probe, make_entry) -> None:
    probe.entries = [make_entry("a")]
    administrator = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    member = sign_in(world.person("alva", Role.MEMBER))
    neighbour = sign_in(world.person("bruma", Role.MEMBER))
    assert member.get("/alva/probe/").status_code == 200

    others = [name for name in world.app.extensions["maillage_plugins"].plugins if name != "probe"]
    answer = administrator.post(
        "/alva/settings/plugins", data={"was_on": ["probe", *others], "on": others}
    )
    assert answer.status_code == 303
    assert member.get("/alva/probe/").status_code == 404
    home = member.get("/alva/").text
    assert "Probe card" not in home
    assert "Probing" not in home
    assert "Event a" not in home
    assert "Event a" not in member.get("/alva/calendar").text
    assert neighbour.get("/bruma/probe/").status_code == 200
    assert "Probe card" in neighbour.get("/bruma/").text

    administrator.post("/alva/settings/plugins", data={"was_on": others, "on": ["probe", *others]})
    assert member.get("/alva/probe/").status_code == 200
    with world.app.app_context():
        from core.database import db

        actions = db.session.scalars(
            select(AuditRecord.action)
            .where(AuditRecord.action.startswith("plugin."))
            .order_by(AuditRecord.at)
        ).all()
    assert actions == ["plugin.disabled", "plugin.enabled"]


def test_only_what_the_reader_switched_is_changed(world, sign_in) -> None:
    """A colleague switched the probe off after this page was made."""
    administrator = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    administrator.post("/alva/settings/plugins", data={"was_on": ["probe"], "on": []})
    administrator.post("/alva/settings/plugins", data={"was_on": ["probe"], "on": ["probe"]})
    assert sign_in(world.person("alva", Role.MEMBER)).get("/alva/probe/").status_code == 404


def test_a_plugin_that_fails_while_switched_stays_as_it_was(world, sign_in, probe) -> None:
    administrator = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    probe.broken = True
    answer = administrator.post("/alva/settings/plugins", data={"was_on": ["probe"], "on": []})
    assert answer.status_code == 303
    probe.broken = False
    assert "could not be switched" in administrator.get("/alva/settings/plugins").text
    assert sign_in(world.person("alva", Role.MEMBER)).get("/alva/probe/").status_code == 200


def test_only_who_manages_plugins_switches_them(world, sign_in) -> None:
    for role in Role:
        if role is Role.CITY_ADMINISTRATOR:
            continue
        client = sign_in(world.person("alva", role))
        assert client.post("/alva/settings/plugins", data={"was_on": ["probe"]}).status_code == 403
    stranger = sign_in(world.person("bruma", Role.CITY_ADMINISTRATOR))
    assert stranger.post("/alva/settings/plugins", data={"was_on": ["probe"]}).status_code == 404


def test_unknown_plugins_are_no_matter(world, sign_in) -> None:
    administrator = sign_in(world.person("alva", Role.CITY_ADMINISTRATOR))
    data = {"on": ["nowhere", "x" * 4000, "\u200f"], "was_on": ["nothing"]}
    assert administrator.post("/alva/settings/plugins", data=data).status_code == 303
