"""What a path may turn out to be."""

import os
import threading

import pytest

from clockhand._config.file import MAX_BYTES, read_table
from clockhand.errors import ConfigError


def _refusal(path):
    with pytest.raises(ConfigError) as caught:
        read_table(path)
    return str(caught.value)


def test_a_file(tmp_path):
    """Its table."""
    (tmp_path / "clock.toml").write_text("[silo.default]\nuse = 'memory' # ü\n")
    assert read_table(tmp_path / "clock.toml") == {"silo": {"default": {"use": "memory"}}}


def test_a_folder(tmp_path):
    """It is said to be one."""
    (tmp_path / "clock.toml").mkdir()
    assert _refusal(tmp_path / "clock.toml") == "clock.toml: a folder, not a TOML file"


def test_nothing(tmp_path):
    """Where it was looked for."""
    path = tmp_path / "clock.toml"
    assert _refusal(path) == f"clock.toml: can't be read: No such file or directory, given {str(path)!r}"


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_empty(tmp_path, text):
    """What it needs is said."""
    (tmp_path / "clock.toml").write_text(text)
    assert _refusal(tmp_path / "clock.toml") == (
        "clock.toml: empty; it needs at least one [jobs.<alias>] or a [silo.default]"
    )


def test_50_megabytes(tmp_path):
    """Not read to its end."""
    path = tmp_path / "clock.toml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    assert _refusal(path) == f"clock.toml: more than {MAX_BYTES:,} bytes, which no configuration has"


def test_a_pipe(tmp_path):
    """It doesn't say its size, and is read like a file."""
    path = tmp_path / "clock.toml"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("[jobs]\n",))
    writer.start()
    assert read_table(path) == {"jobs": {}}
    writer.join()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a = '\xff'", "clock.toml: not UTF-8, at byte 5"),
        (
            "a = 1".encode("utf-8-sig"),
            "clock.toml: begins with a byte order mark, which TOML has none of; save",
        ),
        ("a = 1".encode("utf-16"), "clock.toml: UTF-16, and TOML is UTF-8; save it as that"),
        (b"\xfe\xff\0a", "clock.toml: UTF-16, and TOML is UTF-8; save it as that"),
        (b"a = '\0'", "clock.toml: not TOML: "),
        (b"a = ", "clock.toml: not TOML: "),
        (b"{}", "clock.toml: not TOML: "),
        (b"a = 1\na = 2", "clock.toml: not TOML: Cannot overwrite a value"),
        (b"[a]\n[a]\n", "clock.toml: not TOML: Cannot declare ('a',) twice (at line 2"),
        (b"a = " + b"9" * 5000, "clock.toml: not TOML: Exceeds the limit"),
        (b"a = " + b"[" * 100_000, "clock.toml: nested too deeply"),
        (b"a = 2026-02-30T00:00:00Z", "clock.toml: not TOML: Invalid date or datetime"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_toml(tmp_path, data, says):
    """The file is named, and the place in it where there is one."""
    (tmp_path / "clock.toml").write_bytes(data)
    assert _refusal(tmp_path / "clock.toml").startswith(says)


def test_a_path_that_can_be_none(tmp_path):
    """No traceback for a NUL."""
    assert _refusal(tmp_path / "a\0b").startswith("a\0b: ")
