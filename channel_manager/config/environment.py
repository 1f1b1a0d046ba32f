"""Reading the environment: each value is checked where it enters, with a sentence that names the variable."""

import contextlib
import hashlib
import ipaddress
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from channel_manager.shared.secrets import SecretsError, load_or_create_keys


def data_folder() -> Path:
    """Where this installation keeps its data; `var` in the working folder unless set. Created, for its owner only."""
    folder = Path(os.environ.get("CHANNEL_MANAGER_DATA", "var")).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def machine() -> str:
    """What tells this machine from its copies; empty where it has none, and in a container, which has its image's."""
    if any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv")):
        return ""
    with contextlib.suppress(OSError):
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()
    return ""


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in {"", "0", "1", "false", "true", "no", "yes"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in {"1", "true", "yes"} if value else default


def number(name: str, *, default: int, least: int) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def listed(name: str, *, default: list[str]) -> list[str]:
    values = [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]
    return values or default


def public_url(name: str) -> str:
    """The address under which this installation is reached from outside, without a slash at its end; or nothing.

    By HTTPS, for passwords travel to it; on the loopback address alone it may be plain HTTP.
    """
    value = os.environ.get(name, "").strip().rstrip("/")
    if not value:
        return ""
    parts = urlsplit(value)
    bare = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    if not (bare and parts.hostname and _may_carry_passwords(parts.scheme, parts.hostname)):
        raise ImproperlyConfigured(
            f"{name} must be an address such as https://channel.example.com, without a path and with https (http only "
            f"on a loopback address), not {value!r}."
        )
    return value


@dataclass(frozen=True, slots=True)
class MailServer:
    """Without a host there is none."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: bool = False


def mail_server(name: str) -> MailServer:
    """From `smtp://user:password@host:587` with STARTTLS, or `smtps://…` with TLS from the first byte; or none.

    A password never travels in the clear but to this machine. A relay without TLS elsewhere: `smtp://host?starttls=0`.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return MailServer()
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    starttls = parts.query != "starttls=0" and not _is_loopback(parts.hostname or "")
    right = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.query in {"", "starttls=0"}
    in_the_clear = parts.scheme == "smtp" and parts.password and parts.query and not _is_loopback(parts.hostname or "")
    if not right or in_the_clear or parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} must be an address such as smtp://user:password@mail.example.com:587 or smtps://…:465; "
            "smtp://host:25?starttls=0 for a relay that offers no TLS and asks for no password."
        )
    tls = parts.scheme == "smtps"
    return MailServer(
        host=str(parts.hostname),
        port=port or (465 if tls else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        starttls=starttls and not tls,
    )


def mail_from(name: str) -> str:
    value = os.environ.get(name, "").strip() or "channel-manager@localhost"
    if "@" not in value or any(ord(character) < 32 for character in value):
        raise ImproperlyConfigured(f"{name} must be an e-mail address, such as channel@example.com, not {value!r}.")
    return value


def host_of(url: str) -> list[str]:
    """As ALLOWED_HOSTS takes it."""
    host = urlsplit(url).hostname
    return [f"[{host}]" if ":" in host else host] if host else []


def _may_carry_passwords(scheme: str, host: str) -> bool:
    return scheme == "https" or (scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secret_key(folder: Path) -> str:
    """Django's signing key: from CHANNEL_MANAGER_SECRET_KEY, else a private file made on first use."""
    return os.environ.get("CHANNEL_MANAGER_SECRET_KEY") or _private_text(folder / "secret_key")


def credential_keys(folder: Path) -> list[str]:
    try:
        return load_or_create_keys(folder / "credential_keys", os.environ.get("CHANNEL_MANAGER_CREDENTIAL_KEYS", ""))
    except SecretsError as error:
        raise ImproperlyConfigured(str(error)) from error


def content_hash(folder: Path, *versions: str) -> str:
    """Changes with any file of the folder and any of the versions of packages whose files are served beside them, so
    that addresses of static files can be cached for ever.
    """
    digest = hashlib.sha256("".join(versions).encode())
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _private_text(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_urlsafe(48) + "\n")
    return file.read_text().strip()
