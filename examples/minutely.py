"""
A function that runs each minute, kept in a SQLite file so that a restart keeps its phase.

    python minutely.py          # until Ctrl-C

`jobs.db` then has the job and each of its runs: start it again and it goes on where it was.
"""

from clockhand import RunContext, Scheduler, cron, use

clock = Scheduler(silo=use("sqlite", path="jobs.db"))


@clock.job(cron("* * * * *"), title="Say the time")
def minutely(context: RunContext) -> dict[str, int]:
    """Print when the run was due; what is returned stands in the history, so it must be JSON."""
    print(f"{context.due:%H:%M} in UTC", flush=True)
    return {"hour": context.due.hour, "minute": context.due.minute}


if __name__ == "__main__":
    clock.run()
