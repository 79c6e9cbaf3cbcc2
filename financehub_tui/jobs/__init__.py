"""Periodic work: the APScheduler loop and one module per job."""
