"""Errors of the lake, and what the caller can do about them.

LakeError
├── ContractBroken   rows do not fit their table; nothing was written
├── LakeNotWritable  the folder of the lake can't be written
├── LeaseHeld        another run holds the lease of the table; try again
└── TableMoved       another run committed after this one read the table; try again
"""


class LakeError(Exception):
    """Any error of the lake."""


class ContractBroken(LakeError):
    """Rows do not fit the contract of their table; nothing was written."""


class LakeNotWritable(LakeError):
    """The folder of the lake can't be written."""


class LeaseHeld(LakeError):
    """Another run holds the lease of a table."""


class TableMoved(LakeError):
    """A table has a newer version than the one the rows were computed from."""
