"""`python -m workers.prepare`: the database brought up to this version and filled with the
reference data that is missing. Run before every start; done twice, done once."""

import sys

from models.catalogue.catalogue import load
from models.db.catalogue.reference import ReferenceRepository
from models.db.engine import Database
from models.db.migrate import migrate
from models.settings.processes import DatabaseSettings


def main() -> None:
    """Migrate, then load what is missing."""
    url = DatabaseSettings.from_environment().database.url
    migrate(url)
    database = Database(url, pool_size=1)
    with database.unit_of_work() as session:
        new = ReferenceRepository(session).load_missing(load())
    print(f"database ready; {new} new rows of reference data")
    database.close()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
