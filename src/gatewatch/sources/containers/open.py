"""Find out what kind of container a location is."""

from pathlib import Path
from zoneinfo import ZoneInfo

from gatewatch.errors import SourceError
from gatewatch.sources.containers.folder import FolderSource, StandardInput
from gatewatch.sources.containers.git import GitSource, is_repository
from gatewatch.sources.containers.parts import Wanted
from gatewatch.sources.containers.raw import RawSource


def open_source(
    location: str,
    main: str | Wanted,
    companions: str | None = None,
    zone: ZoneInfo | None = None,
) -> RawSource:
    """`-` for standard input, a git repository (folder or URL), a file, folder or archive.

    `main` is the path of the list in a repository or folder, `companions` the folder of files
    that belong to it, `zone` the zone of dates in file names.
    """
    wanted = main if isinstance(main, Wanted) else Wanted(main, companions)
    zone = zone or ZoneInfo("UTC")
    if location == "-":
        return StandardInput(wanted.path)
    if is_repository(location):
        return GitSource(location, wanted, zone)
    if "://" in location:
        raise SourceError(
            f"{location}: only git repositories are read by URL; fetch the file and name it here"
        )
    return FolderSource(Path(location), wanted, zone)
