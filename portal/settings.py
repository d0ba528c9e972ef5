"""Django's settings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from csp.constants import NONE, SELF

from portal.config import PortalSettings

PORTAL = PortalSettings.load()
_HERE = Path(__file__).resolve().parent

SECRET_KEY = PORTAL.secret_key()
DEBUG = False
ALLOWED_HOSTS = [host.strip() for host in PORTAL.portal_hosts.split(",")]
ROOT_URLCONF = "portal.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "axes",
    "csp",
    "portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.middleware.headers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.middleware.BodyLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.middleware.session_ends",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "portal.middleware.StoreDoesNotAnswer",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "portal.members.context"],
            "builtins": ["portal.templatetags.german"],
        },
    }
]

# Sessions and nothing else; the counters are of this process, which is the only one.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": PORTAL.folder / "portal.sqlite3",
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=wal"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}},
    # what was put down here and is not answered yet
    "uploads": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "uploads",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

LANGUAGE_CODE = "de"
TIME_ZONE = "Europe/Berlin"
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "/static/"
STATIC_ROOT = _HERE / "static"
WHITENOISE_MAX_AGE = 300

# On disk, not in memory; CSRF is checked in the form, so the file is there before a view is.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FILES = 1
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "portal.backends.AccountsBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "sign_in"

IDLE, LONGEST = dt.timedelta(minutes=30), dt.timedelta(hours=8)
SESSION_COOKIE_AGE = int(IDLE.total_seconds())
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
_PREFIX = "__Host-" if PORTAL.portal_https else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_PREFIX}session", f"{_PREFIX}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PORTAL.portal_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Strict would lose the session on the way back from the server that signs in
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf"

# In memory: what people type into the field of the name, such as their own, must not stay anywhere.
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# by both: one clerk's mistakes do not lock out the house, a stranger's do not lock out the clerk
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "portal.views.errors.locked_out"
AXES_WHITELIST_CALLABLE = "portal.backends.has_no_password"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PORTAL.portal_https else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

if PORTAL.oidc_issuer:
    AUTHENTICATION_BACKENDS.append("portal.backends.OidcBackend")
    OIDC_OP_AUTHORIZATION_ENDPOINT = PORTAL.oidc_authorization_endpoint
    OIDC_OP_TOKEN_ENDPOINT = PORTAL.oidc_token_endpoint
    OIDC_OP_USER_ENDPOINT = PORTAL.oidc_user_endpoint
    OIDC_OP_JWKS_ENDPOINT = PORTAL.oidc_jwks_endpoint
    OIDC_RP_CLIENT_ID = PORTAL.oidc_client_id
    OIDC_RP_CLIENT_SECRET = PORTAL.oidc_client_secret.get_secret_value()
    OIDC_RP_SIGN_ALGO = "RS256"
    OIDC_RP_SCOPES = PORTAL.oidc_scopes
    OIDC_USE_PKCE = True
    OIDC_TIMEOUT = 10
    LOGIN_REDIRECT_URL_FAILURE = "/anmelden/?abgewiesen=1"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # these name what somebody typed as a name, and where from
    "loggers": {"axes": {"level": "CRITICAL"}, "mozilla_django_oidc": {"level": "ERROR"}},
}
