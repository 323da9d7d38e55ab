"""Settings of tracking: where runs and models are stored."""

from pydantic import BaseModel, ConfigDict, Field


class TrackingSettings(BaseModel):
    """Where MLflow stores runs, and the classes it may load."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    uri: str | None = Field(
        default=None, description="an MLflow server or database; none: SQLite beside the tables"
    )
    artifacts: str | None = Field(
        default=None, description="where model files go; none: a folder beside the tables"
    )
    experiment: str = Field(default="cdp", min_length=1, description="name of the experiment")
    prefix: str = Field(
        default="cdp", min_length=1, description="registered models are named PREFIX-NAME"
    )
    trusted_types: tuple[str, ...] = Field(
        default=("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",),
        description="classes a stored model may contain besides the default ones of skops",
    )
