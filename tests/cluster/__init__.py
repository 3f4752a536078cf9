"""The system as docker-compose has it, without containers: a production Temporal server of several
processes on a Postgres server, and our own programs on it, told what docker-compose tells them."""
