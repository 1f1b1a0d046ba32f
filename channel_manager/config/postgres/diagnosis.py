"""What PostgreSQL's complaints mean for the person at the terminal."""

from channel_manager.config.postgres.locations import Locations

MEANINGS = (
    ("No space left on device", "The disk that holds {folder} is full. Make room, then start again."),
    ("Check free disk space", "The disk that holds {folder} is full. Make room, then start again."),
    ("Disk quota exceeded", "The disk quota of {folder} is used up. Make room, then start again."),
    ("Read-only file system", "{folder} lies on a read-only file system. Set CHANNEL_MANAGER_DATA to another folder."),
    (
        "could not look up effective user ID",
        "The account that should run PostgreSQL is not in /etc/passwd. Add it, or set CHANNEL_MANAGER_POSTGRES_USER.",
    ),
    (
        "has invalid permissions",
        "The file system of {folder} does not keep permissions. Set CHANNEL_MANAGER_DATA to a folder on a Linux disk.",
    ),
    ("has wrong ownership", "The files in {folder} belong to several users. Give them all to one (chown -R)."),
    ("Cannot allocate memory", "There is not enough free memory for the database (about 200 MB)."),
    (
        "invalid value for parameter",
        "CHANNEL_MANAGER_POSTGRES_OPTIONS holds a value that PostgreSQL refuses.",
    ),
    (
        "unrecognized configuration parameter",
        "CHANNEL_MANAGER_POSTGRES_OPTIONS holds an option that PostgreSQL does not know.",
    ),
    (
        "Permission denied",
        "PostgreSQL may not read or write its files in {folder}. They must belong to the account that runs it.",
    ),
)


def diagnose(output: str, places: Locations, intention: str) -> str:
    """A sentence on what to do, then the last lines PostgreSQL wrote."""
    meaning = next((text for sign, text in MEANINGS if sign in output), "")
    last = "\n".join(f"  {line}" for line in output.strip().splitlines()[-8:])
    return f"PostgreSQL could not {intention}. {meaning.format(folder=places.folder)}\n{last}\nIts log: {places.log}"
