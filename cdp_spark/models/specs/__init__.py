"""One file per model, each with its `SPEC`; they do not know each other."""
