"""The way in: the script, the module, and a Ctrl-C at any time."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

from clockhand_cli.main import main


def test_the_script_is_the_same_command(tmp_path: Path) -> None:
    """The console script says the same version as the module."""
    script = shutil.which("clockhand", path=sysconfig.get_path("scripts"))
    assert script is not None
    done = subprocess.run([script, "--version"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"clockhand \d+\.\d+\.\d+\S*\n", done.stdout)


def test_called_from_python_it_returns_the_code(tmp_path: Path, monkeypatch, capsys) -> None:
    """`main` with arguments returns the exit code and raises nothing, also for help and misuse."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLOCKHAND_CONFIG", raising=False)
    assert [main(["--help"]), main(["nope"]), main(["check"])] == [0, 2, 3]
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c_while_it_loads_is_130(tmp_path: Path) -> None:
    """A Ctrl-C before the command is even loaded is as quiet as a later one; a second one is ignored."""
    script = (
        "import os, signal, sys, types\n"
        "class Loading(types.ModuleType):\n"
        "    def __getattr__(self, name):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        raise AttributeError(name)\n"
        "sys.modules['clockhand_cli.call'] = Loading('clockhand_cli.call')\n"
        "from clockhand_cli.main import main\n"
        "code = main()\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_an_interrupted_command_waits_for_no_thread(tmp_path: Path) -> None:
    """A thread that hangs can't hold an interrupted command back."""
    script = (
        "import os, signal, sys, threading, types\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "def call(given):\n"
        "    raise KeyboardInterrupt\n"
        "sys.modules['clockhand_cli.call'] = types.SimpleNamespace(call=call)\n"
        "from clockhand_cli.main import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False, timeout=30)
    assert done.returncode == 128 + signal.SIGINT
