"""Basic and bearer: what the server is sent, what is refused, and that nobody else sees the values."""

from __future__ import annotations

import asyncio
import base64
import json
import logging

import pytest

from clockhand import Job, Scheduler, every
from clockhand.contracts import Result
from clockhand.errors import ConfigError, DefinitionError
from clockhand.testing.works import run_work
from clockhand_network import Basic, Network

URL = "https://example.org/"


def _run(url, **fields):
    return asyncio.run(run_work(Network(url=url, **fields), timeout=30))


def _ok(request):
    request.reply(200, b"hello")


def _sent(server):
    return [seen[2].get("Authorization") for seen in server.seen]


def _basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_basic(serve, monkeypatch):
    """Name and password, each from the environment if it likes, in UTF-8; the password may be empty."""
    monkeypatch.setenv("PW", "hünter:2")
    monkeypatch.setenv("WHO", "key-1")
    server = serve(_ok)
    for own in (
        Basic(user="ci", password="${env:PW}"),
        {"user": "${env:WHO}", "password": "x${env:PW}"},
        Basic(user="${env:WHO}"),
    ):
        assert _run(server.url, basic=own).result is Result.SUCCEEDED
    assert _sent(server) == [_basic("ci", "hünter:2"), _basic("key-1", "xhünter:2"), _basic("key-1", "")]


def test_bearer(serve, monkeypatch):
    """The token, after the word."""
    monkeypatch.setenv("TOKEN", "abc.def-_~+/==")
    server = serve(_ok)
    assert _run(server.url, bearer="${env:TOKEN}").result is Result.SUCCEEDED
    assert _sent(server) == ["Bearer abc.def-_~+/=="]


def test_values():
    """Compared by value; a table stands for a Basic."""
    work = Network(url=URL, basic={"user": "ci", "password": "${env:PW}"})
    assert work == Network(url=URL, basic=Basic(user="ci", password="${env:PW}"))
    assert hash(work)
    assert work.basic.user == "ci"


LITERAL = "written out, so that whoever lists the job could read it; put it into an environment variable"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"bearer": "hunter2"}, f"bearer: {LITERAL} and write ${{env:NAME}}"),
        ({"bearer": ""}, f"bearer: {LITERAL}"),
        ({"bearer": "Bearer ${env:T}"}, "bearer: a space or control character in it; give the token alone"),
        ({"bearer": 72}, "bearer: not a text, given a value of type int; write ${env:NAME}"),
        ({"bearer": {"token": "hunter2"}}, "bearer: not a text, given a value of type dict"),
        ({"bearer": "${env:"}, "bearer: '${env:' without its '}'"),
        ({"basic": {"user": "u", "password": "hunter2"}}, f"basic.password: {LITERAL}"),
        ({"basic": {"user": "u", "password": 72}}, "basic.password: not a text, given a value of type int"),
        ({"basic": {"user": "u", "password": None}}, "basic.password: not a text, given a value of type No"),
        ({"basic": {"user": "u:hunter2"}}, "basic.user: a colon in it, which would end the name"),
        ({"basic": {"user": "u\nhunter2"}}, "basic.user: a line break or control character in it"),
        ({"basic": {"user": 72}}, "basic.user: not a text, given a value of type int"),
        ({"basic": {"password": "${env:P}"}}, "basic: option 'user' is missing"),
        ({"basic": {"user": "u", "passwd": "hunter2"}}, "basic: unknown option 'passwd', did you mean"),
        ({"basic": ("u", "hunter2")}, "basic: not a table, given a value of type tuple; write basic = {user"),
        ({"basic": "u:hunter2"}, "basic: not a table, given a value of type str"),
        ({"cert": "c", "key_password": "hunter2"}, f"key_password: {LITERAL}"),
        ({"cert": "c", "key_password": 72}, "key_password: not a text, given a value of type int"),
        (
            {"basic": {"user": "u"}, "bearer": "${env:T}"},
            "bearer: given together with basic; give one of them",
        ),
        (
            {"basic": {"user": "u"}, "headers": {"authorization": "${env:X}"}},
            "basic: given together with headers.authorization; give one of them",
        ),
        (
            {"bearer": "${env:T}", "headers": {"Authorization": "${env:X}"}},
            "bearer: given together with headers.Authorization",
        ),
    ],
)
def test_what_is_refused(fields, says, tmp_path):
    """Each an error that names the field and quotes no value, in Python and in TOML."""
    with pytest.raises(DefinitionError) as caught:
        Network(url=URL, **fields)
    assert str(caught.value).startswith(says)
    config = tmp_path / "clockhand.toml"
    table = ", ".join(f"{json.dumps(name)} = {_toml(value)}" for name, value in fields.items())
    config.write_text(
        f'[jobs.j]\nevery = "5m"\nwork = {{use = "network", url = "{URL}", {table}}}\n'
        if "None" not in table
        else "[jobs.j]\nevery = 5\n"
    )
    with pytest.raises(ConfigError) as refused:
        Scheduler.from_toml(config)
    for error in (caught.value, refused.value):
        assert "hunter2" not in str(error)
        assert "72" not in str(error)


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {_toml(one)}" for name, one in value.items()) + "}"
    return json.dumps(value) if value is not None else "None"


@pytest.mark.parametrize(
    ("value", "fields", "reason"),
    [
        (
            "a b",
            {"bearer": "${env:V}"},
            "bearer: its value has a space, line break or control character in it",
        ),
        ("ab\n", {"bearer": "${env:V}"}, "bearer: its value has a space, line break"),
        ("", {"bearer": "${env:V}"}, "bearer: its value is empty"),
        (
            "ab\n",
            {"basic": {"user": "u", "password": "${env:V}"}},
            "basic.password: its value has a line break",
        ),
        ("a:b", {"basic": {"user": "${env:V}"}}, "basic.user: its value has a colon in it"),
    ],
)
def test_values_that_do_not_fit(serve, monkeypatch, value, fields, reason):
    """The run fails before anything is sent, with the field, without the value."""
    monkeypatch.setenv("V", value)
    server = serve(_ok)
    outcome = _run(server.url, **fields)
    assert (outcome.code, server.seen) == ("network:auth", [])
    assert outcome.reason.startswith(f"GET {server.url}: {reason}")
    assert not value or value not in outcome.reason.partition(": ")[2]


def test_a_variable_that_is_not_set(serve, monkeypatch):
    """The run fails with its name."""
    monkeypatch.delenv("NO_SUCH", raising=False)
    server = serve(_ok)
    assert _run(server.url, bearer="${env:NO_SUCH}").code == "env:NO_SUCH"
    assert _run(server.url, basic={"user": "u", "password": "${env:NO_SUCH}"}).code == "env:NO_SUCH"
    assert server.seen == []


PASSWORD = "hunter2-and/mörë+?"
USER = "the-user"


def _forms(secret):
    """How a server may echo *secret*: as it is, escaped, as base64 alone and inside of something longer."""
    data = secret.encode()
    yield secret
    yield data.decode("latin-1")
    yield json.dumps(secret)
    yield base64.b64encode(data).decode()
    yield base64.urlsafe_b64encode(data).decode()
    for before in (b"", b"x", b"xy", b"the header was: "):
        yield base64.b64encode(before + data + b" and more").decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"basic": {"user": USER, "password": "${env:PASSWORD}"}},
        {"basic": {"user": "${env:PASSWORD}"}},
        {"bearer": "${env:PASSWORD}"},
    ],
)
def test_nobody_sees_the_values(serve, monkeypatch, caplog, fields):
    """However the server echoes them: not in the record, the reason, the log, or what repr shows."""
    monkeypatch.setenv("PASSWORD", PASSWORD)
    pair = f"{USER}:{PASSWORD}"
    secrets = [PASSWORD, pair if "password" in str(fields) else f"{PASSWORD}:"]
    echoes = [form for secret in secrets for form in _forms(secret)]

    def echo(request):
        sent = request.headers["Authorization"]
        text = "\n".join([sent, sent.partition(" ")[2], *echoes])
        request.reply(401, text.encode(), Location=sent.partition(" ")[2].encode().decode("latin-1"))

    server = serve(echo)
    work = Network(url=server.url, **fields)
    with caplog.at_level(logging.DEBUG):
        outcome = asyncio.run(run_work(work, timeout=30))
    assert outcome.code == "http:401"
    shown = repr(outcome) + caplog.text + repr(work) + repr(Job(alias="j", triggers=every("5m"), work=work))
    sent = server.seen[0][2]["Authorization"].partition(" ")[2]
    for form in (PASSWORD, "hunter2", sent, sent.rstrip("=")[:-1], *_cores(PASSWORD)):
        assert form not in shown
    assert outcome.output["body"].count("***") >= len(echoes)


def test_a_short_password(serve, monkeypatch):
    """Too short to be recognised inside of anything, and hidden as what was sent."""
    monkeypatch.setenv("PASSWORD", "pw")
    server = serve(lambda request: request.reply(200, request.headers["Authorization"].encode()))
    outcome = _run(server.url, basic={"user": "u", "password": "${env:PASSWORD}"})
    assert outcome.output["body"] == "Basic ***"


def _cores(secret):
    """The letters of base64 that are the secret's alone, wherever it stands: eight of them in a row."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + secret.encode()).decode()
        yield whole[4:12]
        yield whole[8:16]


def test_it_stays_with_the_first_host(serve, monkeypatch):
    """A redirect to another host goes without it; one on the same host with it."""
    monkeypatch.setenv("TOKEN", "s3cret")
    other = serve(_ok)
    away = other.url.replace("127.0.0.1", "localhost")

    def answer(request):
        _ok(request) if request.path == "/end" else request.reply(307, Location=request.path[1:] or away)

    first = serve(answer)
    for own in ({"bearer": "${env:TOKEN}"}, {"basic": {"user": "u", "password": "${env:TOKEN}"}}):
        assert _run(first.url, follow_redirects=1, **own).result is Result.SUCCEEDED
        assert _run(first.url + "//end", follow_redirects=2, **own).result is Result.SUCCEEDED
    assert _sent(other) == [None, None]
    assert all(_sent(first))


@pytest.mark.parametrize("name", ["Authorization", "proxy-authorization", "Cookie", "X-API-Key"])
def test_a_secret_that_is_written_out_in_a_header_is_refused(name):
    """It would stand in the silo for everybody to read; no error quotes it."""
    with pytest.raises(DefinitionError) as caught:
        Network(url="https://example.com", headers={name: "Bearer hunter2"})
    assert str(caught.value).startswith(f"headers.{name}: written out, so that whoever lists the job")
    assert "hunter2" not in str(caught.value)
    assert Network(url="https://example.com", headers={name: "Key ${env:KEY}"}).headers
