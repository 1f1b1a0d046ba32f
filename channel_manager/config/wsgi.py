"""The web application as Granian serves it. After loading, what lives for ever is kept out of the collector's way."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "channel_manager.config.settings")
application = get_wsgi_application()
gc.collect()
gc.freeze()
