from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='wanted',
            name='others',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
    ]
