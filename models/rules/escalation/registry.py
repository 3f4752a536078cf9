"""The reasons for asking a person, one module a family: its facts, its decisions, its text.

A new reason is a member of `EscalationReason`, a doubt in `doubts.py` beside this file, and a
module here.
"""

from collections.abc import Mapping

from models.escalation import EscalationReason
from models.rules.escalation import appliance, attendance, coverage, matching, message, papers
from models.rules.escalation.kind import Kind

KINDS: Mapping[EscalationReason, Kind] = {
    reason: module.KIND
    for module in (matching, coverage, appliance, papers, attendance, message)
    for reason in module.KIND.reasons
}
