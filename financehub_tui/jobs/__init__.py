"""Everything periodic, driven by one APScheduler loop; one module per job."""
