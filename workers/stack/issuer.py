"""The laptop's own issuer of tokens, in the place of a company's identity provider.

`python -m workers.stack.issuer serve` publishes its key, lets people log in at the desk and hands
out tokens to whoever asks, on the loopback interface only; `python -m workers.stack.issuer token
--role expert` prints one. Nobody else knows of it: API and desk believe any issuer they are pointed
at.
"""

import argparse
import json
import sys
from urllib.request import urlopen

from workers.stack.environment import DESK_CLIENT, desk_url, issuer_url
from workers.stack.home import Home
from workers.stack.issuer_http import serve
from workers.stack.issuer_key import SUBJECTS, Issuer
from workers.stack.issuer_login import Logins
from workers.stack.ports import Ports
from workers.stack.refusal import CannotStart


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m workers.stack.issuer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="publish the key set, let people log in, hand out tokens")
    token = commands.add_parser("token", help="print a token")
    token.add_argument("--role", required=True, choices=SUBJECTS)
    token.add_argument("--subject", help="whose; without it, the first of that role")
    arguments = parser.parse_args()
    try:
        ports = Ports.from_environment()
        issuer = Issuer(Home.from_environment(), issuer_url(ports))
        if arguments.command == "serve":
            logins = Logins(DESK_CLIENT, f"{desk_url(ports)}/oidc/callback")
            serve(issuer, logins, ports.issuer)
        else:
            ensure_known(issuer)
            print(issuer.token(arguments.role, arguments.subject))
    except CannotStart as refusal:
        print(f"cannot {arguments.command}: {refusal}", file=sys.stderr)
        return 1
    return 0


def ensure_known(issuer: Issuer) -> None:
    """Make no key that nobody knows, and sign with none that the running stack does not know.

    Raises:
        CannotStart: there is no key here, or another stack listens where ours would.
    """
    if not issuer.has_key:
        raise CannotStart(
            f"no stack was started in {issuer.home.path} yet, so none knows its tokens: start it "
            "there with `make run`, or export the SYSOPS_HOME and the ports that it was given"
        )
    try:
        with urlopen(f"{issuer.url}/.well-known/jwks.json", timeout=2) as answer:  # noqa: S310
            published = json.load(answer)["keys"]
    except (OSError, ValueError, KeyError):
        return
    if issuer.key_set()["keys"][0]["kid"] not in {key.get("kid") for key in published}:
        raise CannotStart(
            f"the stack at {issuer.url} has another key than {issuer.home.path}: export the "
            "SYSOPS_HOME that it was given, or start it again if its key was removed"
        )


if __name__ == "__main__":
    sys.exit(main())
