"""What an API is told that many are played to by few."""

UNCOUNTED = {
    "FILING_RATE": "0",
    "UNACTIONABLE_RATE": "0",
    "COMMAND_RATE": "0",
    "READ_RATE": "0",
    "METRICS_PORT": "0",
}
