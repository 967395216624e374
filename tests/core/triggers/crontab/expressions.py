"""Random cron expressions, each with what it means: known from how it was made, not from reading it."""

from datetime import date, timedelta
from random import Random

import attrs

from clockhand.errors import DefinitionError
from clockhand.triggers import cron

DAY = timedelta(days=1)
WEEK = 7 * DAY
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


@attrs.frozen
class Spec:
    """An expression, the values of its fields of times and months, and what its day fields say of a date."""

    text: str
    seconds: frozenset
    minutes: frozenset
    hours: frozenset
    months: frozenset
    days: tuple
    weekdays: tuple
    """Rules, each of which says of a date whether it is meant; one that does is enough."""

    @property
    def fields(self):
        """The texts of the five fields that have to do with minutes."""
        return self.text.split()[-5:]

    @property
    def follows_the_wall(self):
        """Whether its minute or hour field begins with a star."""
        return any(text.startswith("*") for text in self.fields[:2])

    def date_matches(self, there):
        """Say whether a date is one of the expression, by the rules of crontab(5)."""
        if there.month not in self.months:
            return False
        day = any(rule(there) for rule in self.days)
        weekday = any(rule(there) for rule in self.weekdays)
        stars = any(self.fields[place].startswith(("*", "?")) for place in (2, 4))
        return (day and weekday) if stars else (day or weekday)

    def time_matches(self, wall):
        """Say whether a time of day is one of the expression."""
        return wall.minute in self.minutes and wall.hour in self.hours and wall.second in self.seconds

    def matches(self, wall):
        """Say whether *wall* is one of its walls."""
        return self.time_matches(wall) and self.date_matches(wall.date())

    @property
    def comes(self):
        """Whether any of its dates is in the calendar; in a century that is, if in any."""
        first = date(2000, 1, 1)
        return any(self.date_matches(first + number * DAY) for number in range(36_525))


def plain(random, low, high, names=(), *, wraps=True):
    """Return an item of a field: its text, and its values in the order in which it names them."""

    def told(value):
        if names and random.random() < 0.4:
            name = names[value % 7 if high == 6 else value - low]
            return random.choice([name, name.upper(), name.title()])
        if high == 6 and value == 0 and random.random() < 0.3:
            return "7"
        return random.choice([str(value), str(value), f"{value:02}"])

    first, last = random.randint(low, high), random.randint(low, high)
    step = random.randint(1, high - low + 1)
    kind = random.choice(["value", "value", "range", "range/step", "star/step", "value/step"])
    if kind == "star/step":
        return f"*/{step}", range(low, high + 1, step)
    if kind == "value":
        return told(first), [first]
    if kind == "value/step":
        return f"{told(first)}/{step}", range(first, high + 1, step)
    if first > last and not wraps:
        first, last = last, first
    values = list(range(first, last + 1)) or [*range(first, high + 1), *range(low, last + 1)]
    text = f"{told(first)}-{told(last)}"
    if high == 6 and first == last == 0 and text[0] != "7" and text[-1] == "7":
        # From Sunday to the next one is the whole week.
        values = [*range(7), 0]
    return (text, values) if kind == "range" else (f"{text}/{step}", values[::step])


def times(random, low, high, names=()):
    """Return the text and the values of a field of times or months."""
    if random.random() < 0.3:
        return "*", frozenset(range(low, high + 1))
    items = [plain(random, low, high, names) for _ in range(random.choice([1, 1, 2, 3]))]
    return ",".join(text for text, _ in items), frozenset().union(*(values for _, values in items))


def is_last(there):
    """Say whether it is the last day of its month."""
    return (there + DAY).month != there.month


def weekdays_of(there):
    """Return the days from Monday to Friday of that month."""
    days = (there.replace(day=1) + number * DAY for number in range(31))
    return [day for day in days if day.month == there.month and day.weekday() < 5]


def nearest(there, number):
    """Say whether it is the weekday nearest to that day of its month, if its month has such a day."""
    try:
        wanted = there.replace(day=number)
    except ValueError:
        return False
    return there == min(weekdays_of(there), key=lambda day: abs(day - wanted))


def day_item(random):
    """Return an item of the day-of-month field, and the rule that it is."""
    kind = random.choice(["plain"] * 6 + ["L", "LW", "nW"])
    if kind == "L":
        return random.choice("Ll"), is_last
    if kind == "LW":
        return "LW", lambda there: there == weekdays_of(there)[-1]
    if kind == "nW":
        number = random.randint(1, 31)
        return f"{number}{random.choice('wW')}", lambda there: nearest(there, number)
    text, values = plain(random, 1, 31, wraps=False)
    return text, lambda there, values=frozenset(values): there.day in values


def weekday_item(random):
    """Return an item of the day-of-week field, and the rule that it is."""
    kind = random.choice(["plain"] * 6 + ["#", "L"])
    weekday, number = random.randint(0, 6), random.randint(1, 5)
    told = random.choice([str(weekday), WEEKDAYS[weekday]])
    if kind == "#":
        rule = lambda there: there.isoweekday() % 7 == weekday and (there.day - 1) // 7 + 1 == number  # noqa: E731
        return f"{told}#{number}", rule
    if kind == "L":
        rule = lambda there: there.isoweekday() % 7 == weekday and is_last_week(there)  # noqa: E731
        return random.choice([f"{told}L", f"L{weekday}"]), rule
    text, values = plain(random, 0, 6, WEEKDAYS)
    return text, lambda there, values=frozenset(values): there.isoweekday() % 7 in values


def is_last_week(there):
    """Say whether its weekday doesn't come again in its month."""
    return (there + WEEK).month != there.month


def days(random, item):
    """Return the text and the rules of a day field, mostly open."""
    if random.random() < 0.5:
        return random.choice("**?"), (lambda _: True,)
    items = [item(random) for _ in range(random.choice([1, 1, 2]))]
    return ",".join(text for text, _ in items), tuple(rule for _, rule in items)


def make(random, *, seconds=False):
    """Return a random expression; its dates may never come."""
    second = times(random, 0, 59) if seconds else ("", frozenset({0}))
    minute, hour = times(random, 0, 59), times(random, 0, 23)
    month = ("*", frozenset(range(1, 13))) if random.random() < 0.7 else times(random, 1, 12, MONTHS)
    day, weekday = days(random, day_item), days(random, weekday_item)
    text = " ".join(field[0] for field in (second, minute, hour, day, month, weekday)).strip()
    return Spec(text, second[1], minute[1], hour[1], month[1], day[1], weekday[1])


def expression(random, **options):
    """Return a random expression whose dates come; those that are refused must be ones that don't."""
    while True:
        spec = make(random, **options)
        try:
            cron(spec.text)
        except DefinitionError as error:
            assert "no such date ever comes" in str(error), spec.text  # noqa: PT017 - a timer is as good
            assert not spec.comes, spec.text
        else:
            return spec


def seeded(seed, **options):
    """Return the expression of a seed."""
    return expression(Random(seed), **options)
