"""How a person likes the pages: the language, light or dark, close rows or wide ones.

Kept in cookies, so that the first byte of a page is right already and nothing flashes.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from channel_manager.web.context import PREFERENCES

YEAR = 60 * 60 * 24 * 365


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("back", "")
    answer = redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "home")
    for name, values in PREFERENCES.items():
        wanted = request.POST.get(name)
        if wanted in values:
            answer.set_cookie(name, wanted, max_age=YEAR, samesite="Lax", secure=settings.BEHIND_TLS)
        elif wanted is not None:
            answer.delete_cookie(name, samesite="Lax")
    return answer
