"""When recurring tasks run: by task name, a cron line whose sixth field is the seconds."""

PERIODIC: dict[str, str] = {
    "sweep": "* * * * * */2",
    "dispatch_levels": "* * * * * */2",
    "schedule_pulls": "* * * * * *",
    "reconcile_due": "* * * * * */10",
    "watch_alerts": "* * * * * */30",
    "send_alerts": "* * * * * */10",
    "measure_accounts": "*/5 * * * * 30",
    "forget_buyers": "47 3 * * * 0",
    "forget_exchanges": "17 3 * * * 0",
}
