from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cel_expr_python import cel

from crossway.policies.authorize.windows import Window

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ENVIRONMENT = cel.NewEnv(variables={"request.time": cel.Type.TIMESTAMP})
QUARTERS = [datetime(2026, 3, 26, tzinfo=UTC) + timedelta(minutes=15 * step) for step in range(8 * 96)]
"""Eight days, in which the clocks of Berlin are put forward."""


def opened(window: Window) -> list[datetime]:
    """Return at which of `QUARTERS` the expression of *window* is true."""
    expression = ENVIRONMENT.compile(window.expression)
    return [time for time in QUARTERS if expression.eval(data={"request.time": time}).value()]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Honolulu"])
@pytest.mark.parametrize("hours", [None, "09:00-17:30", "22:00-06:00", "00:00-24:00", "17:00-24:00", "23:45-00:15"])
@pytest.mark.parametrize("days", [None, ["mon-fri"], ["sat", "SUN"], ["fri-mon"], ["sun"], ["sat-fri"]])
def test_a_window_is_open_by_the_clock_of_its_place(zone, hours, days):
    settings = {"timezone": zone} | ({"hours": hours} if hours else {}) | ({"days": days} if days else {})
    if not (hours or days):
        settings["days"] = ["mon-sun"]
    wanted = {
        None: DAYS,
        "mon-fri": DAYS[:5],
        "sat": DAYS[5:],
        "fri-mon": [*DAYS[4:], "mon"],
        "sun": ["sun"],
        "sat-fri": DAYS,
    }[days and days[0]]
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (hours or "00:00-24:00").split("-"))

    def is_open(time):
        local = time.astimezone(ZoneInfo(zone))
        minute, today = local.hour * 60 + local.minute, DAYS[local.weekday()]
        if begin < end:
            return today in wanted and begin <= minute < end
        return (today in wanted and minute >= begin) or (DAYS[local.weekday() - 1] in wanted and minute < end)

    assert opened(Window.model_validate(settings)) == [time for time in QUARTERS if is_open(time)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "write at least one of days and hours"),
        ({"timezone": "UTC"}, "write at least one of days and hours"),
        ({"hours": "9:00-17:00"}, "are no hours"),
        ({"hours": "09:00-24:30"}, "are no hours"),
        ({"hours": "24:00-09:00"}, "are no hours"),
        ({"hours": "09:00-09:00"}, "the hours end when they begin"),
        ({"days": ["monday"]}, "pattern"),
        ({"days": []}, "at least 1 item"),
        ({"days": ["sat"], "timezone": "Europe/Berln"}, "is no time zone"),
        ({"days": ["sat"], "timezone": "../../etc/localtime"}, "is no time zone"),
        ({"days": ["sat"], "timezone": "/etc/localtime"}, "is no time zone"),
        ({"days": ["sat"], "timezone": ""}, "is no time zone"),
        ({"days": ["sat"], "timezone": "Europe"}, "is no time zone"),
        ({"days": ["sat"], "timezone": "Europe/Berlin\0"}, "is no time zone"),
        ({"days": ["sat"], "timezone": "Europe/'"}, "is no time zone"),
    ],
)
def test_what_is_no_window(settings, message):
    with pytest.raises(ValueError, match=message):
        Window.model_validate(settings)
