"""Change the rules one by one and see which changes no test notices: `make mutants`."""

import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from tests.mutants.verdict import LEAST, mutants_of, share_killed, told

MUTMUT = str(Path(sys.executable).with_name("mutmut"))
COPIES = Path("mutants")
LOG = COPIES / "run.log"


def main(only: str) -> int:
    """Run every mutant whose name matches `only` against the rules' own tests and print what
    survived; 1, if more did than may."""
    shutil.rmtree(COPIES, ignore_errors=True)
    COPIES.mkdir()
    with LOG.open("w") as log:
        run = subprocess.run([MUTMUT, "run", only], stdout=log, stderr=subprocess.STDOUT)
    if run.returncode:
        print(f"mutmut could not run, see {LOG}", file=sys.stderr)
        return run.returncode
    results = subprocess.run(
        [MUTMUT, "results", "--all", "true"], capture_output=True, text=True, check=True
    ).stdout
    mutants = [m for m in mutants_of(results.splitlines()) if fnmatch(m.name, only)]
    print(*told(mutants), sep="\n")
    print(f"{MUTMUT} show NAME prints what was changed")
    return int(share_killed(mutants) < LEAST)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or ["*"]))
