"""
A scheduler in the background: the main thread is free, and talks to it through a channel.

    python daemon.py            # ends by itself after two runs

`sender` takes Msgs and gives each its typed reply; `receiver` gives the events, in order.
"""

from clockhand import Job, Scheduler, call, daemon, every
from clockhand.events import RunSucceeded
from clockhand.msgs import AddJob, FireJob, GetJob, Health


def greet(name: str) -> str:
    """Return a greeting."""
    return f"hello {name}"


def main() -> None:
    """Start a scheduler, ask things of it, hear what happens, and stop it."""
    with daemon(Scheduler()) as running:
        sender, receiver = running
        job = Job(alias="greet", work=call(greet, "world"), triggers=every(seconds=1))
        print(sender.send(AddJob(job)).what)

        fired = False
        for event in receiver:
            if isinstance(event, RunSucceeded) and event.run.outcome is not None:
                print(event.job, event.run.outcome.output)
                if fired:
                    break
                print(sender.send(FireJob("greet")).what)
                fired = True

        print(sender.send(GetJob("greet")).status)
        print(sender.send(Health()).ok)


if __name__ == "__main__":
    main()
