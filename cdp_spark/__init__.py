"""An open customer data platform: a room turns frames into frames, and tables pass between rooms.

The path of an event reads from the folders: sources → bronze → silver → identity → gold →
features → models → audiences → activation, with reports, governance and world beside it.
"""

__version__ = "0.1.0"
