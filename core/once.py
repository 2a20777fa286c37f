"""One record for one form, however often and however fast its button is pressed.

The form carries the identifier of the record that it makes (:class:`core.forms.OnceField`), so a second press finds it
made. Two presses at the same moment both find nothing: then the database takes one, and the other learns of it here.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from core.database import db
from core.forms import Form, valid_id


class MadeAlready(Exception):
    """The form arrived twice at the same moment, and the other press has made its record."""


@dataclass(frozen=True, slots=True)
class Once:
    """What one form makes. ``identifier`` is the one that it carried, or empty: then every press makes a record."""

    identifier: str
    is_made: Callable[[str], Any]

    @property
    def made(self) -> bool:
        """Whether an earlier press has made it: asked before the form is checked, since its time may be over by now."""
        return bool(self.identifier) and bool(self.is_made(self.identifier))

    @contextmanager
    def making(self) -> Iterator[None]:
        """Make the record within, the commit included. Raises :class:`MadeAlready`, with everything rolled back."""
        try:
            yield
        except IntegrityError as fault:
            db.session.rollback()
            if not self.made:
                raise
            raise MadeAlready from fault


def once_of(form: Form, is_made: Callable[[str], Any]) -> Once:
    """What ``form``, which has a field ``once``, makes.

    ``is_made`` says whether the city has a record of an identifier, whoever may see it: the answer to a second press
    leads to a page that asks for that again.
    """
    carried = form["once"].data
    return Once(carried if valid_id(carried) else "", is_made)
