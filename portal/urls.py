"""Addresses of the pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path

from portal.views import cockpit, delivering, reading, reports, sign_in, templates

_PERIOD = "<str:ags>/<str:feed>/<str:period>/"

urlpatterns = [
    path("", sign_in.start, name="start"),
    path("anmelden/", sign_in.SignIn.as_view(), name="sign_in"),
    path("abmelden/", LogoutView.as_view(), name="sign_out"),
    path("hilfe/", reading.guide, name="help"),
    path("verwaltungen/", reading.administrations, name="administrations"),
    path("pruefung/", reports.listed, name="reports"),
    path("pruefung/<path:name>", reports.report, name="report"),
    path("start/", cockpit.current, {"page": "start.html"}, name="stack"),
    path("cockpit/", cockpit.current, name="cockpit"),
    # what pages that lie in a folder have to call it
    path("cockpit/index.html", cockpit.current),
    path("cockpit/staende.html", cockpit.listed, name="cockpits"),
    path("cockpit/<int:release>/", cockpit.page),
    path("cockpit/<int:release>/<str:page>", cockpit.page, name="cockpit_page"),
]

if settings.PORTAL.oidc_issuer:
    from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

    urlpatterns += [
        path(
            "oidc/anmelden/",
            login_not_required(OIDCAuthenticationRequestView.as_view()),
            name="oidc_authentication_init",
        ),
        path(
            "oidc/callback/",
            login_not_required(OIDCAuthenticationCallbackView.as_view()),
            name="oidc_authentication_callback",
        ),
    ]

urlpatterns += [
    path("<str:ags>/", reading.home, name="home"),
    path("<str:ags>/<str:feed>/", reading.feed, name="feed"),
    path(_PERIOD + "vorlage.xlsx", templates.workbook, name="template"),
    path(_PERIOD + "vorlage.zip", templates.csv, name="template_csv"),
    path(_PERIOD + "hochladen/", delivering.upload, name="upload"),
    path(_PERIOD + "zurueckziehen/", delivering.withdraw, name="withdraw"),
    path(_PERIOD + "lieferungen/<str:name>/", delivering.answer, name="answer"),
    path(_PERIOD + "lieferungen/<str:name>/arbeitsmappe.xlsx", delivering.marked, name="marked"),
]

handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.server_error"
