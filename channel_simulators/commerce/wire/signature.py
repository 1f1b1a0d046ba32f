"""OAuth 1.0a HMAC-SHA256 as Magento verifies it (commerce-api §1.2)."""

import base64
import hashlib
import hmac
from functools import cmp_to_key
from urllib.parse import quote, unquote

# Characters that Laminas\Uri leaves, or puts back, unescaped in a path.
_PATH_LITERALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~:@&=+$,/;%")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def encode(value: str) -> str:
    return quote(value, safe="~")


def sign(*, method: str, url: str, parameters: dict[str, str], consumer_secret: str, token_secret: str) -> str:
    """`url` without query and already normalised; `parameters` unencoded, without `oauth_signature`."""
    base = "&".join((method.upper(), encode(url), encode(_sorted_pairs(parameters))))
    secret = f"{encode(consumer_secret)}&{encode(token_secret)}"
    digest = hmac.new(secret.encode(), base.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _sorted_pairs(parameters: dict[str, str]) -> str:
    encoded = {encode(name): encode(value) for name, value in parameters.items()}
    names = sorted(encoded, key=cmp_to_key(natural_compare))
    return "&".join(f"{name}={encoded[name]}" for name in names)


def natural_compare(left: str, right: str) -> int:
    """PHP's strnatcmp for names without blanks: digit runs compare as numbers, everything else by byte."""
    a = b = 0
    while a < len(left) and b < len(right):
        if left[a].isdigit() and right[b].isdigit():
            one, two = _digits(left, a), _digits(right, b)
            order = _compare_digits(one, two)
            a, b = a + len(one), b + len(two)
        else:
            order = (left[a] > right[b]) - (left[a] < right[b])
            a, b = a + 1, b + 1
        if order:
            return order
    return (len(left) - a > 0) - (len(right) - b > 0)


def _digits(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end].isdigit():
        end += 1
    return text[start:end]


def _compare_digits(one: str, two: str) -> int:
    if one.startswith("0") or two.startswith("0"):  # strnatcmp reads these as fractions
        return (one > two) - (one < two)
    left, right = (len(one), one), (len(two), two)
    return (left > right) - (left < right)


def normalised_url(scheme: str, host: str, raw_path: str) -> str:
    """Scheme and host in lower case, no default port, the path as Laminas writes it."""
    scheme, host = scheme.lower(), host.lower()
    name, _, port = host.rpartition(":")
    if name and port == _DEFAULT_PORTS.get(scheme):
        host = name
    return f"{scheme}://{host}{normalised_path(raw_path)}"


def normalised_path(raw_path: str) -> str:
    out = []
    position = 0
    while position < len(raw_path):
        escape = raw_path[position : position + 3]
        if _is_escape(escape):
            decoded = chr(int(escape[1:], 16))
            out.append(decoded if decoded in _PATH_LITERALS else escape.upper())
            position += 3
        else:
            character = raw_path[position]
            out.append(character if character in _PATH_LITERALS else quote(character, safe=""))
            position += 1
    return "".join(out)


def _is_escape(piece: str) -> bool:
    return len(piece) == 3 and piece[0] == "%" and all(c in "0123456789abcdefABCDEF" for c in piece[1:])


def header_parameters(authorization: str) -> dict[str, str]:
    """The parameters of an `OAuth …` header."""
    parameters = {}
    for piece in authorization[len("oauth ") :].split(","):
        name, separator, value = piece.strip().partition("=")
        if separator:
            parameters[unquote(name)] = unquote(value.strip().strip('"'))
    return parameters


def query_parameters(raw_query: str) -> dict[str, str]:
    """What counts as signed in a query: pairs of exactly two parts; of a repeated name the last one."""
    parameters = {}
    for piece in raw_query.split("&"):
        parts = piece.split("=")
        if len(parts) == 2 and "oauth_" not in parts[0]:
            parameters[unquote(parts[0])] = unquote(parts[1])
    return parameters
