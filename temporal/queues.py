"""Task queues: where the work waits for a worker."""

TICKETS = "tickets"
"""Ticket and billing workflows, and the database activities they make."""
