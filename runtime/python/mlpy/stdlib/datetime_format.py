"""Formatting of moments by %-directives, with English names whatever the locale (stdlib-core.md 9.1)."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")


def day_of_year(moment):
    return moment.timetuple().tm_yday


def week_of_year(moment, first_weekday):
    """Weeks begun so far this year, counted from its first ``first_weekday`` (0 = Monday)."""
    return (day_of_year(moment) + 6 - (moment.weekday() - first_weekday) % 7) // 7


def offset(moment):
    """``+HHMM``, or empty without an offset."""
    return moment.isoformat()[-6:].replace(":", "") if moment.tzinfo else ""


DIRECTIVES = {
    "Y": lambda t: f"{t.year:04}", "y": lambda t: f"{t.year % 100:02}", "m": lambda t: f"{t.month:02}",
    "d": lambda t: f"{t.day:02}", "H": lambda t: f"{t.hour:02}", "I": lambda t: f"{(t.hour + 11) % 12 + 1:02}",
    "M": lambda t: f"{t.minute:02}", "S": lambda t: f"{t.second:02}", "f": lambda t: f"{t.microsecond:06}",
    "p": lambda t: "AM" if t.hour < 12 else "PM", "A": lambda t: DAYS[t.weekday()], "a": lambda t: DAYS[t.weekday()][:3],
    "B": lambda t: MONTHS[t.month - 1], "b": lambda t: MONTHS[t.month - 1][:3], "h": lambda t: MONTHS[t.month - 1][:3],
    "j": lambda t: f"{day_of_year(t):03}", "w": lambda t: str(t.isoweekday() % 7), "u": lambda t: str(t.isoweekday()),
    "U": lambda t: f"{week_of_year(t, 6):02}", "W": lambda t: f"{week_of_year(t, 0):02}",
    "G": lambda t: f"{t.isocalendar()[0]:04}", "V": lambda t: f"{t.isocalendar()[1]:02}", "e": lambda t: f"{t.day:2}",
    "F": lambda t: formatted(t, "%Y-%m-%d"), "T": lambda t: formatted(t, "%H:%M:%S"), "R": lambda t: formatted(t, "%H:%M"),
    "D": lambda t: formatted(t, "%m/%d/%y"), "x": lambda t: formatted(t, "%m/%d/%y"),
    "X": lambda t: formatted(t, "%H:%M:%S"), "c": lambda t: formatted(t, "%a %b %e %H:%M:%S %Y"),
    "s": lambda t: str(int(t.timestamp() // 1)), "z": offset, "Z": lambda t: t.tzname() or "", "%": lambda t: "%",
}


def formatted(moment, pattern):
    parts = pattern.split("%")
    result = [parts[0]]
    index = 1
    while index < len(parts):
        part = parts[index]
        if not part and index + 1 < len(parts):  # "%%"
            index += 1
            result.append("%" + parts[index])
        elif part[:1] in DIRECTIVES and part:
            result.append(DIRECTIVES[part[0]](moment) + part[1:])
        else:
            result.append("%" + part)
        index += 1
    return "".join(result)
