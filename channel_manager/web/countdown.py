"""What the browser needs to let deadlines count by themselves."""

from functools import lru_cache
from time import time

from django.utils import translation
from django.utils.translation import gettext as _

from channel_manager.web.formats import SOON


def words() -> dict[str, str]:
    """The words of `formats.deadline`, with the name of each figure in braces; `now` in milliseconds, for browsers
    whose clock goes wrong.
    """
    return _words(translation.get_language()) | {"now": str(int(time() * 1000))}


@lru_cache
def _words(_language: str | None) -> dict[str, str]:
    return {
        "late": _("%(time)s late") % {"time": "{time}"},
        "left": _("in %(time)s") % {"time": "{time}"},
        "days": _("%(days)s d %(hours)s h") % {"days": "{days}", "hours": "{hours}"},
        "hours": _("%(hours)s h %(minutes)s min") % {"hours": "{hours}", "minutes": "{minutes}"},
        "minutes": _("%(minutes)s min") % {"minutes": "{minutes}"},
        "seconds": _("%(seconds)s s") % {"seconds": "{seconds}"},
        "soon": str(int(SOON.total_seconds())),
    }
