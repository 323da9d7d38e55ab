"""Settings of the collector."""

from pydantic import BaseModel, ConfigDict, Field

from cdp_spark.terms.secrets import Reference


class CollectorSettings(BaseModel):
    """Who may send what to which source."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="address it listens on")
    port: int = Field(default=8020, ge=0, le=65_535, description="port; 0: any that is free")
    write_keys: dict[str, Reference] = Field(
        default={}, description="source → its write key, as ${env:NAME} or ${file:PATH}"
    )
    origins: tuple[str, ...] = Field(
        default=(), description="web pages that may send; '*': all, none: no browser"
    )
    longest_event: int = Field(default=32_768, ge=256, description="bytes; longer ones are refused")
    longest_request: int = Field(
        default=524_288, ge=1_024, description="bytes unpacked; above, a request is refused"
    )
    file_mib: int = Field(default=64, ge=1, description="size at which a file is handed on")
    file_seconds: float = Field(default=60, gt=0, description="age at which a file is handed on")
    waiting_mib: int = Field(
        default=16, ge=1, description="bytes that may wait for the disk; above, 429"
    )


class ServiceSettings(BaseModel):
    """HTTP beside the jobs."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    collector: CollectorSettings = Field(default=CollectorSettings(), description="cdp collect")
