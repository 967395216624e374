"""
`${env:NAME}` in a job's texts: the value comes from the environment when the job runs, and stays there.

What a job stores, shows and logs is the placeholder; `$${env:NAME}` stands for that text itself. A run
resolves placeholders with a `Secrets` of its own, which then takes the values out of whatever goes
into the run's record.
"""

from __future__ import annotations

import html
import json
import os
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from clockhand.errors import DefinitionError, WorkFailed, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REDACTED: Final = "***"
"""What stands in a record where a value was."""
_DELIMITERS: Final = "!#$&'()*+,/:;=?@[]~"
"""What an HTTP library leaves as it is in an address."""
LINE_LENGTH: Final = 8
"""The lines of a value that has several are taken out one by one as well, if they are this long."""

_PLACEHOLDER: Final = re.compile(r"\$(\$)?\{env:([^{}]*)(\})?")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def checked_placeholders(text: str, where: str) -> str:
    """Return *text* if its placeholders can be read, else raise a DefinitionError that names *where*."""
    for escaped, name, end in _PLACEHOLDER.findall(text):
        if escaped:
            continue
        if not end:
            raise DefinitionError(f"{where}: '${{env:' without its '}}', given {shown(text)}")
        if not _NAME.fullmatch(name):
            raise DefinitionError(
                f"{where}: {shown(name)} can't be the name of an environment variable; "
                "write it like ${env:API_TOKEN}, or $${env: for the text itself"
            )
    return text


def checked_json_placeholders(value: Any, where: str) -> Any:
    """Return *value*, JSON, if the placeholders in its texts can be read; keys have none."""
    for path, text in _texts(value, where):
        checked_placeholders(text, path)
    return value


def has_placeholder(text: str) -> bool:
    """Say whether *text* has a `${env:NAME}`."""
    return any(not escaped for escaped, _, _ in _PLACEHOLDER.findall(text))


class Secrets:
    """The values that one run took from the environment, and what they are taken out of again."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._values: set[str] = set()
        self._forms: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to take out."""
        return bool(self._values)

    def resolve(self, text: str) -> str:
        """
        Return *text* with its placeholders replaced.

        A variable that isn't set is a WorkFailed with the code `env:NAME`; an empty one is set.
        """
        return _PLACEHOLDER.sub(self._replacement, text)

    def resolve_json(self, value: Any) -> Any:
        """Return *value*, JSON, with the placeholders in its texts replaced; keys stay as they are."""
        if isinstance(value, str):
            return self.resolve(value)
        if isinstance(value, list | tuple):
            return [self.resolve_json(each) for each in value]
        if isinstance(value, dict):
            return {key: self.resolve_json(each) for key, each in value.items()}
        return value

    def redact(self, text: str, *, cut_start: bool = False, cut_end: bool = False) -> str:
        """
        Return *text* with `***` for each value, also where it is escaped as in JSON, Python or a URL.

        With *cut_start* or *cut_end*, *text* was cut out of a longer one there: what could be the
        rest or the beginning of a value goes as well.
        """
        if not self._values:
            return text
        spans = [span for form in self._known_forms() for span in _spans(text, form)]
        if cut_start:
            spans.append((0, max(_overlap(form, text) for form in self._known_forms())))
        if cut_end:
            spans.append((len(text) - max(_overlap(text, form) for form in self._known_forms()), len(text)))
        return _without(text, spans)

    def settled(self, text: str) -> int:
        """
        Return how many characters of *text* can be redacted now, whatever comes after them.

        Where *text* ends with what may be the beginning of a value, that has to wait.
        """
        if not self._values:
            return len(text)
        forms = self._known_forms()
        cut = len(text) - max(_overlap(text, form) for form in forms)
        spans = sorted((span for form in forms for span in _spans(text, form)), reverse=True)
        for start, end in spans:
            if start < cut < end:
                cut = start
        return cut

    def redact_json(self, value: Any) -> Any:
        """Return *value*, JSON, with the values taken out of its texts, keys too."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, list | tuple):
            return [self.redact_json(each) for each in value]
        if isinstance(value, dict):
            return {self.redact(key): self.redact_json(each) for key, each in value.items()}
        return value

    def _replacement(self, match: re.Match[str]) -> str:
        escaped, name, _ = match.groups()
        if escaped:
            return match[0][1:]
        value = self._environment.get(name)
        if value is None:
            raise WorkFailed(
                f"env:{name}", f"environment variable {name!r} isn't set; set it for the scheduler"
            )
        if value:
            self._values.add(value)
            self._forms = ()
        return value

    def _known_forms(self) -> tuple[str, ...]:
        if not self._forms:
            self._forms = tuple({form for value in self._values for form in _forms(value) if form})
        return self._forms


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _texts(each, f"{where}[{index}]")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, f"{where}.{key}")


def _forms(value: str) -> Iterator[str]:
    """Yield how *value* may look once it has gone through a message, a document or an address."""
    lines = [line.strip() for line in value.splitlines()]
    for text in (value, *(line for line in lines if len(line) >= LINE_LENGTH)):
        yield text
        yield text.strip()
        yield repr(text)[1:-1]
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        data = text.encode("utf-8", "surrogateescape")
        yield data.decode("utf-8", "replace")
        yield repr(data)[2:-1]
        yield html.escape(text)
        yield html.escape(text, quote=False)
        safe = ("/", "", _DELIMITERS, _DELIMITERS + "%")
        for encoded in (*(quote(data, safe=one) for one in safe), quote_plus(data)):
            yield encoded
            yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)


def _spans(text: str, form: str) -> Iterator[tuple[int, int]]:
    """Yield where *form* stands in *text*, overlapping places too."""
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


def _overlap(left: str, right: str) -> int:
    """Return the length of the longest end of *left* that *right* begins with, neither being whole."""
    for length in range(min(len(left), len(right)), 0, -1):
        if left.endswith(right[:length]):
            return length
    return 0


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Return *text* with REDACTED for each of *spans*; those that touch become one."""
    parts: list[str] = []
    at = 0
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if start > at or not parts:
            parts += [text[at:start], REDACTED]
        at = max(at, end)
    return "".join([*parts, text[at:]])
