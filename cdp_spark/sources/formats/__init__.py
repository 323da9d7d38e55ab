"""One file per format; the folder is the registry. A file offers FORMATS."""
