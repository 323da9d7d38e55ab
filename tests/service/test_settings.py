import pytest
from pydantic import ValidationError

from cdp_spark.service.settings import CollectorSettings, ServiceSettings


def test_a_write_key_is_named_and_never_written() -> None:
    collector_settings = CollectorSettings(
        write_keys={"web": "${env:KEY}", "app": "${file:/run/key}"}
    )
    assert ServiceSettings(collector=collector_settings).collector.write_keys["web"] == "${env:KEY}"
    with pytest.raises(ValidationError, match=r"expected \$\{env:NAME\}") as refused:
        CollectorSettings(write_keys={"web": "abc123"})
    assert "abc123" not in refused.value.errors(include_input=False)[0]["msg"]
