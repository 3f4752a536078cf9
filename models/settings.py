"""What the environment decides, read once per process and handed down.

`VARIABLES` is the one table of them; `docs/settings.md` prints it and a test compares the two.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from models.base import Value


class Variable(NamedTuple):
    """An environment variable, the field it fills and what it is for."""

    field: str
    meaning: str


VARIABLES: Mapping[str, Variable] = {
    "DATABASE_URL": Variable("database_url", "Postgres: `postgresql://user:password@host/db`"),
    "TEMPORAL_ADDRESS": Variable("temporal_address", "Temporal frontend, `host:port`"),
    "TEMPORAL_NAMESPACE": Variable("temporal_namespace", "Temporal namespace"),
    "TEMPORAL_API_KEY": Variable("temporal_api_key", "API key of a managed Temporal; implies TLS"),
    "TEMPORAL_TLS": Variable("temporal_tls", "`true` to speak TLS with Temporal"),
    "WORKFLOW_SANDBOX": Variable(
        "workflow_sandbox", "`true` to run workflows under Temporal's guard, as tests do"
    ),
    "TEMPORAL_UI_URL": Variable("temporal_ui_url", "where people open the Temporal UI"),
    "API_PUBLIC_URL": Variable("api_public_url", "where people reach the API; stands in links"),
    "API_HOST": Variable("api_host", "address the API listens on"),
    "API_PORT": Variable("api_port", "port the API listens on"),
    "DESK_PUBLIC_URL": Variable("desk_public_url", "where the helpdesk reaches the desk"),
    "DESK_HOST": Variable("desk_host", "address the desk listens on"),
    "DESK_PORT": Variable("desk_port", "port the desk listens on"),
    "TEMPORAL_UI_INTERNAL_URL": Variable(
        "temporal_ui_internal_url", "where the desk reaches the Temporal UI; nobody else should"
    ),
    "OIDC_ISSUER_URL": Variable(
        "oidc_issuer_url", "OpenID provider that the helpdesk logs in at; none: `JWT_ISSUER`"
    ),
    "OIDC_CLIENT_ID": Variable("oidc_client_id", "what the provider calls the desk"),
    "OIDC_CLIENT_SECRET": Variable("oidc_client_secret", "its secret there, if it has one"),
    "OIDC_AUTHORIZE_URL": Variable(
        "oidc_authorize_url", "login page of a provider that does not describe itself"
    ),
    "OIDC_TOKEN_URL": Variable(
        "oidc_token_url", "its token endpoint; its keys are then at `JWKS_URL`"
    ),
    "JWKS_URL": Variable("jwks_url", "keys that tokens are verified with; `https://` or `file://`"),
    "JWKS_CACHE_FILE": Variable("jwks_cache_file", "last known keys, for starts with issuer down"),
    "JWT_ISSUER": Variable("jwt_issuer", "`iss` that tokens must carry"),
    "JWT_AUDIENCE": Variable("jwt_audience", "`aud` that tokens must carry"),
    "INTAKE_KEY_DIRECTORY": Variable(
        "intake_key_directory", "weekly intake keys; API and workers share it"
    ),
    "COMMAND_LOG_DIRECTORY": Variable(
        "command_log_directory", "what was sent and has no answer yet; a local disk that lasts"
    ),
    "LINK_SECRET": Variable("link_secret", "signs links in messages and the desk's sessions"),
    "SMS_GATEWAY": Variable("sms_gateway", "`folder` or `twilio`"),
    "EMAIL_GATEWAY": Variable("email_gateway", "`folder` or `smtp`"),
    "OUTBOX_DIRECTORY": Variable("outbox_directory", "where the `folder` gateways write"),
    "TWILIO_ACCOUNT_SID": Variable("twilio_account_sid", "Twilio account"),
    "TWILIO_AUTH_TOKEN": Variable("twilio_auth_token", "Twilio secret"),
    "TWILIO_SENDER": Variable("twilio_sender", "number or service that texts come from"),
    "TWILIO_BASE_URL": Variable("twilio_base_url", "another Twilio endpoint, for tests"),
    "SMTP_HOST": Variable("smtp_host", "mail server"),
    "SMTP_PORT": Variable("smtp_port", "its port"),
    "SMTP_USERNAME": Variable("smtp_username", "its account, if it wants one"),
    "SMTP_PASSWORD": Variable("smtp_password", "its password"),
    "SMTP_STARTTLS": Variable("smtp_starttls", "`false` to speak plain text"),
    "EMAIL_SENDER": Variable("email_sender", "address that mail comes from"),
    "HELPDESK_EMAIL": Variable("helpdesk_email", "where escalations are announced"),
    "MANAGER_EMAIL": Variable("manager_email", "where the second level is told; none: helpdesk"),
    "ADMIN_EMAIL": Variable("admin_email", "where the third level is told; none: helpdesk"),
    "FAILPOINTS": Variable("failpoints", "socket that fault tests listen at; none in production"),
    "LOG_FORMAT": Variable("log_format", "`json` or `console`"),
    "LOG_LEVEL": Variable("log_level", "`debug`, `info`, `warning` or `error`"),
}


class Settings(Value):
    """The environment, typed."""

    database_url: str
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_api_key: str | None = None
    temporal_tls: bool = False
    workflow_sandbox: bool = False
    temporal_ui_url: str = "http://127.0.0.1:8233"
    api_public_url: str = "http://127.0.0.1:8080"
    api_host: str = "127.0.0.1"
    api_port: int = 8080
    desk_public_url: str = "http://127.0.0.1:8088"
    desk_host: str = "127.0.0.1"
    desk_port: int = 8088
    temporal_ui_internal_url: str = "http://127.0.0.1:8233"
    oidc_issuer_url: str | None = None
    oidc_client_id: str = "sysops-desk"
    oidc_client_secret: str | None = None
    oidc_authorize_url: str | None = None
    oidc_token_url: str | None = None
    jwks_url: str
    jwks_cache_file: Path | None = None
    jwt_issuer: str
    jwt_audience: str = "sysops-squad"
    intake_key_directory: Path
    command_log_directory: Path = Path("command-log")
    link_secret: str
    sms_gateway: Literal["folder", "twilio"] = "folder"
    email_gateway: Literal["folder", "smtp"] = "folder"
    outbox_directory: Path = Path("outbox")
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_sender: str = ""
    twilio_base_url: str | None = None
    smtp_host: str = "localhost"
    smtp_port: int = 587
    smtp_username: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = True
    email_sender: str = "service@sysops-squad.example"
    helpdesk_email: str = "helpdesk@sysops-squad.example"
    manager_email: str | None = None
    admin_email: str | None = None
    failpoints: str | None = None
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """The settings that the environment holds.

        Raises:
            SystemExit: naming every variable that is missing or wrong, one line each.
        """
        given = os.environ if environment is None else environment
        values = {v.field: given[name] for name, v in VARIABLES.items() if given.get(name)}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            names = {v.field: name for name, v in VARIABLES.items()}
            lines = [f"{names[str(e['loc'][0])]}: {e['msg']}" for e in error.errors()]
            raise SystemExit("\n".join(lines)) from None
