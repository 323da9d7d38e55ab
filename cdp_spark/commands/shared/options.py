"""Options that several verbs take."""

from datetime import datetime
from typing import Annotated

import typer

Conf = Annotated[
    str,
    typer.Option(
        "--conf", metavar="PROFILE", help="Settings in conf/PROFILE override those in conf/."
    ),
]
LakeFolder = Annotated[
    str, typer.Option("--lake", help="Folder of the tables; overrides the settings.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the results; default today."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Why = Annotated[str, typer.Option("--reason", help="Reason, without personal values.")]
Until = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="Last day it applies; default: no end."),
]
