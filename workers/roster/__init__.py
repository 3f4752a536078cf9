"""Which workflows and activities work on which queue: a module a queue, named after it."""

from collections.abc import Sequence

from workers.roster import tickets

WORKFLOWS: Sequence[type] = (*tickets.WORKFLOWS,)
"""Of all queues: whatever a history may be of."""
