"""Times far from now, and zones."""

import pytest
from bubbles.sandbox import times


def test_years_of_more_than_four_digits() -> None:
    assert times.days([2_932_896, 2_932_897, -719_529]) == ["9999-12-31", "+10000-01-01", "-0001-12-31"]


def test_zones() -> None:
    assert [times.offset_seconds(zone) for zone in ("+01:00", "-0930", "+09", "UTC")] == [3_600, -34_200, 32_400, 0]
    with pytest.raises(ValueError, match="Europe/Vienna"):
        times.offset_seconds("Europe/Vienna")
