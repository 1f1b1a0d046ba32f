from django.core.management import call_command
def test_m(db):
    call_command("makemigrations", "returns", check=True, dry_run=True)
