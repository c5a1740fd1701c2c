"""The classes of module datetime (stdlib-core.md 9.1 to 9.4): immutable values around Python's own."""

from _datetime import timedelta
from math import floor

from mlpy import _native
from mlpy._native import MLError
from mlpy.stdlib.check import bad_number, number, string, wrong
from mlpy.stdlib.datetime_format import formatted


def same_zone(left, right):
    """The two moments both with or both without an offset: one without is local time."""
    if (left.tzinfo is None) == (right.tzinfo is None):
        return left, right
    return (left.astimezone(), right) if left.tzinfo is None else (left, right.astimezone())


def out_of_range():
    return MLError("OverflowError", "date value out of range")


class Value:
    """Holds one value of Python's datetime module. Equal by value; hidden from ML except for its members."""

    __slots__ = ("_value",)

    def __init__(self, value):
        self._value = value

    def __eq__(self, other):
        return type(self) is type(other) and self._value == other._value

    def __hash__(self):
        return hash(self._value)


def shifted(self, name, **amount):
    ((parameter, value),) = amount.items()
    number(f"DateTimeObject.{name}", parameter, value)
    try:
        return DateTimeObject(self._value + timedelta(**amount))
    except OverflowError:
        raise out_of_range() from None


class DateTimeObject(Value):
    __slots__ = ()

    def __eq__(self, other):
        if type(other) is not DateTimeObject:
            return False
        left, right = same_zone(self._value, other._value)
        return left == right

    def __hash__(self):
        return hash(self._value.timestamp())

    def year(self):
        return self._value.year

    def month(self):
        return self._value.month

    def day(self):
        return self._value.day

    def hour(self):
        return self._value.hour

    def minute(self):
        return self._value.minute

    def second(self):
        return self._value.second

    def weekday(self):
        return self._value.weekday()

    def timestamp(self):
        return self._value.timestamp()

    def date(self):
        return Date(self._value.date())

    def time(self):
        return Time(self._value.time())

    def addDays(self, days):
        return shifted(self, "addDays", days=days)

    def addHours(self, hours):
        return shifted(self, "addHours", hours=hours)

    def addMinutes(self, minutes):
        return shifted(self, "addMinutes", minutes=minutes)

    def addSeconds(self, seconds):
        return shifted(self, "addSeconds", seconds=seconds)

    def add(self, delta):
        return self._moved("add", delta, 1)

    def subtract(self, delta):
        return self._moved("subtract", delta, -1)

    def _moved(self, name, delta, sign):
        if type(delta) is not TimeDelta:
            raise wrong(f"DateTimeObject.{name}", "delta", "a TimeDelta", delta)
        try:
            return DateTimeObject(self._value + sign * delta._value)
        except OverflowError:
            raise out_of_range() from None

    def diff(self, other):
        left, right = self._with("diff", other)
        return TimeDelta(left - right)

    def _with(self, name, other):
        if type(other) is not DateTimeObject:
            raise wrong(f"DateTimeObject.{name}", "other", "a DateTimeObject", other)
        return same_zone(self._value, other._value)

    def startOfDay(self):
        return DateTimeObject(self._value.replace(hour=0, minute=0, second=0, microsecond=0))

    def endOfDay(self):
        return DateTimeObject(self._value.replace(hour=23, minute=59, second=59, microsecond=999999))

    def startOfMonth(self):
        return DateTimeObject(self._value.replace(day=1)).startOfDay()

    def endOfMonth(self):
        return DateTimeObject(self._value.replace(day=days_of(self._value.year, self._value.month))).endOfDay()

    def startOfYear(self):
        return DateTimeObject(self._value.replace(month=1, day=1)).startOfDay()

    def endOfYear(self):
        return DateTimeObject(self._value.replace(month=12, day=31)).endOfDay()

    def isBefore(self, other):
        left, right = self._with("isBefore", other)
        return left < right

    def isAfter(self, other):
        left, right = self._with("isAfter", other)
        return left > right

    def isSame(self, other):
        left, right = self._with("isSame", other)
        return left == right

    def isSameDay(self, other):
        self._with("isSameDay", other)
        return self._value.date() == other._value.date()

    def format(self, format_str="%Y-%m-%d %H:%M:%S"):
        return formatted(self._value, string("DateTimeObject.format", "format_str", format_str))

    def toString(self):
        return self._value.isoformat()

    toISOString = toString
    add_days = addDays
    add_hours = addHours
    add_minutes = addMinutes
    add_seconds = addSeconds
    start_of_day = startOfDay
    end_of_day = endOfDay
    start_of_month = startOfMonth
    end_of_month = endOfMonth
    start_of_year = startOfYear
    end_of_year = endOfYear
    is_same_day = isSameDay
    to_string = toString


def days_of(year, month):
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


class Date(Value):
    __slots__ = ()

    def year(self):
        return self._value.year

    def month(self):
        return self._value.month

    def day(self):
        return self._value.day

    def weekday(self):
        return self._value.weekday()

    def isWeekend(self):
        return self._value.weekday() >= 5

    def addDays(self, days):
        return self._moved(number("Date.addDays", "days", days))

    def subtractDays(self, days):
        return self._moved(-number("Date.subtractDays", "days", days))

    def _moved(self, days):
        try:
            return Date(self._value + timedelta(days=floor(days)))
        except OverflowError:
            raise out_of_range() from None

    def diff(self, other):
        if type(other) is not Date:
            raise wrong("Date.diff", "other", "a Date", other)
        return (self._value - other._value).days

    def toISOString(self):
        return self._value.isoformat()


class Time(Value):
    __slots__ = ()

    def hour(self):
        return self._value.hour

    def minute(self):
        return self._value.minute

    def second(self):
        return self._value.second

    def _shown(self):
        return self._value.isoformat()


class TimeDelta(Value):
    __slots__ = ()

    def days(self):
        return self._value.days

    def seconds(self):
        return self._value.seconds

    def totalSeconds(self):
        return self._value.total_seconds()

    def totalMinutes(self):
        return self._value.total_seconds() / 60

    def totalHours(self):
        return self._value.total_seconds() / 3600

    def totalDays(self):
        return self._value.total_seconds() / 86400

    def add(self, other):
        return self._with("add", other, 1)

    def subtract(self, other):
        return self._with("subtract", other, -1)

    def _with(self, name, other, sign):
        if type(other) is not TimeDelta:
            raise wrong(f"TimeDelta.{name}", "other", "a TimeDelta", other)
        try:
            return TimeDelta(self._value + sign * other._value)
        except OverflowError:
            raise out_of_range() from None

    def multiply(self, factor):
        try:
            return TimeDelta(self._value * factor)
        except TypeError:
            raise bad_number("TimeDelta.multiply", factor=factor) from None
        except OverflowError:
            raise out_of_range() from None

    def isNegative(self):
        return self._value < timedelta()

    def abs(self):
        return TimeDelta(abs(self._value))

    def _shown(self):
        return str(self._value)


def members(cls):
    """Names ML may reach: everything of the class that is not private."""
    return [name for name in vars(cls) if not name.startswith("_")]


_native.register_class(DateTimeObject, "DateTimeObject", members(DateTimeObject))
_native.register_class(Date, "Date", members(Date), display=Date.toISOString)
_native.register_class(Time, "Time", members(Time), display=Time._shown)
_native.register_class(TimeDelta, "TimeDelta", members(TimeDelta), display=TimeDelta._shown)
