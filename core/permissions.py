"""Who may do what: permission names, roles, and the policy that every route declares.

A permission is named ``<area>.<verb>`` after what it lets somebody do, never after a page or a role. Roles are
data: a role is a set of permissions, and a plugin's manifest adds its own permissions to the roles. Nothing else
grants anything; no hook can.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask import Flask
from flask.typing import RouteCallable

from core.i18n import lazy_gettext as _l
from core.i18n import lazy_pgettext as _lp


class Role(StrEnum):
    """What somebody is in a city's network. A membership may hold several."""

    FOCAL_POINT = "focal_point"
    CHAIR = "chair"
    MEMBER = "member"
    LEAD_WORKER = "lead_worker"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    CITY_ADMINISTRATOR = "city_administrator"
    OBSERVER = "observer"


def role_title(role: str) -> str:
    """The name of a role in the reader's language."""
    return str(ROLE_TITLES[Role(role)])


ROLE_TITLES = {
    Role.FOCAL_POINT: _lp("role", "Focal point"),
    Role.CHAIR: _lp("role", "Chair"),
    Role.MEMBER: _lp("role", "Member"),
    Role.LEAD_WORKER: _lp("role", "Lead worker"),
    Role.DATA_PROTECTION_OFFICER: _lp("role", "Data-protection officer"),
    Role.CITY_ADMINISTRATOR: _lp("role", "City administrator"),
    Role.OBSERVER: _lp("role", "Observer"),
}

# Sessions of these roles end after ten hours or thirty idle minutes, since they reach what can harm people.
SHORT_SESSION_ROLES = frozenset(
    {Role.CITY_ADMINISTRATOR, Role.LEAD_WORKER, Role.DATA_PROTECTION_OFFICER}
)


class Permission(StrEnum):
    """The permissions of core."""

    SEE_FIGURES = "figures.see"
    SEE_DIRECTORY = "directory.see"
    SEE_CALENDAR = "calendar.see"
    SEE_ACTIONS = "actions.see"
    ADD_ACTIONS = "actions.add"
    MANAGE_ACTIONS = "actions.manage"
    KEEP_NETWORK = "network.keep"
    HAND_OVER = "network.hand_over"
    MANAGE_ORGANISATIONS = "organisations.manage"
    MANAGE_MEMBERS = "members.manage"
    ASSIGN_ROLES = "roles.assign"
    RESET_FACTORS = "factors.reset"
    MANAGE_CITY = "city.manage"
    MANAGE_PLUGINS = "plugins.manage"
    MANAGE_JOBS = "jobs.manage"
    TRANSLATE_CONTENT = "content.translate"
    APPROVE_TRANSLATIONS = "content.approve"


_EVERY_MEMBER = frozenset(
    {
        Permission.SEE_FIGURES,
        Permission.SEE_DIRECTORY,
        Permission.SEE_CALENDAR,
        Permission.SEE_ACTIONS,
    }
)
_WHO_TAKES_PART = _EVERY_MEMBER | {Permission.ADD_ACTIONS, Permission.TRANSLATE_CONTENT}

CORE_GRANTS: dict[Role, frozenset[str]] = {
    Role.FOCAL_POINT: _WHO_TAKES_PART
    | {
        Permission.MANAGE_ACTIONS,
        Permission.KEEP_NETWORK,
        Permission.HAND_OVER,
        Permission.MANAGE_ORGANISATIONS,
        Permission.MANAGE_MEMBERS,
        Permission.APPROVE_TRANSLATIONS,
    },
    Role.CHAIR: _WHO_TAKES_PART | {Permission.MANAGE_ACTIONS},
    Role.MEMBER: _WHO_TAKES_PART,
    Role.LEAD_WORKER: _WHO_TAKES_PART,
    Role.DATA_PROTECTION_OFFICER: _EVERY_MEMBER,
    # An administrator keeps people and settings in order and reads no content that is not theirs.
    Role.CITY_ADMINISTRATOR: frozenset(
        {
            Permission.SEE_DIRECTORY,
            Permission.MANAGE_ORGANISATIONS,
            Permission.MANAGE_MEMBERS,
            Permission.ASSIGN_ROLES,
            # For a focal point who has left.
            Permission.HAND_OVER,
            Permission.RESET_FACTORS,
            Permission.MANAGE_CITY,
            Permission.MANAGE_PLUGINS,
            Permission.MANAGE_JOBS,
        }
    ),
    Role.OBSERVER: frozenset({Permission.SEE_FIGURES}),
}


@dataclass(frozen=True, slots=True)
class PluginPermission:
    """A permission that a plugin adds: its name, what it allows in words, and the roles that hold it."""

    name: str
    title: object
    roles: frozenset[Role]


def permissions_of(
    roles: Iterable[str], plugin_permissions: Iterable[PluginPermission]
) -> frozenset[str]:
    """All permissions that ``roles`` hold, core's and those of the given plugins. Unknown roles hold none."""
    held: set[str] = set()
    known = {role for role in Role if role.value in set(roles)}
    for role in known:
        held |= CORE_GRANTS[role]
    for permission in plugin_permissions:
        if permission.roles & known:
            held.add(permission.name)
    return frozenset(held)


# -- The policy of a route -----------------------------------------------------------------------------


class Audience(StrEnum):
    """The widest circle that a route lets in."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MEMBER = "member"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call a route: an audience, a permission where the audience is one, and the reason if public."""

    audience: Audience
    permission: str = ""
    reason: str = ""


View = TypeVar("View", bound=RouteCallable)
_POLICY = "__maillage_policy__"


def _declare(policy: Policy) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        setattr(view, _POLICY, policy)
        return view

    return decorate


def requires(permission: StrEnum) -> Callable[[View], View]:
    """Let in members of the city in force who hold ``permission``; others get 403, strangers 404."""
    return _declare(Policy(Audience.PERMISSION, permission=permission.value))


def member_only(view: View) -> View:
    """Let in every member of the city in force."""
    return _declare(Policy(Audience.MEMBER))(view)


def signed_in(view: View) -> View:
    """Let in every signed-in person, without a city."""
    return _declare(Policy(Audience.SIGNED_IN))(view)


def public(reason: str) -> Callable[[View], View]:
    """Let in everybody; ``reason`` says why that is right."""
    return _declare(Policy(Audience.PUBLIC, reason=reason))


def policy_of(view: RouteCallable | None) -> Policy | None:
    """The declared policy of a view function, or None."""
    policy = getattr(view, _POLICY, None)
    return policy if isinstance(policy, Policy) else None


def set_policy(app: Flask, endpoint: str, policy: Policy) -> None:
    """Declare the policy of a route whose view comes from a library."""
    app.extensions.setdefault("maillage_policies", {})[endpoint] = policy


def route_policy(app: Flask, endpoint: str) -> Policy | None:
    """The policy of an endpoint, wherever it was declared."""
    declared: dict[str, Policy] = app.extensions.get("maillage_policies", {})
    return declared.get(endpoint) or policy_of(app.view_functions.get(endpoint))


def undeclared_routes(app: Flask) -> list[str]:
    """The endpoints of ``app`` that no policy covers."""
    return sorted(
        {rule.endpoint for rule in app.url_map.iter_rules()}
        - {rule.endpoint for rule in app.url_map.iter_rules() if route_policy(app, rule.endpoint)}
    )


PERMISSION_TITLES = {
    Permission.SEE_FIGURES: _l("See the figures"),
    Permission.SEE_DIRECTORY: _l("See the directory of organisations and people"),
    Permission.SEE_CALENDAR: _l("See the calendar"),
    Permission.SEE_ACTIONS: _l("See the actions of the network"),
    Permission.ADD_ACTIONS: _l("Add actions, and change one’s own"),
    Permission.MANAGE_ACTIONS: _l("Change any action that one may see"),
    Permission.KEEP_NETWORK: _l("See what waits in the network, and remind of it"),
    Permission.HAND_OVER: _l("Hand the role of focal point over"),
    Permission.MANAGE_ORGANISATIONS: _l("Add and change organisations"),
    Permission.MANAGE_MEMBERS: _l("Invite people and change their membership"),
    Permission.ASSIGN_ROLES: _l("Give and take roles"),
    Permission.RESET_FACTORS: _l("Reset a lost second step"),
    Permission.MANAGE_CITY: _l("Change the city’s settings"),
    Permission.MANAGE_PLUGINS: _l("Switch plugins on and off"),
    Permission.MANAGE_JOBS: _l("See what is stuck in the background, and try it again"),
    Permission.TRANSLATE_CONTENT: _l("Translate texts and keep the glossary"),
    Permission.APPROVE_TRANSLATIONS: _l("Approve translations"),
}
