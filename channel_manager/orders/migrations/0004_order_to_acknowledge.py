from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0003_received_by'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='purchaseorder',
            index=models.Index(condition=models.Q(('acknowledged_at__isnull', True), ('status__in', ['open', 'partially_shipped'])), fields=['store', 'acknowledge_by'], name='order_to_acknowledge'),
        ),
    ]
