"""Everything that the engine does has a name on the pages."""

from channel_manager.web import labels
from channel_manager.worker.kinds import KINDS
from channel_manager.worker.streams import STREAMS


def test_every_kind_of_operation_and_every_stream_has_a_name():
    assert set(labels.KINDS) == set(KINDS)
    assert set(labels.STREAMS) == set(STREAMS)
