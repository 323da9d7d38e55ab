"""What several verbs of `cdp` share: options, the opened project, tables on the terminal."""
