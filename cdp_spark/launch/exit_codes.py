"""Exit codes of jobs and commands."""

from cdp_spark.lake import ContractBroken, LakeNotWritable, LeaseHeld, TableMoved
from cdp_spark.lake.jars import JarRejected
from cdp_spark.semantics.secrets import SecretMissing
from cdp_spark.settings import SettingsInvalid
from cdp_spark.sources import ColumnsMissing, SourceUnreadable

DONE, BUG, SETTINGS_INVALID, CONTRACT_BROKEN, SOURCE_UNREADABLE, REJECTIONS, TRY_AGAIN = (
    0, 1, 2, 3, 4, 5, 75,
)  # fmt: skip
_EXIT_CODES: dict[type[Exception], int] = {
    SettingsInvalid: SETTINGS_INVALID,
    JarRejected: SETTINGS_INVALID,
    ContractBroken: CONTRACT_BROKEN,
    ColumnsMissing: CONTRACT_BROKEN,  # before the error that it is a kind of
    SourceUnreadable: SOURCE_UNREADABLE,
    SecretMissing: SETTINGS_INVALID,
    LakeNotWritable: SETTINGS_INVALID,
    PermissionError: SETTINGS_INVALID,  # of a file of the project
    LeaseHeld: TRY_AGAIN,
    TableMoved: TRY_AGAIN,
}


def exit_code(error: Exception) -> int:
    """The exit code of an error: 1 for an unexpected one."""
    return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), BUG)
