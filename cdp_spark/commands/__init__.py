"""`cdp`: one file per verb. Messages go to stderr, results to stdout."""
