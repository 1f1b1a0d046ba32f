"""One listing: the figures of both sides, its own rules, and what a person decides about it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channel_manager.accounts.permissions import may_act
from channel_manager.catalog import actions
from channel_manager.catalog.linking import rules_of
from channel_manager.catalog.models import Listing
from channel_manager.catalog.queries import listing_screen
from channel_manager.orders.lifecycle import NotPossible
from channel_manager.web import access, links
from channel_manager.web.formats import words
from channel_manager.web.forms.listings import ListingRulesForm, PriceForm
from channel_manager.web.labels import PUBLISHED
from channel_manager.web.views.listings.rows import level_state, state_of


@require_safe
def listing(request: HttpRequest, store_id: int, listing_id: int) -> HttpResponse:
    found = access.listing(request, store_id, listing_id)
    return _page(request, found, ListingRulesForm(listing=found, store_rules=rules_of(found.store)))


@require_http_methods(["GET", "HEAD", "POST"])
def own_rules(request: HttpRequest, store_id: int, listing_id: int) -> HttpResponse:
    """What was wrong is shown at this address, which may be asked for again: then it is the listing's page."""
    if request.method != "POST":
        return redirect("listing", store_id, listing_id)
    found = _acted_on(request, store_id, listing_id)
    form = ListingRulesForm(request.POST, listing=found, store_rules=rules_of(found.store))
    if not form.is_valid():
        return _page(request, found, form)
    changed = actions.change_listing(found, form.wanted(), by=access.person(request), at=timezone.now())
    messages.success(request, _("The listing's rules are saved.") if changed else _("Nothing was changed."))
    if form.kept:
        messages.info(request, form.kept_words)
    return redirect("listing", store_id, found.pk)


@require_POST
def price(request: HttpRequest, store_id: int, listing_id: int) -> HttpResponse:
    """Approve the price that was asked about, and no other."""
    found = _acted_on(request, store_id, listing_id)
    form = PriceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The form carried no price. Look at it again."))
        return redirect("listing", store_id, found.pk)
    try:
        if actions.approve_price(found, form.cleaned_data["price"], by=access.person(request), at=timezone.now()):
            messages.success(request, _("The price is approved and on its way to Walmart."))
        else:
            messages.info(request, _("This price does not wait for an approval any more."))
    except NotPossible as refusal:
        messages.error(request, words(refusal.sentence))
    return redirect("listing", store_id, found.pk)


@require_POST
def stock(request: HttpRequest, store_id: int, listing_id: int) -> HttpResponse:
    """Confirm the stock that Commerce shows, although units were canceled for want of it."""
    found = _acted_on(request, store_id, listing_id)
    if actions.confirm_stock(found, by=access.person(request), at=timezone.now()):
        messages.success(request, _("The stock is confirmed: Walmart is told what Commerce shows."))
    else:
        messages.info(request, _("This stock is not held any more."))
    return redirect("listing", store_id, found.pk)


@require_POST
def resending(request: HttpRequest, store_id: int, listing_id: int) -> HttpResponse:
    found = _acted_on(request, store_id, listing_id)
    if actions.resend(found.store, [found.pk], by=access.person(request), at=timezone.now()):
        messages.success(request, _("Stock and price are sent again."))
    else:
        messages.info(request, _("There is nothing to send again: it is not followed, or on its way already."))
    return redirect("listing", store_id, found.pk)


def _acted_on(request: HttpRequest, store_id: int, listing_id: int) -> Listing:
    found = access.listing(request, store_id, listing_id)
    access.require_act(request, found.store)
    return found


def _page(request: HttpRequest, found: Listing, form: ListingRulesForm) -> HttpResponse:
    screen = listing_screen(found, form.store_rules)
    context = {
        "store": found.store,
        "listing": found,
        "screen": screen,
        "rules": screen.rules,
        "state": state_of(screen.row, screen.rules),
        "states": {level.kind: level_state(level) for level in screen.row.levels},
        "published": PUBLISHED,
        "product_link": links.commerce_product(found),
        "form": form,
        "may_act": may_act(request.user, found.store_id),
    }
    return render(request, "listings/listing.html", context, status=422 if form.errors else 200)
