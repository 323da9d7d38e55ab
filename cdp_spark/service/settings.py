"""Settings of the collector."""

from pydantic import BaseModel, ConfigDict, Field

from cdp_spark.semantics.secrets import Reference


class CollectorSettings(BaseModel):
    """Options of `cdp collect`: address, write keys and limits."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8020, ge=0, le=65_535, description="port; 0: any free one")
    write_keys: dict[str, Reference] = Field(
        default={}, description="source → its write key, as ${env:NAME} or ${file:PATH}"
    )
    origins: tuple[str, ...] = Field(
        default=(), description="origins of web pages that may send; '*': all; none: no browser"
    )
    longest_event: int = Field(
        default=32_768, ge=256, description="bytes; longer ones are rejected"
    )
    longest_request: int = Field(
        default=524_288, ge=1_024, description="bytes unpacked; longer ones are rejected"
    )
    file_mib: int = Field(default=64, ge=1, description="size at which a file is finished")
    file_seconds: float = Field(default=60, gt=0, description="age at which a file is finished")
    waiting_mib: int = Field(
        default=16, ge=1, description="MiB that may wait for the disk; above, 429"
    )


class ServiceSettings(BaseModel):
    """Settings of the HTTP services."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    collector: CollectorSettings = Field(default=CollectorSettings(), description="cdp collect")
