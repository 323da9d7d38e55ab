"""One module per format; the folder is the registry. Each module defines FORMATS."""
