"""`cdp`: one file per verb. Talk goes to stderr, results to stdout."""
