"""The picture of a run: one HTML file with one drawing in it, which asks nobody for anything."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from tests.chaos.history import Outage
from tests.soak.history import Act, Op, Outcome
from tests.soak.report import last_line, report
from tests.soak.run import Order
from tests.soak.run import Outcome as Ran

WIDTH, LEFT, RIGHT = 1200, 70, 20
RATE_AT, RATE_HIGH = 30, 200
LATENCY_AT, LATENCY_HIGH = 280, 200
FAULTS_AT, ROW = 530, 14
SAID = {Act.CANCEL: "cancelled", Act.REPORT: "reported"}
"""What has a row of its own: a mark for each that was acknowledged."""
BUCKETS = 240
"""Columns into which the time of a run is parted."""
STYLE = """body{font:14px/1.4 system-ui,sans-serif;margin:24px;max-width:1240px;color:#1c2430}
h1{font-size:20px}.ok{color:#14713d}.broken{color:#b3261e}pre{white-space:pre-wrap;font-size:12px}
svg text{font:11px system-ui,sans-serif;fill:#3c4654}.ok-bar{fill:#2d7dd2}.info-bar{fill:#e08e2b}
.fail-bar{fill:#9aa5b1}.p50{stroke:#14713d}.p99{stroke:#b3261e}.line{fill:none;stroke-width:1.5}
.fault{fill:#b3261e;opacity:.75}.shade{fill:#b3261e;opacity:.05}.axis{stroke:#c4ccd6}
.cancel-mark{fill:#7a4fbf}.report-mark{fill:#14713d}
.phase{stroke:#5b6776;stroke-dasharray:4 3}"""


def page(order: Order, outcome: Ran, at: Path) -> Path:
    """Write it; where it is."""
    line = last_line(order, outcome)
    kind = "ok" if line.startswith("OK") else "broken"
    lines = escape("\n".join(report(order, outcome)))
    at.write_text(
        f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Soak, seed {order.seed}</title><style>{STYLE}</style></head><body>
<h1 class="{kind}">{escape(line)}</h1>
<p>Seed {order.seed}. Above: calls a second by what their callers know then (blue ok, orange nobody
knows, grey refused). In the middle: seconds until an answer (green the median, red 99 of 100).
Below: what was said to tickets afterwards and acknowledged, and who was away.</p>
{drawing(outcome)}
<pre>{lines}</pre></body></html>
""",
        encoding="utf-8",
    )
    return at


def drawing(outcome: Ran) -> str:
    """The SVG."""
    history = outcome.history
    end = max([op.until for op in history.ops] + [at for _, at in outcome.phases] + [1.0])
    programs = sorted({outage.program for outage in history.outages})
    high = FAULTS_AT + ROW * (len(SAID) + len(programs)) + 40
    parts = [
        *_shades(history.outages, end, high),
        *_phases(outcome.phases, end, high),
        *_rates(history.ops, end),
        *_latencies(history.ops, end),
        *_said(history.ops, end),
        *_faults(history.outages, programs, end),
        *_seconds(end, high),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" '
        f'role="img" aria-label="Throughput, latency and faults over time">{"".join(parts)}</svg>'
    )


def _x(at: float, end: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * min(at, end) / end, 1)


def _bar(kind: str, x: float, y: float, width: float, height: float, title: str = "") -> str:
    said = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" '
        f'height="{max(height, 0):.1f}">{said}</rect>'
    )


def _rates(ops: Sequence[Op], end: float) -> Iterator[str]:
    """Stacked columns: how many calls ended in each stretch of time."""
    width = end / BUCKETS
    counts = [dict.fromkeys(Outcome, 0) for _ in range(BUCKETS)]
    for op in ops:
        counts[_bucket(op.until, end)][op.outcome] += 1
    most = max(max(sum(count.values()) for count in counts), 1)
    yield from _axis(RATE_AT, RATE_HIGH, f"{most / width:.0f}/s")
    for number, count in enumerate(counts):
        x, y = _x(number * width, end), float(RATE_AT + RATE_HIGH)
        for outcome in Outcome:
            height = RATE_HIGH * count[outcome] / most
            y -= height
            if height:
                columns = (WIDTH - LEFT - RIGHT) / BUCKETS
                yield _bar(f"{outcome}-bar", x, y, columns, height)


def _latencies(ops: Sequence[Op], end: float) -> Iterator[str]:
    """Two lines: the median and the 99th of a hundred of what was filed and answered."""
    took: list[list[float]] = [[] for _ in range(BUCKETS)]
    for op in ops:
        if op.act is Act.FILE and op.outcome is Outcome.OK:
            took[_bucket(op.at, end)].append(op.seconds)
    most = max((max(seconds) for seconds in took if seconds), default=1.0)
    yield from _axis(LATENCY_AT, LATENCY_HIGH, f"{most:.1f} s")
    for kind, share in (("p50", 50), ("p99", 99)):
        points = []
        for number, seconds in enumerate(took):
            if seconds:
                value = sorted(seconds)[len(seconds) * share // 100]
                x = _x((number + 0.5) * end / BUCKETS, end)
                points.append(f"{x},{LATENCY_AT + LATENCY_HIGH * (1 - value / most):.1f}")
        yield f'<polyline class="line {kind}" points="{" ".join(points)}"/>'


def _said(ops: Sequence[Op], end: float) -> Iterator[str]:
    for number, (act, name) in enumerate(SAID.items()):
        y = FAULTS_AT + ROW * number
        yield f'<text x="4" y="{y + 10}">{name}</text>'
        for op in ops:
            if op.act is act and op.outcome is Outcome.OK:
                yield _bar(f"{act}-mark", _x(op.until, end), y + 2, 1, ROW - 4)


def _faults(outages: Sequence[Outage], programs: list[str], end: float) -> Iterator[str]:
    """A row for everybody who was ever away."""
    for number, program in enumerate(programs):
        y = FAULTS_AT + ROW * (len(SAID) + number)
        yield f'<text x="4" y="{y + 10}">{escape(program[:13])}</text>'
        for outage in outages:
            if outage.program == program:
                until = end if outage.until is None else outage.until
                x, title = _x(outage.since, end), f"{outage.kind} of {program}"
                width = _x(until, end) - x
                yield _bar("fault", x, y + 2, width, ROW - 4, f"{title} at {outage.since:.1f} s")


def _shades(outages: Sequence[Outage], end: float, high: int) -> Iterator[str]:
    for outage in outages:
        until = end if outage.until is None else outage.until
        x = _x(outage.since, end)
        yield _bar("shade", x, RATE_AT, _x(until, end) - x, high - RATE_AT - 30)


def _phases(phases: Sequence[tuple[str, float]], end: float, high: int) -> Iterator[str]:
    for name, at in phases:
        x = _x(at, end)
        yield f'<line class="phase" x1="{x}" y1="12" x2="{x}" y2="{high - 30}"/>'
        yield f'<text x="{x + 3}" y="20">{escape(name)}</text>'


def _axis(at: int, high: int, most: str) -> Iterator[str]:
    below = at + high
    yield f'<line class="axis" x1="{LEFT}" y1="{at}" x2="{LEFT}" y2="{below}"/>'
    yield f'<line class="axis" x1="{LEFT}" y1="{below}" x2="{WIDTH - RIGHT}" y2="{below}"/>'
    yield f'<text x="{LEFT - 6}" y="{at + 10}" text-anchor="end">{most}</text>'
    yield f'<text x="{LEFT - 6}" y="{below}" text-anchor="end">0</text>'


def _seconds(end: float, high: int) -> Iterator[str]:
    for tenth in range(11):
        at = end * tenth / 10
        yield f'<text x="{_x(at, end)}" y="{high - 12}" text-anchor="middle">{at:.0f} s</text>'


def _bucket(at: float, end: float) -> int:
    return min(int(BUCKETS * at / end), BUCKETS - 1)
