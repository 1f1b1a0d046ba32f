import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stores', '0002_refund_rules'),
        ('sync', '0002_throttled_lanes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('system', models.CharField(help_text="PostgreSQL's identifier of the server's data.", max_length=32)),
                ('database', models.CharField(help_text='Number of the database in that server.', max_length=32)),
                ('host', models.CharField(blank=True, help_text='The machine, where it is used from the same one.', max_length=128)),
                ('folder', models.CharField(blank=True, help_text='Of an embedded database: the data folder.', max_length=1000)),
                ('known_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'sync_installation',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='sync_installation_once')],
            },
        ),
        migrations.CreateModel(
            name='ReadOnly',
            fields=[
                ('store', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='read_only', serialize=False, to='stores.store')),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('found', models.JSONField()),
            ],
            options={
                'db_table': 'sync_read_only',
            },
        ),
    ]
