"""The sources that a command names."""

from cdp_spark.settings import Settings, SettingsInvalid


def known_sources(settings: Settings, wanted: str = "") -> list[str]:
    """The source named, or all of the settings.

    Raises:
        SettingsInvalid: there is no such source.
    """
    names = [one.name for one in settings.sources.entries]
    if wanted and wanted not in names:
        raise SettingsInvalid(f"--source {wanted}: no such source; sources are {', '.join(names)}")
    return [wanted] if wanted else names
