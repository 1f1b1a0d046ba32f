"""Requests drawn from the published contracts: valid ones, and valid ones with something wrong in them."""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.contracts import contracts

DEEPEST = 6
ABSURD = (
    None, True, "", "0", "-1", "x" * 300, "\x00", "💥", "ſ\u202e", "'; DROP TABLE", "%00", "2026-13-45", "9" * 40,
    -1, 0, 1.5, 10**30, -(10**30), 1e308, [], {}, [[]], [None], {"": {}}, ["a", 1],
)  # fmt: skip
RAW_BODIES = (
    b"", b"{", b"null", b"[]", b"17", b'"text"', b"\xff\xfe{}", b"NaN", b'{"a": 1e999}', b'{"a": "\\ud800"}', b"[" * 5000,
    b"<xml/>", b'{"entity": null}', b'{"a": 1, "a": 2}', b"\x00",
)  # fmt: skip
RAW_SEGMENTS = (
    "%",
    "%zz",
    "%00",
    "%2F",
    "..",
    "%2e%2e",
    "%C3%28",
    "a%0Ab",
    "0",
    "-1",
    "9" * 40,
    "1e3",
    "%20",
    "+",
    "'",
    "~",
)
ODD_QUERIES = (
    "&",
    "=",
    "&&=&",
    "%",
    "a",
    "a[",
    "a]=1",
    "a[b][=1",
    "searchCriteria",
    "searchCriteria=x",
    "limit=1&limit=2",
)
STRINGS = st.one_of(
    st.text(max_size=12), st.sampled_from(("SKU-1", "UPS", "2026-11-20", "2026-11-20T10:00:00Z", "1", "a b"))
)


@dataclass(frozen=True)
class Asked:
    """A request as it goes over the wire; `sound` while nothing in it is against the contract."""

    method: str
    path: str
    query: str = ""
    body: bytes | None = None
    content_type: str = "application/json"
    sound: bool = True

    @property
    def target(self) -> str:
        return self.path + (f"?{self.query}" if self.query else "")

    def exchange(self, platform: str, status: int, answer: Any) -> dict[str, Any]:
        parsed = json.loads(self.body) if self.body and self.content_type == "application/json" else None
        common = {"platform": platform, "method": self.method, "path": self.path, "query": self.query}
        return {**common, "request": parsed, "status": status, "response": answer}


@dataclass(frozen=True)
class Known:
    """Values that exist at the simulator, by the names under which requests speak of them."""

    prefix: str = ""
    values: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.values

    def draw(self, name: str) -> st.SearchStrategy[Any]:
        return st.sampled_from(self.values[name.lower()])


def operations(platform: str, routes: set[tuple[str, str]]) -> Iterator[Any]:
    """The contract's operations for which the simulator has a route, given as (METHOD, path with `{}` for parameters)."""
    for operation in contracts().operations[platform] if contracts() else ():
        if (operation.method.upper(), bare(operation.template)) in routes:
            yield operation


def bare(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", template.rstrip("/"))


@st.composite
def requests(draw: st.DrawFn, operation: Any, known: Known) -> Asked:
    """One in two is sound; the others have one of their parts made wrong."""
    wrong = draw(st.sampled_from((None, None, None, "path", "query", "body", "body")))
    path, query = _path(draw, operation, known, wrong == "path"), _query(draw, operation, known, wrong == "query")
    asked = Asked(operation.method.upper(), known.prefix + path, query, sound=wrong is None)
    return _with_body(draw, operation, known, asked, wrong == "body")


def _with_body(draw: st.DrawFn, operation: Any, known: Known, asked: Asked, wrong: bool) -> Asked:
    schema, body, kind = operation.request_schema(), None, "application/json"
    if operation.template == "/v3/token":
        body, kind = b"grant_type=client_credentials", "application/x-www-form-urlencoded"
    elif schema is not None:
        value = draw(values(operation.document, schema, known))
        body = json.dumps(draw(damaged(value)) if wrong else value).encode()
    if wrong and draw(st.integers(0, 2)) == 0:
        body = draw(st.sampled_from(RAW_BODIES))
        kind = draw(st.sampled_from((kind, kind, "text/plain", "application/xml", "")))
    return Asked(asked.method, asked.path, asked.query, body, kind, asked.sound)


def _path(draw: st.DrawFn, operation: Any, known: Known, wrong: bool) -> str:
    def segment(found: re.Match[str]) -> str:
        if wrong and draw(st.booleans()):
            return draw(st.one_of(st.sampled_from(RAW_SEGMENTS), st.text(min_size=1, max_size=8).map(_encoded)))
        name = found.group(1)
        return _encoded(str(draw(known.draw(name) if name in known else st.sampled_from(("1", "2", "SKU-1", "UPS")))))

    path = re.sub(r"\{([^}]*)\}", segment, operation.template)
    return path + draw(st.sampled_from(("/", "//", "/x", "%20"))) if wrong and draw(st.integers(0, 3)) == 0 else path


def _query(draw: st.DrawFn, operation: Any, known: Known, wrong: bool) -> str:
    if wrong and draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(ODD_QUERIES))
    declared = [one for one in operation.parameters if one.get("in") == "query"]
    required = [one for one in declared if one.get("required") or one["name"].startswith("searchCriteria[pageSize]")]
    more = draw(st.lists(st.sampled_from(declared), max_size=4)) if declared else []
    pairs = {one["name"]: draw(_parameter(operation, one, known)) for one in (*required, *more)}
    if wrong:
        pairs |= draw(st.dictionaries(st.sampled_from([*pairs, "more", "fields"]), st.sampled_from(ABSURD), max_size=3))
    return "&".join(f"{_encoded(name)}={_encoded(_shown(value))}" for name, value in pairs.items())


def _parameter(operation: Any, parameter: Any, known: Known) -> st.SearchStrategy[Any]:
    name = parameter["name"].rpartition("[")[2].rstrip("]") or parameter["name"]
    if name in known:
        return known.draw(name)
    if "Date" in name:
        return st.sampled_from(("2026-11-20", "2026-11-20T10:00:00Z", "2027-01-01"))
    if name in ("limit", "pageSize", "currentPage", "offset"):
        return st.integers(1, 50)
    return values(operation.document, parameter.get("schema", {"type": parameter.get("type", "string")}), known)


def values(document: Any, schema: Any, known: Known, name: str = "", depth: int = 0) -> st.SearchStrategy[Any]:
    """What the schema allows: required members and some of the others, ever fewer the deeper they lie."""
    schema = _resolved(document, schema)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return st.one_of([values(document, one, known, name, depth) for one in schema[choice]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if name in known:
        return known.draw(name)
    if schema.get("type") == "object" or "properties" in schema:
        return _objects(document, schema, known, depth)
    if schema.get("type") == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems", 2)
        inner = values(document, schema.get("items", {}), known, name, depth + 1)
        return st.lists(inner, min_size=least, max_size=least if depth > DEEPEST else max(least, min(most, 2)))
    return _scalars(schema)


def _scalars(schema: Any) -> st.SearchStrategy[Any]:
    kind, least = schema.get("type"), schema.get("minimum", 0)
    if kind == "integer":
        return st.one_of(st.integers(least, least + 9), st.integers(max(least, -(2**31)), 2**31))
    if kind == "number":
        return st.one_of(st.integers(int(least), int(least) + 9), st.decimals(0, 999, places=2).map(float))
    if kind == "boolean":
        return st.booleans()
    if "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True)
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    return STRINGS.filter(lambda text: least <= len(text) <= (most or len(text)))


@st.composite
def _objects(draw: st.DrawFn, document: Any, schema: Any, known: Known, depth: int) -> dict[str, Any]:
    members = schema.get("properties", {})
    required = [name for name in schema.get("required", ()) if name in members]
    others = sorted(members.keys() - set(required))
    if others and depth < DEEPEST:
        likely = [name for name in others if name in known]
        chosen = draw(st.lists(st.sampled_from(others), max_size=4, unique=True)) + (
            likely if draw(st.booleans()) else []
        )
        required += [name for name in dict.fromkeys(chosen) if name not in required]
    return {name: draw(values(document, members[name], known, name, depth + 1)) for name in required}


@st.composite
def damaged(draw: st.DrawFn, value: Any) -> Any:
    """The value with one to three places of it replaced, left out or added to."""
    held = [json.loads(json.dumps(value))]
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(held))))
        how = draw(st.sampled_from(("replace", "replace", "leave out", "add")))
        if how == "replace" or holder is held:
            holder[key] = copy.deepcopy(draw(st.sampled_from(ABSURD)))
        elif how == "leave out":
            del holder[key]
        elif isinstance(holder, dict):
            name = draw(st.sampled_from(("more", "", "id", "extension_attributes")))
            holder[name] = copy.deepcopy(draw(st.sampled_from(ABSURD)))
        else:
            holder.append(copy.deepcopy(holder[key]))
    return held[0]


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
        yield holder, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _resolved(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        target = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
