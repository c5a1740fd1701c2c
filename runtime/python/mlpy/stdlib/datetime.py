"""datetime: calendar dates and times (stdlib-core.md section 9). The classes are in ``datetime_values``."""

from _datetime import date, datetime, time, timedelta, timezone

from mlpy._native import MLError, Object
from mlpy.stdlib.check import bad_number, integer, number, string, type_error, wrong
from mlpy.stdlib.datetime_values import Date, DateTimeObject, Time, TimeDelta, days_of, out_of_range

EXPORTS = ("now", "today", "create", "createDate", "createTime", "createDelta", "fromTimestamp", "parseISO", "daysInMonth",
           "isLeapYear", "calculateAge", "addBusinessDays", "businessDaysBetween", "isWeekend", "isWeekday", "utc",
           "createTimeZone", "from_timestamp", "days_in_month", "calculate_age", "add_business_days",
           "business_days_between", "is_weekend", "is_weekday")


def _bad(what, error):
    # Python 3.14 adds what it was given after a comma.
    return MLError("RuntimeError", f"{what}: {str(error).partition(', not ')[0]}")


def now(timezone=None):
    if timezone is None:
        return DateTimeObject(datetime.now())
    return DateTimeObject(datetime.now(_zone(timezone)))


def _zone(value):
    if value == "UTC":
        return timezone.utc
    if type(value) is not Object or type(value["hours"]) is not int or type(value["minutes"]) is not int:
        raise wrong("datetime.now", "timezone", "null, \"UTC\" or a time zone", value)
    hours, minutes = value["hours"], value["minutes"]
    try:
        return timezone(timedelta(hours=hours, minutes=-abs(minutes) if hours < 0 else minutes), str(value["name"]))
    except (ValueError, OverflowError):
        raise type_error("datetime.now(): the offset of a time zone is less than a day") from None


def today():
    return Date(date.today())


def _integers(function, **values):
    return [integer(function, name, value) for name, value in values.items()]


def create(year, month, day, hour=0, minute=0, second=0):
    parts = _integers("datetime.create", year=year, month=month, day=day, hour=hour, minute=minute, second=second)
    try:
        return DateTimeObject(datetime(*parts))
    except (ValueError, OverflowError) as error:
        raise _bad("Invalid datetime components", _day_reason(parts, error)) from None


def createDate(year, month, day):
    parts = _integers("datetime.createDate", year=year, month=month, day=day)
    try:
        return Date(date(*parts))
    except (ValueError, OverflowError) as error:
        raise _bad("Invalid date", _day_reason(parts, error)) from None


def _day_reason(parts, error):
    """The words of every Python version for a day that its month does not have, and for years beyond a C int."""
    if isinstance(error, OverflowError):
        return f"year {parts[0]} is out of range"
    return "day is out of range for month" if str(error).startswith("day ") else error


def createTime(hour=0, minute=0, second=0, microsecond=0):
    parts = _integers("datetime.createTime", hour=hour, minute=minute, second=second, microsecond=microsecond)
    try:
        return Time(time(*parts))
    except (ValueError, OverflowError) as error:
        raise _bad("Invalid time", error) from None


def createDelta(days=0, hours=0, minutes=0, seconds=0):
    try:
        return TimeDelta(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))
    except TypeError:
        raise bad_number("datetime.createDelta", days=days, hours=hours, minutes=minutes, seconds=seconds) from None
    except OverflowError as error:
        raise MLError("OverflowError", str(error)) from None


def fromTimestamp(timestamp):
    number("datetime.fromTimestamp", "timestamp", timestamp)
    try:
        return DateTimeObject(datetime.fromtimestamp(timestamp))
    except (ValueError, OverflowError, OSError) as error:
        raise _bad(f"Invalid timestamp {timestamp}", error) from None


def parseISO(iso_string):
    text = string("datetime.parseISO", "iso_string", iso_string)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad_text(text, error) from None
    if moment.hour == 0 and _hour_text(text) == "24":  # Python 3.14 takes it for the next midnight
        raise _bad_text(text, "hour must be in 0..23")
    return DateTimeObject(moment)


def _bad_text(text, error):
    reason = str(error)
    if reason.startswith("day "):
        reason = "day is out of range for month"
    return _bad(f"Invalid ISO datetime string '{text}'", reason)


def _hour_text(text):
    for length in (10, 8, 7):  # lengths of the forms of a date
        try:
            date.fromisoformat(text[:length])
        except ValueError:
            continue
        return text[length + 1:length + 3]
    return ""


def daysInMonth(year, month):
    number("datetime.daysInMonth", "year", year)
    if number("datetime.daysInMonth", "month", month) not in range(1, 13):
        return 0
    return days_of(year, int(month))


def isLeapYear(year):
    return days_of(integer("datetime.isLeapYear", "year", year), 2) == 29


def _day(function, parameter, value):
    """The calendar day of a DateTimeObject or Date."""
    if type(value) is DateTimeObject:
        return value._value.date()
    if type(value) is Date:
        return value._value
    raise wrong(function, parameter, "a DateTimeObject", value)


def calculateAge(birth_date, current_date=None):
    born = _day("datetime.calculateAge", "birth_date", birth_date)
    current = now() if current_date is None else current_date
    today = _day("datetime.calculateAge", "current_date", current)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def addBusinessDays(dt_obj, days):
    if type(dt_obj) is not DateTimeObject:
        raise wrong("datetime.addBusinessDays", "dt_obj", "a DateTimeObject", dt_obj)
    days = integer("datetime.addBusinessDays", "days", days)
    if days == 0:
        return dt_obj
    step = 1 if days > 0 else -1
    moment = dt_obj._value
    try:
        while moment.weekday() >= 5:  # a weekend counts as the working day before it in the direction of travel
            moment -= timedelta(days=step)
        weeks, rest = divmod(abs(days), 5)
        moment += timedelta(weeks=step * weeks)
        while rest:
            moment += timedelta(days=step)
            rest -= moment.weekday() < 5
    except OverflowError:
        raise out_of_range() from None
    return DateTimeObject(moment)


def businessDaysBetween(start, end):
    for name, value in (("start", start), ("end", end)):
        if type(value) is not DateTimeObject:
            raise wrong("datetime.businessDaysBetween", name, "a DateTimeObject", value)
    first, last = sorted((start._value.date(), end._value.date()))
    weeks, rest = divmod((last - first).days + 1, 7)
    return weeks * 5 + sum((first.weekday() + index) % 7 < 5 for index in range(rest))


def isWeekend(dt_obj):
    return _day("datetime.isWeekend", "dt_obj", dt_obj).weekday() >= 5


def isWeekday(dt_obj):
    return _day("datetime.isWeekday", "dt_obj", dt_obj).weekday() < 5


def utc():
    return "UTC"


def createTimeZone(hours, minutes=0, name=""):
    integer("datetime.createTimeZone", "hours", hours)
    integer("datetime.createTimeZone", "minutes", minutes)
    string("datetime.createTimeZone", "name", name)
    return Object([("hours", hours), ("minutes", minutes), ("name", name or f"UTC{hours:+d}:{abs(minutes):02d}")])


from_timestamp = fromTimestamp
days_in_month = daysInMonth
calculate_age = calculateAge
add_business_days = addBusinessDays
business_days_between = businessDaysBetween
is_weekend = isWeekend
is_weekday = isWeekday
