"""One file per model, each with its `SPEC`; they do not import each other."""
