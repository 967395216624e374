"""
The commands as data.

It imports nothing, so that `clockhand --help` is there at once: a command's module loads when it is chosen.
"""

from __future__ import annotations


class Command:
    """One command: its group, its name, where its function is, one line about it, examples."""

    __slots__ = (
        "aliases",
        "arguments",
        "examples",
        "group",
        "name",
        "summary",
        "synonyms",
        "takes_program",
        "where",
    )

    def __init__(
        self,
        group: str,
        name: str,
        where: str,
        summary: str,
        examples: tuple[str, ...],
        *,
        arguments: str = "",
        aliases: tuple[str, ...] = (),
        synonyms: tuple[str, ...] = (),
        takes_program: bool = False,
    ) -> None:
        self.group = group
        self.name = name
        self.where = f"clockhand_cli.commands.{where}"
        self.summary = summary
        """The first line of the function's docstring; a test holds the two together."""
        self.examples = examples
        self.arguments = arguments
        """What stands behind the name in its usage."""
        self.aliases = aliases
        self.synonyms = synonyms
        """What else people type when they mean it: no names, but what is offered instead leads here."""
        self.takes_program = takes_program
        """Whether what stands behind `--` is a program for it to take as it is."""


COMMANDS = (
    Command(
        "Run",
        "demo",
        "demo:demo",
        "Show jobs of every kind at work, and that none is forgotten.",
        ("demo", "demo --seconds 5"),
    ),
    Command(
        "Run",
        "init",
        "starting:init",
        "Write a configuration to start from.",
        ("init", "init /etc/clockhand", "init jobs.toml --force"),
        arguments="[PATH]",
        synonyms=("new", "setup", "create"),
    ),
    Command(
        "Run",
        "check",
        "checking:check",
        "Check the configuration, and show when its jobs would run.",
        ("check", "check --open", "check --config jobs.toml --json"),
        synonyms=("validate", "lint", "test", "verify"),
    ),
    Command(
        "Run",
        "run",
        "running:run",
        "Run the scheduler until Ctrl-C or SIGTERM.",
        ("run", "run --config jobs.toml --log-level debug", "run --once"),
        synonyms=("start", "serve", "daemon", "up"),
    ),
    Command(
        "Look",
        "jobs",
        "jobs:jobs",
        "List the jobs and how they are.",
        ("jobs", "jobs --json"),
        synonyms=("list", "ls", "ps"),
    ),
    Command(
        "Look",
        "show",
        "showing:show",
        "Show everything about one job.",
        ("show nightly", "show nightly --json"),
        arguments="JOB",
        synonyms=("get", "describe", "inspect", "info"),
    ),
    Command(
        "Look",
        "next",
        "upcoming:upcoming",
        "List the jobs by when they are due next.",
        ("next", "next -n 5", "next --all"),
        synonyms=("upcoming", "due"),
    ),
    Command(
        "Look",
        "explain",
        "explaining:explain",
        "Tell what a timetable comes to, before you trust it.",
        (
            'explain "30 2 * * *" --tz Europe/Berlin',
            "explain every 5m",
            "explain --job nightly -n 10 --from 2027-03-27",
            'explain \'{use = "next_business_day", timer = {cron = "0 9 1 * *"}}\'',
        ),
        arguments="[SPEC]",
        synonyms=("when", "preview", "words"),
    ),
    Command(
        "Look",
        "runs",
        "history:runs",
        "List what ran and what did not, newest first.",
        ("runs", "runs nightly -n 50", "runs --failed --since 2d", "runs --verdict missed", "runs -f"),
        arguments="[JOB]",
        synonyms=("history",),
    ),
    Command(
        "Look",
        "log",
        "history:log",
        "Show what is on record, every entry as a line, oldest first.",
        ("log nightly -n 20", "log -f", "log --since 1h --json"),
        arguments="[JOB]",
        synonyms=("tail", "events", "ledger"),
    ),
    Command(
        "Look",
        "health",
        "health:health",
        "Say whether stores answer, jobs start and the history keeps up.",
        ("health", "health --late 5m --json"),
        synonyms=("status", "ping", "doctor"),
    ),
    Command(
        "Act",
        "add",
        "adding:add",
        "Add a job, or redefine one that was added so.",
        (
            "add hello --every 5m -- echo hello",
            'add nightly --cron "30 2 * * *" --tz Europe/Berlin -- backup --all',
            "add tidy --every 1h --retries 3 --call app:tidy --arg 'days=7'",
            "add once --at 2026-12-01T09:00:00Z --work '{use = \"system\", ...}'",
            "add --file jobs.toml",
        ),
        arguments="[JOB]",
        synonyms=("edit", "modify", "update", "schedule", "set"),
        takes_program=True,
    ),
    Command(
        "Act",
        "remove",
        "removing:remove",
        "Remove jobs.",
        ("remove hello", "rm hello nightly --yes", "rm nightly --force"),
        arguments="JOB...",
        aliases=("rm",),
        synonyms=("delete", "del", "drop", "unschedule"),
    ),
    Command(
        "Act",
        "fire",
        "firing:fire",
        "Run a job once, now.",
        ("fire nightly", "fire nightly --wait", "fire nightly --wait --timeout 10m", "fire nightly --force"),
        arguments="JOB",
        synonyms=("trigger", "exec", "run-now", "launch", "invoke"),
    ),
    Command(
        "Act",
        "cancel",
        "cancelling:cancel",
        "End what is running or waiting of a job.",
        ("cancel nightly", "cancel nightly@2026-03-01T01:30:00Z"),
        arguments="JOB|KEY",
        synonyms=("kill", "abort", "interrupt", "terminate"),
    ),
    Command(
        "Act",
        "pause",
        "acting:pause",
        "Let nothing of a job start until it is resumed.",
        ('pause nightly --reason "the disk is being moved"',),
        arguments="JOB",
        synonyms=("hold", "suspend", "disable"),
    ),
    Command(
        "Act",
        "resume",
        "acting:resume",
        "Let a paused job go on.",
        ("resume nightly", "resume nightly --latest"),
        arguments="JOB",
        synonyms=("unpause", "continue", "enable"),
    ),
    Command(
        "Act",
        "release",
        "acting:release",
        "Take a job out of quarantine.",
        ("release nightly",),
        arguments="JOB",
        synonyms=("unquarantine", "free"),
    ),
    Command(
        "Keep",
        "reload",
        "keeping:reload",
        "Declare the jobs as the configuration says now.",
        ("reload", "reload --retire"),
        synonyms=("apply", "sync", "declare", "hup"),
    ),
    Command(
        "Keep",
        "snapshot",
        "keeping:snapshot",
        "Write all that a silo has as JSON.",
        ("snapshot > jobs.json", "snapshot -o jobs.json", "snapshot --silo default"),
        synonyms=("export", "backup", "dump", "save"),
    ),
    Command(
        "Keep",
        "restore",
        "keeping:restore",
        "Put the jobs of a snapshot into a silo.",
        ("restore jobs.json --dry-run", "restore jobs.json --merge", "restore - < jobs.json"),
        arguments="FILE",
        synonyms=("import", "load"),
    ),
    Command(
        "About",
        "completion",
        "about:completion",
        "Print what lets a shell complete commands, options and jobs.",
        ("completion bash", 'eval "$(clockhand completion bash)"'),
        arguments="SHELL",
        synonyms=("completions", "complete"),
    ),
    Command(
        "About",
        "plugins",
        "about:plugins",
        "List the installed plugins and what they offer.",
        ("plugins", "plugins --json"),
        synonyms=("plugin", "kinds"),
    ),
    Command(
        "About",
        "version",
        "about:version",
        "Show the versions of clockhand and its plugins.",
        ("version", "version --json"),
    ),
)

PROGRAM_TAKERS = frozenset(command.name for command in COMMANDS if command.takes_program)
"""The commands for which what stands behind `--` is a program."""
BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}
"""The commands by each of their names."""
