"""The bench's figures, as a person reads them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.history import Trace

Histories = Mapping[str, tuple[Trace, Trace]]


@dataclass
class Round:
    """Some tickets of one party: how long they took, and whose CPU they used, in seconds."""

    party: str
    tickets: int
    seconds: float
    used: Mapping[str, float]


def print_lives(
    rounds: Sequence[Round], lives: Mapping[str, Sequence[float]], at_once: int
) -> None:
    """Throughput and CPU, with the ratios and how far they spread over the cycles."""
    cycles = sum(r.party == "floor" for r in rounds)
    print(f"\nA one-visit ticket with one proposal, from start to bill; {at_once} at once,")
    print(f"{cycles} x {rounds[0].tickets} tickets each; the ratio is ours / floor")
    print(f"(in brackets the ratios of the {cycles} cycles, lowest to highest)\n")
    heads = f"{'ours':>9}{'floor':>9}   {'ratio':21}{'to reach':12}{'hasty':>9}   ratio"
    print(f"{'':24}{heads}")
    _line(rounds, "tickets/s", lambda r: r.tickets / r.seconds, "≥ 0.75")
    ours, bare, hasty = (median(lives[party]) for party in PARTIES)
    print(f"{'one life, median, s':24}{ours:9.2f}{bare:9.2f}{'':36}{hasty:9.2f}")
    for title, of, goal in (
        ("worker", ("worker",), "≤ 1.5"),
        ("relay", ("relay",), ""),
        ("both", ("worker", "relay"), ""),
        ("server", ("server",), ""),
        ("postgres", ("postgres",), ""),
        ("client", ("client",), ""),
    ):
        _line(rounds, f"{title} CPU ms/ticket", _cpu(*of), goal)
    print(FLOORS)


FLOORS = """
floor: a bare, unsandboxed workflow in its own worker; the same start and seven updates with the
same payloads, the same two timers; one SQL statement for booking (exclusion constraint) and each
later message, two for admission; intents and survey in these statements, and a bare sender in its
own process; billing started as a workflow with one insert. What books, bills or tells is an
ordinary activity, as ours is, the rest a local one. No rules, texts or search attributes. hasty:
the same floor with local activities only."""
PARTIES = ("ours", "floor", "hasty")


def _line(rounds: Sequence[Round], title: str, figure: Callable[[Round], float], goal: str) -> None:
    by = {party: [figure(r) for r in rounds if r.party == party] for party in PARTIES}
    mean = {party: sum(values) / len(values) for party, values in by.items()}
    # CPU is told in hundredths of a second: of a sender it may be none in a whole round.
    each = [a / b for a, b in zip(by["ours"], by["floor"], strict=True) if b] or [0.0]
    spread = f"{mean['ours'] / mean['floor']:.2f} ({min(each):.2f}-{max(each):.2f})"
    hasty = f"{mean['ours'] / mean['hasty']:.2f}" if mean["hasty"] else "-"
    print(
        f"{title:24}{mean['ours']:9.1f}{mean['floor']:9.1f}   {spread:<21}{goal:12}"
        f"{mean['hasty']:9.1f}   {hasty}"
    )


def _cpu(*names: str) -> Callable[[Round], float]:
    return lambda r: sum(r.used[name] for name in names) / r.tickets * 1000


def print_accept(filed: Sequence[float], started: Sequence[float]) -> None:
    """Latencies of accepting a ticket."""
    print(f"\nAccepting a ticket, {len(filed)} of each in turn, one at a time, no worker running\n")
    print(f"{'':24}{'POST':>9}{'':10}{'bare':>9}   ratio                     to reach")
    for title, part, goal in (("p50 ms", 0.5, "≤ 1.5"), ("p99 ms", 0.99, "")):
        ours, bare = (sorted(v)[int(part * (len(v) - 1))] * 1000 for v in (filed, started))
        print(f"{title:24}{ours:9.1f}{'':10}{bare:9.1f}   {ours / bare:.2f}{'':22}{goal}")


def print_histories(read: Histories) -> None:
    """Events, bytes and billable actions of one ticket, and of its billing workflow."""
    columns = [read["ours"][0], read["ours"][1], read["floor"][0], read["floor"][1]]
    print(f"\nWhat one ticket leaves in Temporal, mean of {columns[0].workflows}\n")
    print(f"{'':34}{'ours':>9}{'+billing':>10}{'= sum':>9}{'floor':>10}{'+billing':>10}")
    _row("history events (≤ 70)", [c.per_workflow(c.events.total()) for c in columns])
    _row("history bytes, protobuf", [c.per_workflow(c.protobuf) for c in columns])
    _row("history bytes, JSON", [c.per_workflow(c.json) for c in columns])
    _row("billable actions (≤ 25)", [c.per_workflow(c.actions.total()) for c in columns])
    for kind in dict.fromkeys(k for c in columns for k in c.actions):
        _row(f"  {kind}", [c.per_workflow(c.actions[kind]) for c in columns])
    print("events by kind")
    for kind in dict.fromkeys(k for c in columns for k in c.events):
        _row(f"  {kind.lower()[:30]}", [c.per_workflow(c.events[kind]) for c in columns])


def _row(title: str, of: Sequence[float]) -> None:
    print(f"{title:34}{of[0]:9.1f}{of[1]:10.1f}{of[0] + of[1]:9.1f}{of[2]:10.1f}{of[3]:10.1f}")
