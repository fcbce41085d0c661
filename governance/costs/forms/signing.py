"""Forms that end with a password: said by a person, at this moment."""

from collections.abc import Callable
from typing import TypeVar

from django import forms

from governance.kernel.errors import DomainError, Missing, NotPermitted
from inventory.catalog.forms.base import CatalogForm

Done = TypeVar("Done")
LONGEST_PASSWORD = 4096
_SIGNATURE = "Your password, as your signature"


class SigningForm(CatalogForm):
    def signed(self, command: Callable[[], Done]) -> Done | None:
        """Return what ``command`` gives; a wrong password is told at its field, all else as usual.

        What the actor may not do at all is not the form's matter and goes on.
        """
        if not self.is_valid():
            return None
        try:
            return command()
        except (NotPermitted, Missing) as error:
            if not error.errors:
                raise
            self.show(error)
        except DomainError as error:
            self.show(error)
        return None


def password_field(
    label: str = "Your password, as your signature", key: str = ""
) -> forms.CharField:
    """Return a password's field; ``key`` tells two of them on one page apart."""
    attrs = {"autocomplete": "current-password"} | ({"id": key} if key else {})
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs=attrs),
    )
