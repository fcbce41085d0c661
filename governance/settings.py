"""Settings: from the environment only, one file, and a wrong value stops the start.

``docs/operations.md`` lists every variable. The embedded default (SQLite, broker on the file
system, files under ``var/``) needs no server; PostgreSQL, Redis and S3 are chosen by variables.
"""

import logging
import re
import secrets
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ
import structlog
from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env.str(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
    return value


def _whole(name: str, default: int, low: int, high: int) -> int:
    raw = env.str(name, str(default))
    if not (raw.isascii() and raw.isdigit()) or not low <= int(raw) <= high:
        raise ImproperlyConfigured(
            f"{name} is {raw!r}; it must be a whole number from {low} to {high}."
        )
    return int(raw)


def _url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    value = env.str(name, default)
    scheme = value.split("://", 1)[0]
    if "://" not in value or scheme not in schemes:
        raise ImproperlyConfigured(
            f"{name} must be a URL that begins with one of: {', '.join(schemes)} (each with ://)."
        )
    if not _has_sound_address(value):
        raise ImproperlyConfigured(f"{name} is no URL: its host or its port cannot be read.")
    return value


def _has_sound_address(url: str) -> bool:
    """Celery takes several brokers in one value, with semicolons between them."""
    try:
        parts = [urlsplit(one) for one in re.split(r";(?=[a-z]+://)", url)]
        nameless = any(part.scheme.startswith("http") and not part.hostname for part in parts)
        return not nameless and all(part.port != 0 for part in parts)
    except ValueError:
        return False


def _yes(name: str) -> bool:
    return _choice(name, "no", ("yes", "no")) == "yes"


def _rate(name: str, default: str) -> str:
    value = env.str(name, default)
    if not re.fullmatch(r"[1-9][0-9]{0,8}/(s|sec|second|m|min|minute|h|hour|d|day)", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; write it like 6000/min or 20/sec.")
    return value


def _optional_url(name: str, schemes: tuple[str, ...]) -> str:
    return _url(name, "", schemes) if env.str(name, "") else ""


def _writable(name: str, default: Path) -> Path:
    """Return the folder, made when it is not there; it must be one that we can write to."""
    folder = Path(env.str(name, "") or default).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is {str(folder)!r}, where nothing can be written: {error.strerror}."
        ) from error


def _product_version() -> str:
    try:
        return version("assay-governance")
    except PackageNotFoundError:
        return "0.1.0"


# -- The installation ------------------------------------------------------------------------------

ASSAY_ENV = _choice("ASSAY_ENV", "development", ("development", "production"))
PRODUCTION = ASSAY_ENV == "production"
_SECRET_LENGTH = 50
DEBUG = _yes("ASSAY_DEBUG")
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured("ASSAY_DEBUG is 'yes'; it must not be set in production.")
ASSAY_VERSION = _product_version()
ASSAY_ORGANISATION = env.str("ASSAY_ORGANISATION", "Your organisation")
VAR_DIR = _writable("ASSAY_VAR_DIR", BASE_DIR / "var")
ASSAY_BASE_URL = _url("ASSAY_BASE_URL", "http://127.0.0.1:8000", ("http", "https")).rstrip("/")


def _secret_key() -> str:
    given = env.str("ASSAY_SECRET_KEY", "")
    if PRODUCTION and len(given) < _SECRET_LENGTH:
        found = f"has {len(given)} characters" if given else "is not set"
        raise ImproperlyConfigured(
            f"ASSAY_SECRET_KEY {found}; production needs one of at least {_SECRET_LENGTH} random "
            "characters."
        )
    if given:
        return given
    kept = VAR_DIR / "secret-key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(64))
    return kept.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("ASSAY_ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ASSAY_ALLOWED_HOSTS is not set; name the host names users type, separated by commas."
    )
CSRF_TRUSTED_ORIGINS = env.list("ASSAY_TRUSTED_ORIGINS", default=[])

# -- Applications ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "governance.portal",
    "governance.flows",
    "reports.documents",
    "governance.approvals",
    "audits.runs",
    "governance.costs",
    "governance.policies",
    "inventory.catalog",
    "governance.access",
    "governance.ledger",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "csp",
    "django_structlog",
    "django_prometheus",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "governance.access.middleware.ActivityMiddleware",
    "governance.portal.middleware.DomainErrorMiddleware",
    "governance.access.middleware.DoorMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "governance.portal.context.shell",
            ],
            "builtins": ["governance.portal.templatetags.ui"],
        },
    }
]

# -- Data ------------------------------------------------------------------------------------------

_SQLITE_START = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;"


def _database() -> dict[str, Any]:
    url = _url(
        "DATABASE_URL", f"sqlite:///{VAR_DIR}/assay.sqlite3", ("sqlite", "postgres", "postgresql")
    )
    if not urlsplit(url).path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL names no database after the last slash.")
    config: dict[str, Any] = dict(env.db_url_config(url))
    if url.startswith("sqlite"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": _SQLITE_START,
        }
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _blob_storage() -> dict[str, object]:
    """``file:///path`` or ``s3://bucket?endpoint=https://…&region=…`` (keys by AWS_ variables)."""
    url = _url("ASSAY_STORAGE_URL", f"file://{VAR_DIR}/blobs", ("file", "s3"))
    parts = urlsplit(url)
    if not (parts.path.strip("/") if parts.scheme == "file" else parts.netloc):
        raise ImproperlyConfigured(
            "ASSAY_STORAGE_URL names no place; write file:///a/folder or s3://bucket."
        )
    if parts.scheme == "file":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": parts.path},
        }
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "endpoint_url": query.get("endpoint"),
            "region_name": query.get("region"),
            "file_overwrite": True,
            "querystring_auth": True,
        },
    }


STORAGES = {
    "default": _blob_storage(),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [("reports", BASE_DIR / "reports" / "render" / "assets" / "web")]
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

ASSAY_MAX_UPLOAD_BYTES = _whole("ASSAY_MAX_UPLOAD_MB", 2048, 1, 1_000_000) * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["inventory.catalog.uploads.HashingUploadHandler"]
FILE_UPLOAD_TEMP_DIR = str(VAR_DIR / "incoming")
Path(FILE_UPLOAD_TEMP_DIR).mkdir(exist_ok=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FILES = 4

# -- Work ------------------------------------------------------------------------------------------

CELERY_BROKER_URL = _url(
    "ASSAY_BROKER_URL",
    "filesystem://",
    ("filesystem", "redis", "rediss", "amqp", "amqps", "memory"),
)
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
    "visibility_timeout": 7200,
    # A request does not wait for a broker that is away: its rows are kept, and swept up later.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
if CELERY_BROKER_URL.startswith("filesystem"):
    _broker = VAR_DIR / "broker"
    for _folder in ("messages", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.1,
    }
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep runs": {"task": "audits.runs.sweep", "schedule": schedule(30)},
    "sweep files": {"task": "inventory.catalog.sweep", "schedule": schedule(300)},
    "sweep reports": {"task": "reports.documents.sweep", "schedule": schedule(30)},
    "sweep costs": {
        "task": "governance.costs.sweep",
        "schedule": schedule(30),
        "options": {"queue": "costs"},
    },
    "advance flows": {"task": "governance.flows.advance", "schedule": schedule(10)},
    "watch costs": {"task": "governance.flows.watch_costs", "schedule": schedule(86_400)},
    "watch spending": {"task": "governance.costs.watch", "schedule": schedule(86_400)},
    "forget answers": {"task": "governance.access.forget", "schedule": schedule(3600)},
}
# Lease and limits of a run, in seconds: hard limit < lease < the broker's visibility timeout.
ASSAY_RUN_LIMIT = _whole("ASSAY_RUN_LIMIT", 1800, 10, 6000)
ASSAY_RUN_LEASE = ASSAY_RUN_LIMIT + 300
ASSAY_RUN_SILENCE = _whole("ASSAY_RUN_SILENCE", 45, 2, 600)  # a worker silent for longer is lost
ASSAY_RUN_MEMORY_BYTES = _whole("ASSAY_RUN_MEMORY_MB", 8192, 512, 1_000_000) * 1024 * 1024
ASSAY_SANDBOX = _choice(
    "ASSAY_SANDBOX", "require" if PRODUCTION else "prefer", ("require", "prefer")
)
if PRODUCTION and ASSAY_SANDBOX != "require":
    raise ImproperlyConfigured(
        "ASSAY_SANDBOX is 'prefer'; production opens strangers' files only in a sandbox: 'require'."
    )

# -- Signing-in ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}  # type: ignore[assignment]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "governance.access.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Guesses are counted by axes, by account and address; these stop floods, not one bad guesser.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,50/15m/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Assay"
USERSESSIONS_TRACK_ACTIVITY = True
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# How many proxies of ours stand in front: the client's address is that many from the end of
# X-Forwarded-For. Else everybody would share the proxy's, and one guesser could lock anybody out.
ALLAUTH_TRUSTED_PROXY_COUNT = _whole("ASSAY_PROXIES", 1 if PRODUCTION else 0, 0, 10)
AXES_CLIENT_IP_CALLABLE = "governance.access.adapter.client_address"
AXES_USERNAME_CALLABLE = "governance.access.adapter.login_name"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "errors/429.html"
AXES_VERBOSE = False
GUARDIAN_RAISE_403 = False
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False

# -- The web ---------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "governance.portal.views.forged"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True


def _email() -> dict[str, Any]:
    """``smtp+tls://user:password@host:587``; ``consolemail://`` prints what would be sent."""
    try:
        return dict(env.email("ASSAY_EMAIL_URL", default="consolemail://"))
    except (ImproperlyConfigured, ValueError, KeyError) as error:
        raise ImproperlyConfigured(
            "ASSAY_EMAIL_URL cannot be read; write it like smtp+tls://user:password@host:587."
        ) from error


EMAIL_CONFIG = _email()
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("ASSAY_EMAIL_FROM", "assay@localhost")

# -- API -------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "governance.access.authentication.TokenAuthentication",
        "governance.access.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["governance.access.authentication.DoorPermission"],
    "DEFAULT_RENDERER_CLASSES": ["governance.kernel.rest.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "governance.kernel.rest.parsing.BoundedJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "governance.access.rest.GovernedSchema",
    "DEFAULT_THROTTLE_CLASSES": ["governance.access.throttling.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": _rate("ASSAY_API_RATE", "6000/min")},
    "EXCEPTION_HANDLER": "governance.kernel.rest.problems.handle_exception",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Assay",
    "DESCRIPTION": "Model inventory, checks, approvals and signed reports.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [],  # enums stay where they are used, under the names we gave
    "SERVE_PERMISSIONS": ["governance.access.authentication.DoorPermission"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": True,
}

# -- Reports ---------------------------------------------------------------------------------------

ASSAY_SIGNING_DIR = Path(env.str("ASSAY_SIGNING_DIR", "") or VAR_DIR / "signing")
ASSAY_SIGNING_PASSPHRASE = env.str("ASSAY_SIGNING_PASSPHRASE", "")
ASSAY_TSA_URL = _optional_url("ASSAY_TSA_URL", ("http", "https"))

# -- Logs ------------------------------------------------------------------------------------------

_LOG_LEVEL = _choice("ASSAY_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def _without_trace(record: logging.LogRecord) -> bool:
    """Keep a refusal's line and drop its traceback: only our own defects need one."""
    if record.levelno < logging.ERROR:
        record.exc_info = None
    return True


LOGGING = {
    "version": 1,
    "filters": {
        "refusals": {"()": "django.utils.log.CallbackFilter", "callback": _without_trace},
    },
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer()
                if PRODUCTION
                else structlog.dev.ConsoleRenderer(colors=False),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": _LOG_LEVEL},
    "loggers": {
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "django.request": {"filters": ["refusals"]},
        # A broken seal is an answer to a question, not a defect of ours.
        "pyhanko": {"level": "CRITICAL"},
        "pyhanko_certvalidator": {"level": "CRITICAL"},
    },
}
DJANGO_STRUCTLOG_USER_ID_FIELD = "id"
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # an address is personal data
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # the line at the end says it all
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
