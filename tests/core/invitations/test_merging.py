"""Two memberships of one person, both invited; and a membership that is removed."""

from __future__ import annotations

from core.database import db
from core.directory import merging
from core.identity.models import Membership
from core.invitations import services
from core.invitations.models import Invitee
from core.permissions import Role

from .conftest import Scene


def _twin(scene: Scene) -> str:
    """A second entry of the chair, without an account, as lists on paper bring them in."""
    with scene.inside():
        twin = Membership(shown_name="The chair, once more", sort_key="chair", roles=["chair"])
        db.session.add(twin)
        db.session.flush()
        return twin.id


def test_two_places_that_were_both_invited_keep_one_invitation(scene: Scene) -> None:
    twin = _twin(scene)
    chair = scene.member(Role.CHAIR).membership_id
    with scene.inside():
        services.invite(scene.subject, [chair, twin], scene.viewer())
    scene.answer(Role.CHAIR, "accepted")
    by = scene.viewer(Role.CITY_ADMINISTRATOR)
    with scene.inside() as activity:
        kept = db.session.get_one(Membership, (activity.city_id, chair))
        merged = db.session.get_one(Membership, (activity.city_id, twin))
        made = merging.merge(by, kept, merged, {}, versions=(kept.version, merged.version))
        merge_id = made.id
    rows = scene.rows()
    assert [(row.membership_id, row.answer) for row in rows] == [(chair, "accepted")]
    assert len(scene.work()) == 1
    with scene.inside() as activity:
        made = db.session.get_one(type(made), (activity.city_id, merge_id))
        merging.undo(by, made)
    assert {row.membership_id for row in scene.rows()} == {chair, twin}


def test_an_invitation_of_the_merged_one_follows(scene: Scene) -> None:
    twin = _twin(scene)
    with scene.inside():
        services.invite(scene.subject, [twin], scene.viewer())
    by = scene.viewer(Role.CITY_ADMINISTRATOR)
    chair = scene.member(Role.CHAIR).membership_id
    with scene.inside() as activity:
        kept = db.session.get_one(Membership, (activity.city_id, chair))
        merged = db.session.get_one(Membership, (activity.city_id, twin))
        merging.merge(by, kept, merged, {}, versions=(kept.version, merged.version))
    assert [row.membership_id for row in scene.rows()] == [chair]
    # Now there is somebody to write to.
    (mail,) = scene.work()
    assert str(mail["To"]) == "chair@alva.example"


def test_with_the_membership_goes_its_invitation(scene: Scene) -> None:
    twin = _twin(scene)
    with scene.inside():
        services.invite(scene.subject, [twin], scene.viewer())
    with scene.inside() as activity:
        db.session.delete(db.session.get_one(Membership, (activity.city_id, twin)))
    with scene.inside():
        assert db.session.query(Invitee).all() == []
