"""The `cdp` command: one file per verb; what verbs share is in `shared`."""
