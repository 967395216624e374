"""The work `network` as a value: what it takes, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clockhand import Job, every
from clockhand.contracts import Work
from clockhand.errors import DefinitionError
from clockhand.plugins import installed
from clockhand_network import Basic, Binary, File
from clockhand_network.work import Network

URL = "https://example.org/ping"


def test_a_value():
    """Compared by value; its fields are as JSON would give them back."""
    work = Network(url=URL, method="post", query={"a": (1, 2)}, json={"b": (1,)}, expect=[200, "3xx"])
    assert work == Network(url=URL, method="POST", query={"a": [1, 2]}, json={"b": [1]}, expect=(200, "3xx"))
    assert isinstance(work, Work)
    assert hash(work)
    assert (work.proposed_executor, work.proposed_timeout) == ("async", timedelta(seconds=60))
    assert [status for status in (200, 204, 302, 404) if work.expects(status)] == [200, 302]


WHOLE = Network(
    url=URL,
    method="POST",
    form={"a": [1, "${env:A}"]},
    files=[File(field="f", path="p", filename="n", content_type="text/csv"), File(field="g", path="q")],
    basic=Basic(user="u", password="${env:P}"),
    cert="c",
    key="k",
    key_password="${env:K}",
    ca_file="ca",
)


@pytest.mark.parametrize(
    "work",
    [
        WHOLE,
        Network(url=URL, method="PUT", binary=b"\0\xff", bearer="${env:T}"),
        Network(url=URL, method="PUT", binary=Binary(path="p"), basic=Basic(user="u")),
        Network(url=URL, json={"a": [None]}, query={"a": 1}, headers={"A": "b"}, expect=[200, "3xx"]),
        Network(url=URL, method="POST", form={}),
        Network(url=URL, body=""),
    ],
)
def test_it_is_kept_as_json(work):
    """A store gives back the same value."""
    codec = installed().codec()
    text = codec.dump(Job(alias="j", triggers=every("5m"), work=work)).text
    assert codec.load(text).work == work


@pytest.mark.parametrize(
    "url",
    [
        "http://h",
        "HTTPS://h:8443/p?q=1#f",
        "http://[::1]:80/",
        "${env:BASE}/path",
        "https://${env:HOST}:${env:PORT}/",
        "https://h/${env:KEY}?k=${env:KEY}",
        "https://münchen.example/",
        "https://h/$${env:literal}",
    ],
)
def test_urls(url):
    """With placeholders too."""
    assert Network(url=url).url == url


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"url": ""}, "url: not a URL, given ''"),
        ({"url": 5}, "url: not a URL, given 5"),
        ({"url": "example.org"}, "url: neither http:// nor https://, given 'example.org'"),
        ({"url": "ftp://h/"}, "url: neither http:// nor https://"),
        ({"url": "file:///etc/passwd"}, "url: neither http:// nor https://"),
        ({"url": "http://"}, "url: no host in it"),
        ({"url": "http:///p"}, "url: no host in it"),
        ({"url": "http://h/a b"}, "url: a space or control character in it"),
        ({"url": "http://h/\r\nX: y"}, "url: a space or control character in it"),
        ({"url": "http://h:99999/"}, "url: can't be read (Port out of range"),
        ({"url": "http://[::1"}, "url: can't be read (Invalid IPv6"),
        ({"url": "http://user:pw@h/"}, "url: a name or password before the host"),
        ({"url": "http://${env:PW}@h/"}, "url: a name or password before the host"),
        ({"url": "http://h/${env:"}, "url: '${env:' without its '}'"),
        ({"method": ""}, "method: not a method, given ''"),
        ({"method": "GET /"}, "method: not a method"),
        ({"method": None}, "method: not a method"),
        ({"headers": ["A: b"]}, "headers: not a table"),
        ({"headers": {"A b": "x"}}, "headers: 'A b' can't be the name of a header"),
        ({"headers": {"": "x"}}, "headers: '' can't be the name of a header"),
        ({"headers": {"A": 1}}, "headers.A: not a text, given 1"),
        ({"headers": {"A": "x\r\nB: y"}}, "headers.A: a line break or control character in it"),
        ({"headers": {"A": "\0"}}, "headers.A: a line break or control character in it"),
        ({"headers": {"Accept": "x", "accept": "y"}}, "headers.accept: given twice"),
        ({"headers": {"Content-Length": "5"}}, "headers.Content-Length: it is set from the request itself"),
        ({"headers": {"A": "${env:}"}}, "headers.A: '' can't be the name of an environment variable"),
        ({"query": "a=b"}, "query: not a table with text keys"),
        ({"query": {"a": None}}, "query.a: not a text, a number"),
        ({"query": {"a": {"b": 1}}}, "query.a: not a text, a number"),
        ({"query": {"a": float("nan")}}, "query: not JSON"),
        ({"query": {"a": "${env:x"}}, "query.a: '${env:' without its '}'"),
        ({"body": {"a": 1}}, "body: not a text, given {'a': 1}; for anything else use json"),
        ({"body": b"x"}, "body: not a text, given b'x'; for anything else use json, form or binary"),
        ({"json": object()}, "json: not JSON"),
        ({"json": {"a": ["${env:}"]}}, "json.a[0]: '' can't be the name"),
        ({"expect": "2xx"}, "expect: not a list, given '2xx'; write it like [200, '3xx']"),
        ({"expect": []}, "expect: empty"),
        ({"expect": [99]}, "expect: not a status, given 99"),
        ({"expect": ["2x"]}, "expect: not a status, given '2x'"),
        ({"expect": [True]}, "expect: not a status, given True"),
        ({"follow_redirects": True}, "follow_redirects: not a whole number from 0 to 20, given True"),
        ({"follow_redirects": 21}, "follow_redirects: not a whole number from 0 to 20, given 21"),
        ({"max_body": 0}, "max_body: not a whole number of bytes above zero, given 0"),
        ({"ca_file": ""}, "ca_file: not a path, given ''"),
        ({"ca_file": "${env:CA}"}, "ca_file: ${env:...} isn't replaced here, given '${env:CA}'"),
        ({"cert": 5}, "cert: not a path, given 5"),
        ({"cert": "c\0"}, "cert: not a path, given 'c\\x00'"),
        ({"cert": "c", "key": b"k"}, "key: not a path, given b'k'"),
        ({"key": "k"}, "key: given without cert, the certificate that it belongs to"),
        ({"key_password": "${env:PW}"}, "key_password: given without cert"),
    ],
)
def test_what_is_refused(fields, says):
    """Each an error that names the field."""
    with pytest.raises(DefinitionError) as caught:
        Network(**{"url": URL, **fields})
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize("url", ["http://user:hunter2@h/", "http://hunter2@h/ x", "ftp://user:hunter2@h@i/"])
def test_a_password_in_a_url_is_not_quoted(url):
    """The error says what is wrong with the URL, and not what the password is."""
    with pytest.raises(DefinitionError) as caught:
        Network(url=url)
    assert "hunter2" not in str(caught.value)
    assert "***@" in str(caught.value)
