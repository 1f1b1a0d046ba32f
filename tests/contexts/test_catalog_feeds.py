"""Feeds: sent once though the answer was lost, read row by row, and passed by what cannot wait."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from channel_manager.catalog import dispatch
from channel_manager.catalog.intake.streams import Feeds
from channel_manager.catalog.models import Feed, FeedProgress, FeedRow
from channel_manager.catalog.operations import feeds as operations
from channel_manager.ports.catalog import FeedReport, FeedState, FeedSummary, RowOutcome
from channel_manager.ports.catalog import FeedRow as Row
from channel_manager.shared.errors import Ambiguous, NotFound, Rejected, Unavailable
from channel_manager.shared.sentences import say
from channel_manager.sync import delivery, levels, pulls, sql
from channel_manager.sync.levels import PRICE, STOCK, Wanted
from channel_manager.sync.models import Level, SyncOperation
from channel_manager.worker.kinds import KINDS
from tests import factories

WORDS = say("No answer.")
KEYS = [f"K{n:02}" for n in range(60)]


class Walmart:
    """Takes files and single figures. `plan`: for each next submission an error before, or (error,) after it."""

    limits = {}

    def __init__(self):
        self.files, self.shown, self.plan, self.outcomes = {}, {}, [], {}
        self.state = {}
        self.visible = self.named = self.rows_shown = True
        self.page = 25

    async def submit_feed(self, kind, lines, *, currency, name):
        step = self.plan.pop(0) if self.plan else None
        if isinstance(step, Exception):
            raise step
        feed_id = f"F{len(self.files) + 1}"
        self.files[feed_id], self.state[feed_id] = (kind, lines, name), FeedState.PROCESSING
        if step:
            raise step[0]
        return feed_id

    async def set_stock(self, sku, units):
        self.shown[sku] = units

    async def feeds(self, kind, *, since):
        return tuple(self.summary(feed_id) for feed_id in reversed(self.files)) if self.visible else ()

    async def feed(self, feed_id, *, rows_from=None):
        if feed_id not in self.files:
            raise NotFound(WORDS)
        if rows_from is None:
            return FeedReport(feed=self.summary(feed_id))
        lines = self.files[feed_id][1][rows_from : rows_from + self.page] if self.rows_shown else ()
        rows = tuple(
            Row(index=index, sku=line.sku, outcome=self.outcome(line), code="E1" * bool(line.sku in self.outcomes))
            for index, line in enumerate(lines, rows_from)
        )
        reached = rows_from + len(rows)
        return FeedReport(
            feed=self.summary(feed_id),
            rows=rows,
            following=reached if rows and reached < len(self.files[feed_id][1]) else None,
        )

    def outcome(self, line):
        return self.outcomes.get(line.sku, RowOutcome.ACCEPTED)

    def summary(self, feed_id):
        kind, lines, name = self.files[feed_id]
        good = sum(self.outcome(line) is RowOutcome.ACCEPTED for line in lines)
        is_over = self.state[feed_id] is FeedState.FINISHED
        return FeedSummary(
            feed_id=feed_id,
            kind=kind,
            state=self.state[feed_id],
            submitted_at=datetime.now(UTC),
            received=len(lines),
            accepted=good if is_over else 0,
            failed=len(lines) - good if is_over else 0,
            processing=0 if is_over else len(lines),
            file_name=name if self.named else "",
            said="Wrong header." if self.state[feed_id] is FeedState.REFUSED else "",
        )

    def process(self, feed_id, state=FeedState.FINISHED):
        self.state[feed_id] = state
        if state is FeedState.FINISHED:
            lines = self.files[feed_id][1]
            self.shown |= {x.sku: int(x.value) for x in lines if self.outcome(x) is RowOutcome.ACCEPTED}


class Desk:
    """A store of which 60 levels are to be sent."""

    def __init__(self):
        self.store, self.walmart = factories.store(), Walmart()

    def want(self, value, keys=KEYS, kind=STOCK, **facts):
        levels.create(self.store.pk, kind, keys, active=True)
        levels.want(self.store.pk, kind, [Wanted(key=key, value=Decimal(value), **facts) for key in keys])

    def dispatch(self):
        with transaction.atomic():
            dispatch.dispatch_all()

    def deliver(self, *families):
        for family in families or ("feed_stock", "feed_price", "set_stock"):
            SyncOperation.objects.filter(error__isnull=False, state="waiting").update(due_at=timezone.now())
            sql.execute("UPDATE sync_lane SET blocked_until = NULL")
            async_to_sync(delivery.run)(f"{self.store.pk}:marketplace:{family}", KINDS, self._gateways)

    def read(self):
        Feed.objects.update(due_at=timezone.now())
        async_to_sync(pulls.run)(Feeds(), self.store.pk, self._gateways, poll_seconds=0)

    async def _gateways(self, store_id):
        return SimpleNamespace(marketplace=self.walmart)

    def send(self, value=5, **facts):
        self.want(value, **facts)
        self.dispatch()
        self.deliver()

    def time_passes(self, span=timedelta(hours=1)):
        """For feeds and for what waits."""
        Feed.objects.update(created_at=timezone.now() - span)
        Level.objects.filter(again_at__lt=levels.NEVER).update(again_at=timezone.now())
        for operation in SyncOperation.objects.filter(progress__has_key="tried_at"):
            tried = datetime.fromisoformat(operation.progress["tried_at"]) - span
            operation.progress["tried_at"] = tried.isoformat()
            operation.save(update_fields=["progress"])

    def level(self, key="K00", kind=STOCK):
        return Level.objects.get(store=self.store, kind=kind, key=key)


@pytest.fixture
def desk(transactional_db):
    return Desk()


def test_many_levels_go_as_one_file_in_their_order(desk):
    desk.send(5)
    (kind, lines, name) = desk.walmart.files["F1"]
    assert (kind, [line.sku for line in lines], {line.value for line in lines}) == ("stock", KEYS, {5})
    feed = Feed.objects.get()
    assert (feed.state, feed.feed_id, feed.lines, name) == (
        FeedProgress.SUBMITTED,
        "F1",
        60,
        operations.file_name(feed),
    )
    desk.walmart.process("F1")
    desk.read()
    assert (desk.level().sent, desk.level().carrier, desk.level().dirty_since) == (5, "", None)
    assert set(FeedRow.objects.values_list("outcome", flat=True)) == {"accepted"}
    desk.dispatch()
    assert SyncOperation.objects.count() == 1


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("visible", [True, False])
def test_a_file_without_an_answer_is_found_and_not_sent_twice(desk, named, visible):
    desk.walmart.plan = [(Ambiguous(WORDS),)]
    desk.walmart.named, desk.walmart.visible = named, visible
    desk.send()
    desk.want(6)
    desk.deliver()
    assert len(desk.walmart.files) == 1
    desk.walmart.visible = True
    desk.deliver()
    assert (len(desk.walmart.files), Feed.objects.get().feed_id) == (1, "F1")
    desk.walmart.process("F1")
    desk.read()
    assert (desk.level().sent, desk.level().dirty_since is None) == (5, False)


def test_a_nameless_feed_that_shows_no_rows_yet_is_waited_for(desk):
    desk.walmart.plan = [(Ambiguous(WORDS),)]
    desk.walmart.named = desk.walmart.rows_shown = False
    desk.send()
    desk.time_passes()
    desk.deliver()
    assert len(desk.walmart.files) == 1
    desk.walmart.rows_shown = True
    desk.deliver()
    assert (len(desk.walmart.files), Feed.objects.get().feed_id) == (1, "F1")


def test_a_feed_of_somebody_else_is_not_taken_for_ours(desk):
    other = [SimpleNamespace(sku=f"X{n}", value=Decimal(1)) for n in range(60)]
    desk.walmart.files["F0"], desk.walmart.state["F0"] = ("stock", tuple(other), "theirs.json"), FeedState.PROCESSING
    desk.walmart.plan = [Ambiguous(WORDS)]
    desk.send()
    desk.time_passes()
    desk.deliver()
    assert (len(desk.walmart.files), Feed.objects.get().feed_id) == (2, "F2")


def test_a_file_that_was_certainly_not_taken_leaves_with_the_latest_values(desk):
    desk.walmart.plan = [Unavailable(WORDS, status=503)]
    desk.send(5)
    desk.want(6)
    desk.deliver()
    assert {line.value for line in desk.walmart.files["F1"][1]} == {6}


def test_a_price_that_must_be_asked_about_leaves_a_file_that_has_not_left(desk):
    desk.walmart.plan = [Unavailable(WORDS, status=503)]
    desk.want("10.00", kind=PRICE)
    desk.dispatch()
    desk.deliver()
    desk.want("0.10", ["K00"], PRICE, held=say("Is that so?"))
    levels.activate(desk.store.pk, PRICE, active=False, keys=["K01"])
    levels.forget(desk.store.pk, ["K02"])
    desk.deliver()
    (_, lines, _) = desk.walmart.files["F1"]
    assert [line.sku for line in lines] == KEYS[3:]
    assert Feed.objects.get().lines == 57
    assert desk.level(kind=PRICE).carrier == desk.level("K01", PRICE).carrier == ""
    desk.walmart.process("F1")
    desk.read()
    assert desk.level("K59", PRICE).sent == 10


def test_a_file_of_which_nothing_is_left_is_not_sent(desk):
    desk.want(5)
    desk.dispatch()
    levels.activate(desk.store.pk, STOCK, active=False)
    desk.deliver()
    assert (desk.walmart.files, Feed.objects.get().state) == ({}, FeedProgress.FINISHED)
    assert not Level.objects.exclude(carrier="").exists()


def test_each_row_has_its_own_end(desk):
    desk.walmart.outcomes = {"K01": RowOutcome.REFUSED, "K02": RowOutcome.AGAIN, "K58": RowOutcome.REFUSED}
    desk.send()
    desk.walmart.process("F1")
    desk.read()
    feed = Feed.objects.get()
    assert (feed.state, feed.accepted, feed.refused, feed.again) == (FeedProgress.FINISHED, 57, 2, 1)
    assert desk.level("K01").error["code"] == desk.level("K58").error["code"] == "E1"
    assert desk.level("K02").error is None
    desk.walmart.outcomes = {}
    desk.dispatch()
    assert SyncOperation.objects.filter(kind="send_stock").count() == 0, "what was busy waits"
    desk.time_passes()
    desk.dispatch()
    desk.deliver()
    assert (desk.walmart.shown["K02"], desk.level("K02").sent, desk.level("K01").sent) == (5, 5, None)
    desk.want(4, ["K01"])
    desk.dispatch()
    desk.deliver()
    assert (desk.walmart.shown["K01"], desk.level("K01").error) == (4, None)


def test_rows_that_the_report_leaves_out_are_sent_again(desk):
    desk.walmart.outcomes = {"K59": RowOutcome.PROCESSING}
    desk.send()
    desk.walmart.process("F1")
    desk.read()
    assert Feed.objects.get().again == 1
    desk.time_passes()
    desk.walmart.outcomes = {}
    desk.dispatch()
    desk.deliver()
    assert desk.walmart.shown["K59"] == 5


def test_a_refused_file_says_why_and_its_levels_go_into_the_next(desk):
    desk.send()
    desk.walmart.process("F1", FeedState.REFUSED)
    desk.read()
    feed = Feed.objects.get()
    assert (feed.state, feed.problem["said"]) == (FeedProgress.REFUSED, "Wrong header.")
    desk.dispatch()
    assert Feed.objects.count() == 1
    desk.time_passes()
    desk.dispatch()
    desk.deliver()
    assert list(desk.walmart.files) == ["F1", "F2"]


@pytest.mark.parametrize("fate", ["it never ends", "Walmart does not know it any more"])
def test_a_feed_without_an_end_is_given_up_after_two_days(desk, fate):
    desk.send()
    if fate != "it never ends":
        del desk.walmart.files["F1"]
    desk.read()
    feed = Feed.objects.get()
    assert (feed.state, feed.looks) == (FeedProgress.SUBMITTED, 1)
    assert feed.due_at > timezone.now()
    Feed.objects.update(submitted_at=timezone.now() - timedelta(hours=49))
    desk.read()
    assert (Feed.objects.get().state, desk.level().sent) == (FeedProgress.LOST, None)
    desk.deliver()
    assert desk.walmart.shown["K00"] == 5


def test_a_feed_that_cannot_be_read_keeps_no_other_waiting(desk):
    desk.send()
    desk.want("9.00", kind=PRICE)
    desk.dispatch()
    desk.deliver()
    del desk.walmart.files["F1"]
    desk.walmart.process("F2")
    desk.read()
    assert list(Feed.objects.order_by("id").values_list("state", flat=True)) == ["submitted", "finished"]


def test_what_is_urgent_passes_the_file_and_is_told_once_more_at_its_end(desk):
    desk.send(5)
    desk.want(2, ["K07"], urgent=True)
    desk.want(5, ["K08"], urgent=True)
    desk.dispatch()
    desk.deliver()
    assert desk.walmart.shown == {"K07": 2}
    desk.walmart.process("F1")
    assert desk.walmart.shown["K07"] == 5
    desk.read()
    desk.deliver()
    assert desk.walmart.shown["K07"] == 2
    assert (desk.level("K07").dirty_since, desk.level("K08").sent) == (None, 5)


def test_a_single_sending_that_races_the_end_of_a_file_is_told_once_more(desk):
    """Its answer comes after the end was read: whichever came first at Walmart, the last word is the latest value."""
    desk.send(5)
    desk.want(2, ["K07"], urgent=True)
    desk.dispatch()
    (one,) = [Level.objects.get(key="K07")]
    desk.walmart.shown["K07"] = 2
    desk.walmart.process("F1")
    desk.read()
    levels.carried({one.carrier: Decimal(2)})
    desk.dispatch()
    desk.deliver()
    assert (desk.walmart.shown["K07"], desk.level("K07").sent) == (2, 2)


def test_a_submission_that_is_settled_by_hand_frees_its_levels(desk):
    desk.walmart.plan = [Rejected(WORDS)]
    desk.send()
    assert SyncOperation.objects.get().state == "failed"
    assert (Feed.objects.get().state, desk.level().carrier) == (FeedProgress.REFUSED, "")
    assert desk.level().again_at > timezone.now()


def test_files_are_at_most_nine_an_hour(desk):
    desk.send()
    desk.want(6, [f"N{n}" for n in range(60)])
    desk.dispatch()
    assert Feed.objects.count() == 1
    filling = dispatch.ROUTES[0].most_filling
    assert SyncOperation.objects.filter(kind="send_stock").count() == filling, "so few that the urgent do not queue"
    desk.time_passes(dispatch.FEED_PAUSE + timedelta(seconds=1))
    desk.want(6, [f"M{n}" for n in range(60)])
    desk.dispatch()
    assert Feed.objects.count() == 2


def test_the_urgent_ones_of_many_go_at_once(desk):
    desk.want(5)
    desk.want(5, ["K40", "K59"], urgent=True)
    desk.dispatch()
    desk.deliver("set_stock")
    assert desk.walmart.shown == {"K40": 5, "K59": 5}
    assert Feed.objects.get().lines == 58
    desk.deliver("feed_stock")
    assert len(desk.walmart.files["F1"][1]) == 58
