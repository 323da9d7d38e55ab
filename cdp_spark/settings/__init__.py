"""Settings: the YAML files of conf, as one frozen, strict model.

Comes in: conf/*.yaml, a profile's files over them key by key, and conf/currencies.csv. Goes out:
`Settings`, or one error that lists every fault with its file, key, expected and found value.
"""

from cdp_spark.settings.loading import SettingsInvalid, load, settings_hash
from cdp_spark.settings.sections import ProjectSettings, Settings

__all__ = ["ProjectSettings", "Settings", "SettingsInvalid", "load", "settings_hash"]
