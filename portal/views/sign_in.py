"""Sign-in, and the page to begin with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.members import Member


class SignInForm(AuthenticationForm):
    """Name and password, and one sentence for whatever was wrong about them."""

    error_messages = {
        "invalid_login": "Benutzername oder Kennwort ist falsch. Bitte achten Sie auf Groß- und Kleinschreibung.",
        "inactive": "Dieses Konto ist nicht aktiv.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Names the fields in German."""
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Benutzername"
        self.fields["password"].label = "Kennwort"
        # what stands above the form would be passed over
        del self.fields["username"].widget.attrs["autofocus"]
        if self.is_bound and self.errors:
            for name in ("username", "password"):
                self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": "sign-in-error"}


class SignIn(LoginView):
    """The form of local accounts, and the way to the server that signs in."""

    template_name = "portal/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which ways there are, and whether one was just refused."""
        portal = settings.PORTAL
        more = {
            "oidc": bool(portal.oidc_issuer),
            "accounts": portal.accounts_file.exists() or not portal.oidc_issuer,
            "turned_away": "abgewiesen" in self.request.GET,
        }
        return super().get_context_data(**kwargs) | more


def start(request: HttpRequest) -> HttpResponse:
    """Leads to the pages of one's own administration."""
    return redirect("home", ags=Member.signed_in(request).ags)
