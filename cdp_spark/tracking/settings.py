"""Settings of tracking: where runs and models are kept."""

from pydantic import BaseModel, ConfigDict, Field


class TrackingSettings(BaseModel):
    """Where MLflow keeps its runs, and what it may load again."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    uri: str | None = Field(
        default=None, description="an MLflow server or database; none: SQLite beside the tables"
    )
    artifacts: str | None = Field(
        default=None, description="where model files go; none: a folder beside the tables"
    )
    experiment: str = Field(default="cdp", min_length=1, description="name of the experiment")
    prefix: str = Field(
        default="cdp", min_length=1, description="registered models are called PREFIX-NAME"
    )
    trusted_types: tuple[str, ...] = Field(
        default=("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",),
        description="classes a stored model may hold besides the plain ones of skops",
    )
