"""What the lake refuses, and what the caller can do about it.

LakeError
├── ContractBroken   rows do not fit their table; nothing was written
├── LeaseHeld        another run is committing to the table; try again
└── TableMoved       another run committed after ours had read; try again
"""


class LakeError(Exception):
    """Anything the lake refuses."""


class ContractBroken(LakeError):
    """Rows do not fit the contract of their table; nothing was written."""


class LeaseHeld(LakeError):
    """Another run holds the lease of a table."""


class TableMoved(LakeError):
    """A table has a newer version than the one the rows were made from."""
