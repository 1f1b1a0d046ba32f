"""Settings of an installation. Everything that an operator may set comes from the environment and stands in
docs/operating.md.
"""

import os
from importlib.metadata import version
from pathlib import Path

from channel_manager.config import environment
from channel_manager.config.database import databases

PACKAGE = Path(__file__).resolve().parent.parent
DATA = environment.data_folder()

DEBUG = environment.flag("CHANNEL_MANAGER_DEBUG", default=False)
SECRET_KEY = environment.secret_key(DATA)
CREDENTIAL_KEYS = environment.credential_keys(DATA)
ALLOWED_HOSTS = environment.listed("CHANNEL_MANAGER_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = environment.listed("CHANNEL_MANAGER_ORIGINS", default=[])
BEHIND_TLS = environment.flag("CHANNEL_MANAGER_TLS", default=False)
PUBLIC_URL = environment.public_url("CHANNEL_MANAGER_PUBLIC_URL")
ALLOWED_HOSTS += environment.host_of(PUBLIC_URL)
KEEP_BUYERS_DAYS = environment.number("CHANNEL_MANAGER_KEEP_BUYERS_DAYS", default=190, least=181)
POLL_SECONDS = environment.number("CHANNEL_MANAGER_POLL_SECONDS", default=60, least=1)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    "channel_manager.accounts",
    "channel_manager.history",
    "channel_manager.stores",
    "channel_manager.sync",
    "channel_manager.notifications",
    "channel_manager.orders",
    "channel_manager.returns",
    "channel_manager.catalog",
    "channel_manager.alerts",
    "channel_manager.reconciliation",
    "channel_manager.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "channel_manager.web.sheets.JoinedSheetsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "channel_manager.web.middleware.ViewerTimeZoneMiddleware",
    "axes.middleware.AxesMiddleware",
]

_mail = environment.mail_server("CHANNEL_MANAGER_SMTP_URL")
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.tls, _mail.starttls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.mail_from("CHANNEL_MANAGER_MAIL_FROM")

SILENCED_SYSTEM_CHECKS = ["urls.W002"]  # pages of a store are included without a slash at their end
ROOT_URLCONF = "channel_manager.config.urls"
WSGI_APPLICATION = "channel_manager.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "channel_manager.web.jinja.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "channel_manager.web.context.page",
            ],
            "extensions": ["jinja2.ext.i18n", "jinja2.ext.do"],
        },
    },
]

DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_ENABLE_ADMIN = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_AGE = 60 * 60 * 12
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "channel_manager.web.views.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30 if BEHIND_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文")]
"""Each by its own name: who cannot read the page must still find it."""
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STATIC_URL = f"/static/{environment.content_hash(PACKAGE / 'web' / 'static', version('django-htmx'))}/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_IMMUTABLE_FILE_TEST = r".*"

PROCRASTINATE_ON_APP_READY = "channel_manager.worker.tasks.on_app_ready"

LOGGING_CONFIG = "channel_manager.config.logging.configure"
LOGGING = {"level": os.environ.get("CHANNEL_MANAGER_LOG_LEVEL", "INFO")}
