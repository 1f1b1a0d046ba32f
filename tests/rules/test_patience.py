"""A page that follows something asks more and more rarely."""

from datetime import timedelta

import pytest

from channel_manager.web.patience import pause


@pytest.mark.parametrize(
    ("waited", "seconds"),
    [
        (timedelta(seconds=-5), 2),
        (timedelta(seconds=1), 2),
        (timedelta(minutes=1), 5),
        (timedelta(minutes=10), 20),
        (timedelta(hours=5), 60),
    ],
)
def test_the_longer_it_takes_the_more_rarely_it_is_looked_at(waited, seconds):
    assert pause(waited) == seconds
