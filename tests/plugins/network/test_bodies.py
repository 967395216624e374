"""The kinds of body as values: what they take, and which go together."""

from __future__ import annotations

from pathlib import Path

import pytest

from clockhand.errors import DefinitionError
from clockhand_network import Binary, File, Network

URL = "https://example.org/upload"
A_FILE = File(field="f", path="p")


def _post(**fields):
    return Network(url=URL, method="POST", **fields)


def test_values():
    """Compared by value; tables stand for them, a path may be a Path, bytes for a Binary."""
    work = _post(
        form={"a": (1, True)}, files=[File(field="f", path=Path("x/y.csv"), content_type="text/csv")]
    )
    assert work == _post(
        form={"a": [1, True]}, files=[{"field": "f", "path": "x/y.csv", "content_type": "text/csv"}]
    )
    assert hash(work)
    assert (
        _post(binary=b"\0\xff") == _post(binary=Binary(base64="AP8=")) == _post(binary={"base64": "A P\n8="})
    )
    assert _post(binary=b"\0\xff").binary.content == b"\0\xff"
    assert _post(binary=Binary(path="x")).binary.content is None
    assert _post(binary=b"").binary.content == b""


BODIES = {
    "body": "x",
    "json": {"a": 1},
    "form": {"a": 1},
    "files": [A_FILE],
    "binary": b"x",
}
PAIRS = [(one, other) for at, one in enumerate(BODIES) for other in list(BODIES)[at + 1 :]]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_one_body(one, other):
    """Of two kinds the error names both; a form beside files is one kind."""
    fields = {one: BODIES[one], other: BODIES[other]}
    if (one, other) == ("form", "files"):
        assert _post(**fields)
        return
    with pytest.raises(DefinitionError) as caught:
        _post(**fields)
    assert str(caught.value) == f"{other}: given together with {one}; send one of them"


def test_three_bodies():
    """All of them are named."""
    with pytest.raises(DefinitionError, match="binary: given together with body and form; send one of them"):
        _post(body="x", form={}, binary=b"x")


def test_nothing_is_a_body():
    """An empty form is one, an empty list of files isn't."""
    with pytest.raises(DefinitionError, match="form: given together with body"):
        _post(body="", form={})
    assert _post(body="", files=[]).files == ()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"form": "a=b"}, "form: not a table with text keys, given 'a=b'"),
        ({"form": {"a": None}}, "form.a: not a text, a number, true or false, or a list of them, given None"),
        ({"form": {"a": {"b": 1}}}, "form.a: not a text, a number"),
        ({"form": {"a": "${env:x"}}, "form.a: '${env:' without its '}'"),
        ({"files": "x.csv"}, "files: not a list, given 'x.csv'"),
        ({"files": {"field": "f", "path": "p"}}, "files: not a list, given {'field'"),
        ({"files": A_FILE}, "files: not a list, given File("),
        ({"files": ["x.csv"]}, "files[0]: not a table, given a value of type str; write files[0] = {field"),
        ({"files": [A_FILE, {"field": "f"}]}, "files[1]: option 'path' is missing"),
        ({"files": [{"fields": "f"}]}, "files[0]: unknown option 'fields', did you mean 'field'?"),
        ({"files": [{"field": "f", "path": ""}]}, "files[0].path: not a path, given ''"),
        ({"files": [{"field": "f", "path": 5}]}, "files[0].path: not a path, given 5"),
        ({"files": [{"field": "f", "path": b"p"}]}, "files[0].path: not a path, given b'p'"),
        ({"files": [{"field": "f", "path": "a\0b"}]}, "files[0].path: not a path"),
        ({"files": [{"field": "f", "path": "${env:P}"}]}, "files[0].path: ${env:...} isn't replaced here"),
        (
            {"files": [{"field": "", "path": "p"}]},
            "files[0].field: not a text with something in it, given ''",
        ),
        ({"files": [{"field": None, "path": "p"}]}, "files[0].field: not a text with something in it"),
        ({"files": [{"field": "f", "path": "p", "filename": ""}]}, "files[0].filename: not a text with"),
        (
            {"files": [{"field": "f", "path": "p", "content_type": "csv"}]},
            "files[0].content_type: not a content type, given 'csv'; write it like 'text/csv'",
        ),
        (
            {"files": [{"field": "f", "path": "p", "content_type": "text/csv\r\nX: y"}]},
            "files[0].content_type: not a content type",
        ),
        (
            {"files": [A_FILE], "headers": {"content-type": "x/y"}},
            "headers.content-type: given together with",
        ),
        ({"binary": "x.bin"}, "binary: not a table, given a value of type str; write binary = {path = ...}"),
        ({"binary": 5}, "binary: not a table, given a value of type int"),
        ({"binary": {}}, "binary.path: missing, and so is base64; give one of them"),
        (
            {"binary": {"path": "p", "base64": ""}},
            "binary.base64: given together with path; give one of them",
        ),
        ({"binary": {"base64": "AP8"}}, "binary.base64: not base64, given 'AP8'"),
        ({"binary": {"base64": "!"}}, "binary.base64: not base64, given '!'"),
        ({"binary": {"base64": 5}}, "binary.base64: not base64, given 5"),
        ({"binary": {"base64": "ü"}}, "binary.base64: not base64, given 'ü'"),
        ({"binary": {"data": "x"}}, "binary: unknown option 'data'"),
        (
            {"form": {}, "method": "get"},
            "form: given for a GET, which has no body; say method = 'POST'; what",
        ),
        ({"files": [A_FILE], "method": "HEAD"}, "files: given for a HEAD, which has no body; say method"),
        ({"binary": b"", "method": "GET"}, "binary: given for a GET, which has no body"),
    ],
)
def test_what_is_refused(fields, says):
    """Each an error that names the field."""
    with pytest.raises(DefinitionError) as caught:
        Network(**{"url": URL, "method": "POST", **fields})
    assert str(caught.value).startswith(says)
