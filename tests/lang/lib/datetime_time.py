import datetime as dt, time, calendar
d = dt.datetime(2024, 2, 29, 12, 30, 45, 123456)
print(d, repr(d), d.isoformat(), d.date(), d.time(), d.weekday(), d.strftime("%Y-%m-%d %H:%M:%S %j %A"), d + dt.timedelta(days=1, hours=13), d - dt.datetime(2024, 1, 1), dt.datetime.fromisoformat("2024-01-02T03:04:05+02:00"), dt.date(2024, 1, 1).toordinal(), dt.timedelta(seconds=-1), dt.timedelta(1.5) * 2, d.replace(year=2020), dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc), dt.timezone(dt.timedelta(hours=5.5)), d.timetuple()[:6], dt.datetime.strptime("2024-05-06", "%Y-%m-%d"), d < dt.datetime.max, dt.date.fromisocalendar(2024, 1, 1), f"{d:%d.%m.}", dt.datetime.fromtimestamp(0, dt.timezone.utc))
for f in (lambda: dt.date(2023, 2, 29), lambda: dt.datetime(1, 1, 1) - dt.timedelta(1), lambda: dt.date(0, 1, 1), lambda: d < 5, lambda: dt.datetime.fromisoformat("x"), lambda: dt.time(25), lambda: d - dt.datetime.now(dt.timezone.utc)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
print(time.gmtime(0)[:6], time.strftime("%Y", time.gmtime(0)), calendar.monthrange(2024, 2), calendar.isleap(1900), time.monotonic() <= time.monotonic(), time.mktime(time.gmtime(0)[:9]) is not None, calendar.month(2024, 2).splitlines()[0].strip())
