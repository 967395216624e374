"""
The executor `process`: runs in child processes of its own, one run at a time in each.

`executor` is what the event loop talks to. Each slot has a thread (`slot`) that has at most one child
(`child`); the two talk in the frames of `wire`. `packing` writes a run down for a child. Everything else
is the child's side: `main` serves, `unpacking` makes the work again, `stage` runs it, `reporting` tells
of it, `watching` hears of cancels and of the parent's death.
"""
