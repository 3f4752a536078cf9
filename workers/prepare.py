"""`python -m workers.prepare`: the database brought up to this version and filled with the
reference data that is missing. Run before every start; done twice, done once."""

import sys
from datetime import UTC, datetime

from models.db.engine import Database
from models.db.migrate import migrate
from models.db.repositories.reference import ReferenceRepository
from models.reference.catalogue import load
from models.settings import Settings
from temporal.sealing import IntakeKeyring


def main() -> None:
    """Migrate, load what is missing, destroy the intake keys whose time is over."""
    settings = Settings.from_environment()
    migrate(settings.database_url)
    database = Database(settings.database_url, pool_size=1)
    with database.unit_of_work() as session:
        new = ReferenceRepository(session).load_missing(load())
    destroyed = IntakeKeyring(settings.intake_key_directory).destroy_old(datetime.now(UTC))
    print(f"database ready; {new} new rows of reference data; {len(destroyed)} old keys destroyed")
    database.close()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
