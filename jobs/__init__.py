"""One file per job: reads tables, calls rooms, writes tables."""
