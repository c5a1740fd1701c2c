"""module datetime: values, formatting, arithmetic and errors."""

import os
import time
import unittest

from mlpy._native import display
from mlpy.stdlib import datetime_format
from support import Library, failure, method

D = Library("datetime")


def at(text):
    return D.parseISO(text)


class DatetimeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["TZ"] = "Europe/Berlin"
        time.tzset()

    def test_texts(self):
        for text, shown in (("2024-01-31", "2024-01-31T00:00:00"), ("20240131T0930", "2024-01-31T09:30:00"),
                            ("2024-W05-3", "2024-01-31T00:00:00"), ("2024-01-31 09:30:01,5", "2024-01-31T09:30:01.500000"),
                            ("2024-01-31T09:30:01.1234567Z", "2024-01-31T09:30:01.123456+00:00"),
                            ("2024-01-31T09+0530", "2024-01-31T09:00:00+05:30")):
            self.assertEqual(display(at(text)), shown)
        for text in (" 2024-01-31", "2024-01", "2024-01-31T24:00", "20240131T24", "", "x"):
            self.assertTrue(failure(at, text).startswith(f"RuntimeError: Invalid ISO datetime string '{text}': "), text)
        self.assertEqual(failure(at, "x"), "RuntimeError: Invalid ISO datetime string 'x': Invalid isoformat string: 'x'")
        self.assertEqual(failure(at, "2024-13-01"),
                         "RuntimeError: Invalid ISO datetime string '2024-13-01': month must be in 1..12")

    def test_display_of_every_class(self):
        self.assertEqual(display([D.createDate(2024, 2, 29), D.createTime(9, 5), D.createTime(0, 0, 0, 5),
                                  D.createDelta(1, 2, 3, 4), D.createDelta(0, -22), D.createDelta()]),
                         "[2024-02-29, 09:05:00, 00:00:00.000005, 1 day, 2:03:04, -1 day, 2:00:00, 0:00:00]")

    def test_format(self):
        moment = at("2024-03-03T14:05:09.000042+05:30")
        for pattern, text in (("%Y|%y|%m|%d|%H|%I|%M|%S|%f|%p", "2024|24|03|03|14|02|05|09|000042|PM"),
                              ("%A %a %B %b %h %j %w %u", "Sunday Sun March Mar Mar 063 0 7"),
                              ("%U %W %G %V %e|%F|%T|%R", "09 09 2024 09  3|2024-03-03|14:05:09|14:05"),
                              ("%D %x %X", "03/03/24 03/03/24 14:05:09"), ("%c", "Sun Mar  3 14:05:09 2024"),
                              ("%z %s", "+0530 1709454909"), ("100%% %q %", "100% %q %"), ("%%Y", "%Y"), ("", "")):
            self.assertEqual(method(moment, "format", pattern), text)
        self.assertEqual(method(at("2024-01-01"), "format", "[%z%Z]"), "[]")

    def test_weeks_agree_with_the_host(self):
        for day in range(1, 29):
            for month in (1, 6, 12):
                for year in (2020, 2021, 2023, 2024):
                    value = D.create(year, month, day)._value
                    for pattern in ("%U", "%W", "%G", "%V", "%j", "%w", "%u", "%I"):
                        self.assertEqual(datetime_format.formatted(value, pattern), value.strftime(pattern))

    def test_months_and_years(self):
        moment = D.create(2024, 2, 10, 9, 30)
        self.assertEqual([display(method(moment, name)) for name in ("startOfMonth", "endOfMonth", "startOfYear", "endOfYear",
                                                                     "startOfDay", "endOfDay")],
                         ["2024-02-01T00:00:00", "2024-02-29T23:59:59.999999", "2024-01-01T00:00:00",
                          "2024-12-31T23:59:59.999999", "2024-02-10T00:00:00", "2024-02-10T23:59:59.999999"])
        self.assertEqual([D.daysInMonth(1900, 2), D.daysInMonth(2000, 2), D.daysInMonth(2024, 13), D.isLeapYear(2024)],
                         [28, 29, 0, True])

    def test_arithmetic(self):
        moment = D.create(2024, 1, 31)
        self.assertEqual(display(method(moment, "addDays", 1.5)), "2024-02-01T12:00:00")
        self.assertEqual(display(method(D.createDate(2024, 1, 31), "addDays", 1.5)), "2024-02-01")
        self.assertEqual(display(method(D.createDate(2024, 1, 31), "subtractDays", 0.5)), "2024-01-30")
        self.assertEqual(method(D.createDate(2024, 3, 1), "diff", D.createDate(2024, 2, 1)), 29)
        self.assertEqual(failure(method, moment, "addDays", 10**9), "OverflowError: date value out of range")
        delta = D.createDelta(0, -1)
        self.assertEqual([method(delta, "days"), method(delta, "seconds"), method(delta, "totalMinutes")], [-1, 82800, -60.0])
        self.assertEqual(display(method(method(delta, "multiply", 2), "abs")), "2:00:00")

    def test_moments_with_and_without_offset(self):
        local, fixed = at("2024-01-01T12:00"), at("2024-01-01T11:00Z")
        self.assertIs(method(local, "isSame", fixed), True)
        self.assertEqual(local, fixed)
        self.assertIs(method(local, "isBefore", at("2024-01-01T11:30Z")), True)
        self.assertEqual(display(method(local, "diff", at("2024-01-01T10:00Z"))), "1:00:00")
        self.assertTrue(display(D.now("UTC")).endswith("+00:00"))
        self.assertTrue(display(D.now(D.createTimeZone(-5, 30))).endswith("-05:30"))
        self.assertIn("TypeError", failure(D.now, 5))

    def test_equality_by_value_and_no_order(self):
        self.assertEqual(D.createTime(9), D.createTime(9))
        self.assertEqual(Library("collections").unique([D.createDate(2024, 1, 1)] * 2 + [D.createDate(2024, 1, 2)]),
                         [D.createDate(2024, 1, 1), D.createDate(2024, 1, 2)])
        self.assertNotEqual(D.createDate(2024, 1, 1), D.create(2024, 1, 1))
        self.assertEqual(failure(Library("builtin").sorted, [D.createTime(9), D.createTime(8)]),
                         "TypeError: '<' not supported between instances of 'Time' and 'Time'")

    def test_business_days(self):
        def moved(text, days):
            return display(D.addBusinessDays(at(text), days))[:10]

        def step_by_step(text, days):
            moment = at(text)
            while days:
                moment = method(moment, "addDays", 1 if days > 0 else -1)
                if D.isWeekday(moment):
                    days -= 1 if days > 0 else -1
            return display(moment)[:10]

        for start in range(1, 8):
            for days in range(-13, 14):
                text = f"2024-03-0{start}"
                self.assertEqual(moved(text, days), step_by_step(text, days), (text, days))
        self.assertEqual(D.businessDaysBetween(at("2024-03-08"), at("2024-03-01")), 6)
        self.assertEqual(D.businessDaysBetween(at("2024-03-02"), at("2024-03-03")), 0)

    def test_age(self):
        leap = at("2004-02-29")
        self.assertEqual([D.calculateAge(leap, at("2023-02-28")), D.calculateAge(leap, at("2023-03-01")),
                          D.calculateAge(D.createDate(2030, 1, 1), at("2024-01-01"))], [18, 19, -6])

    def test_errors(self):
        self.assertEqual(failure(D.create, 2023, 2, 29),
                         "RuntimeError: Invalid datetime components: day is out of range for month")
        self.assertEqual(failure(D.create, 0, 1, 1), "RuntimeError: Invalid datetime components: year 0 is out of range")
        self.assertEqual(failure(D.createDate, 2023, 13, 1), "RuntimeError: Invalid date: month must be in 1..12")
        self.assertEqual(failure(D.createTime, 25), "RuntimeError: Invalid time: hour must be in 0..23")
        self.assertEqual(failure(D.create, 2023, 1.5, 1),
                         "TypeError: datetime.create(): 'month' must be an integer, got number")
        self.assertEqual(failure(D.isWeekend, 5), "TypeError: datetime.isWeekend(): 'dt_obj' must be a DateTimeObject, got number")
        self.assertEqual(failure(method, D.createDate(2024, 1, 1), "diff", at("2024-01-01")),
                         "TypeError: Date.diff(): 'other' must be a Date, got DateTimeObject")
        self.assertEqual(failure(D.createDelta, "1"), "TypeError: datetime.createDelta(): 'days' must be a number, got string")
        self.assertIn("RuntimeError: Invalid timestamp", failure(D.fromTimestamp, 1e20))


if __name__ == "__main__":
    unittest.main()
