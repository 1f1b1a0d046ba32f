"""What stands between the processes: platforms, notifications and the database, each with its faults."""
