"""An API served as it is in production, on a port of the test's."""

import uvicorn
from fastapi import FastAPI

from api.http.connection import IDLE, Connection


def served(app: FastAPI, port: int) -> uvicorn.Config:
    """How an API is served."""
    return uvicorn.Config(
        app,
        port=port,
        http=Connection,
        timeout_keep_alive=IDLE,
        log_config=None,
        access_log=False,
    )
