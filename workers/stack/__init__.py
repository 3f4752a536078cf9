"""The servers a laptop does not have, started and kept alive; nobody else knows of it."""
