"""Escape with noise: Kramers' law for Gaussian noise, and what replaces the bar for mini-batches.

Claim: (a) With Gaussian noise the logarithm of the mean escape time, against the inverse
temperature, is a line whose slope is the length of the bar, also where the nearest pass is lower
than the end of the bar. (b) With mini-batch noise the length over the mean temperature misses. The
rise of the quasi-potential `2 p' / (lr V(x))` tells the times where the noise is symmetric; where
it is skewed, the root of the cumulant function of a step does. (c) A learning rate that is not
small shortens the times, by more than ten, as the exact chain of steps says.
Source: Section 9 of the paper (lengths as activation energies of the Arrhenius law).
Tolerance: (a) the slopes of exact times within 3 % of the length, where there is one pass at the
temperatures of the walks, where there are two at lower ones; the measured slopes and times within
four standard errors of the exact ones; (b) every logarithm of a time within 0.2 of the prediction,
of which four standard errors are 0.13; the plain length must miss by more; (c) every time within
four standard errors of the exact one.
"""

import math
import time

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.escape.noise.kramers import action, barrier, kramers_line, log_kramers_steps
from morseloss.escape.noise.langevin import log_chain_steps, log_diffusion_steps
from morseloss.escape.noise.noisy_descent import BatchDescent, GaussianDescent
from morseloss.escape.noise.passage import escape_times
from morseloss.escape.noise.valley import valley
from validation.report import Outcome

TITLE = "Escape with noise: log time over 1/T has the bar as slope; batches see a quasi-potential"
WALKS = 1000
BATCH_WALKS = 1000
COLD = (20.0, 25.0, 30.0)  # where only the exact times are within reach
EXPONENTS = (4.0, 5.0, 6.0, 7.0)  # length of the bar over the temperature
STIFFNESS = 0.2  # learning rate times the curvature at the minimum
STIFF = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6)  # the same, until steps overshoot
LANDSCAPES = (  # name, roots of the derivative, its scale, start
    ("long bar", (-1.0356, 0.0754, 0.9601), 4.0, 0.96),
    ("short bar", (-1.0977, 0.2386, 0.8591), 4.0, 0.86),
    ("flat on one side", (-0.9, -0.5, 0.0, 0.6, 0.61), 6.0, 0.0),
    ("two passes", (0.0, 0.5, 0.7, 1.6, 2.3), 8.0, 0.0),
)
BASE, START = {4: 1.0, 2: -2.0, 1: 0.3}, 0.96
PROFILES = (("even", (1.0,)), ("hot at the minimum", (0.8, 1.0)), ("hot at the pass", (2.0, -1.0)))
KINDS = ("symmetric", "skewed to the pass", "skewed away")
PARTS, BATCH = 15, 1
COLOURS = ("#17324d", "#a63d17", "#5d7a3a", "#6a4c93")
WARMTH, LR = 0.14, 0.01  # mean temperature on the way up, and learning rate, of every finite sum


def run(seed: int) -> Outcome:
    """Walk out of four landscapes with Gaussian noise, and of nine finite sums."""
    generator = torch.Generator().manual_seed(seed)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = [gaussian(*row, generator) for row in LANDSCAPES]
        sums = [finite_sum(kind, *profile, generator) for kind in KINDS for profile in PROFILES]
        stiff = [overshooting(at, generator) for at in STIFF]
    finally:
        torch.set_num_threads(threads)
    # the first walks wait for the compiler
    speed = sum(sum(r["total"]) for r in rows[1:]) / sum(r["seconds"] for r in rows[1:])
    systematic = max(
        abs(r["cold_slope" if r["passes"] > 1 else "exact_slope"] / r["length"] - 1) for r in rows
    )
    slopes = max(abs(r["slope"] - r["chain_slope"]) / r["error"] for r in rows)
    times = max(
        float(np.max(np.abs(np.subtract(r["logs"], r["chain"])) / r["errors"])) for r in rows
    )
    coarse = max(abs(r["log"] - r["chain"]) / r["error"] for r in stiff)
    least = math.exp(min(r["chain"] - r["exact"] for r in stiff))
    off = {name: max(abs(s["log"] - s[name]) for s in sums) for name in ("plain", "action")}
    even = [abs(s["log"] - s["diffusion"]) for s in sums if s["kind"] == "symmetric"]
    odd = [abs(s["log"] - s["diffusion"]) for s in sums if s["kind"] != "symmetric"]
    ratios = ", ".join(f"{r['slope'] / r['length']:.3f}" for r in rows)
    return Outcome(
        "exact slopes within 3 % of the bar (colder where it spans two passes), walks within 4 "
        "errors of exact; batches within 0.2 in log time, the plain bar not",
        f"slope/bar {ratios} (each ± "
        f"{max(r['error'] / r['length'] for r in rows):.3f}; exact off by {systematic:.1%} at "
        f"most), slopes within {slopes:.1f} and times within {times:.1f} errors; batches: action "
        f"off by {off['action']:.2f}, quasi-potential by {max(even):.2f} where symmetric and "
        f"{max(odd):.2f} where skewed, plain bar by {off['plain']:.2f} (a factor of "
        f"{math.exp(off['plain']):.0f}); lr x curvature up to {max(STIFF)} shortens times to "
        f"{least:.3f} of the diffusion's, walks within {coarse:.1f} errors of "
        f"that; {speed / 1e6:.0f} million steps/s on one thread",
        bool(
            systematic <= 0.03 and max(slopes, times, coarse) <= 4
            and off["action"] <= 0.2 and max(even) <= 0.2 and off["plain"] > 0.2
        ),
        {"rows": rows, "sums": sums, "stiff": stiff, "steps_per_second": speed},
    )  # fmt: skip


def gaussian(
    name: str, roots: tuple[float, ...], scale: float, start: float, generator: torch.Generator
) -> dict:
    """Mean escape times at a few temperatures, and the slopes through them."""
    curve = scale * np.polynomial.Polynomial.fromroots(roots).integ()
    landscape = ml.Polynomial({power: float(c) for power, c in enumerate(curve.coef)})
    around = valley(landscape, start)
    length = bar_length(landscape, around.minimum)
    lr = STIFFNESS / float(curve.deriv(2)(around.minimum))
    inverse = np.array(EXPONENTS) / length
    descents = [GaussianDescent(landscape, lr, math.sqrt(2 / (lr * at))) for at in inverse]
    began = time.perf_counter()
    times = [escape_times(d, around.minimum, WALKS, generator=generator) for d in descents]
    seconds = time.perf_counter() - began
    logs = np.log([t.mean for t in times])
    errors = np.array([t.escaped.sum() ** -0.5 for t in times])
    chain = np.array([log_chain_steps(d, around.minimum) for d in descents])
    exact = np.array([log_diffusion_steps(d, around.minimum) for d in descents])
    line = kramers_line(inverse, logs, errors)
    low, high = sorted((around.minimum, around.saddle))
    within = [at for at in roots if low - 1e-6 <= at <= high + 1e-6]
    passed = [at for at in within if curve.deriv(2)(at) < 0]
    return {
        "name": name,
        "terms": {str(power): c for (power,), c in landscape.terms.items()},
        "passes": len(passed),
        "nearest": float(curve(min(passed, key=lambda at: abs(at - around.minimum))))
        - around.value,
        "minimum": around.minimum,
        "saddle": around.saddle,
        "ends": [around.left, around.right],
        "length": length,
        "lr": lr,
        "inverse": inverse.tolist(),
        "logs": logs.tolist(),
        "errors": errors.tolist(),
        "chain": chain.tolist(),
        "exact": exact.tolist(),
        "kramers": log_kramers_steps(descents[0], around.minimum) - EXPONENTS[0],
        "slope": line.slope,
        "error": line.error,
        "exact_slope": kramers_line(inverse, exact, errors).slope,
        "chain_slope": kramers_line(inverse, chain, errors).slope,
        "cold_slope": cold_slope(landscape, lr, around.minimum, length),
        "seconds": seconds,
        "total": [int(t.steps.sum()) for t in times],
    }


def overshooting(stiffness: float, generator: torch.Generator) -> dict:
    """Measured and exact times at a learning rate that is small or not."""
    landscape = ml.Polynomial(BASE)
    around = valley(landscape, START)
    point = torch.tensor([[around.minimum]], dtype=torch.float64)
    lr = stiffness / float(landscape.hessian(point))
    descent = GaussianDescent(landscape, lr, math.sqrt(2 * around.length / EXPONENTS[1] / lr))
    times = escape_times(descent, around.minimum, WALKS, generator=generator)
    return {
        "stiffness": stiffness,
        "log": math.log(times.mean),
        "error": max(float(times.steps.std()) / times.mean * WALKS**-0.5, 1e-6),
        "chain": log_chain_steps(descent, around.minimum),
        "exact": log_diffusion_steps(descent, around.minimum),
    }


def cold_slope(landscape: ml.Polynomial, lr: float, start: float, length: float) -> float:
    """Slope through exact times at temperatures too low to walk at."""
    inverse = np.array(COLD) / length
    descents = [GaussianDescent(landscape, lr, math.sqrt(2 / (lr * at))) for at in inverse]
    logs = np.array([log_diffusion_steps(descent, start) for descent in descents])
    return kramers_line(inverse, logs, np.ones(len(COLD))).slope


def bar_length(landscape: ml.Polynomial, minimum: float) -> float:
    """Length of the bar born at the minimum, from the Morse complex."""
    points = ml.critical_points(landscape)
    bars = ml.morse_complex(landscape, points).diagram()
    cell = int((points.points[:, 0] - minimum).abs().argmin())
    return float(bars.lifetimes[bars.birth_cells == cell][0])


def finite_sum(
    kind: str, name: str, profile: tuple[float, ...], generator: torch.Generator
) -> dict:
    """Measured and predicted logarithms of the escape time from one finite sum."""
    descent = BatchDescent(parts_of(kind, profile), LR, BATCH)
    around = valley(descent.landscape, START)
    times = escape_times(descent, around.minimum, BATCH_WALKS, generator=generator)
    length, rise = bar_length(ml.Polynomial(BASE), around.minimum), barrier(descent, around.minimum)
    theta = action(descent, around.minimum)
    even = GaussianDescent(ml.Polynomial(BASE), LR, math.sqrt(2 * WARMTH / LR))
    exact = log_diffusion_steps(descent, around.minimum)
    return {
        "kind": kind,
        "name": name,
        "log": math.log(times.mean),
        "error": float(times.escaped.sum()) ** -0.5,
        "bar": length / WARMTH,
        "rise": rise,
        "theta": theta,
        "plain": log_diffusion_steps(even, around.minimum),
        "diffusion": exact,
        "action": exact + theta - rise,
    }


def parts_of(kind: str, profile: tuple[float, ...]) -> list[ml.Polynomial]:
    """Parts whose mean is BASE, and whose noise follows the profile at the mean temperature."""
    from scipy.stats import norm

    shares = norm.ppf((np.arange(PARTS) + 0.5) / PARTS)
    if kind != "symmetric":
        few = np.repeat([1.0, -2.0], [2 * PARTS // 3, PARTS // 3])
        shares = few if kind == "skewed away" else -few
    around = valley(ml.Polynomial(BASE), START)
    way = np.linspace(around.saddle, around.minimum, 4001)
    curve = np.polynomial.Polynomial(profile)
    variance = 2 * WARMTH / LR * BATCH * (PARTS - 1) / (PARTS - BATCH)
    size = math.sqrt(variance / (curve(way) ** 2).mean()) / shares.std()
    tilt = (size * curve).integ().coef
    powers = range(max(len(tilt), max(BASE) + 1))
    tilt = np.pad(tilt, (0, len(powers) - len(tilt)))
    return [ml.Polynomial({k: BASE.get(k, 0.0) + share * tilt[k] for k in powers})
            for share in shares]  # fmt: skip


def draw(data: dict) -> Figure:
    """Draw the collapse on a line of slope one, and measured against predicted times."""
    figure = Figure(figsize=(14, 4.4), layout="constrained")
    left, right, last = figure.subplots(1, 3)
    for row, colour, marker in zip(data["rows"], COLOURS, "os^D", strict=False):
        at = np.array(row["inverse"]) * row["length"]
        name = f"{row['name']}: slope {row['slope'] / row['length']:.3f}"
        logs = np.array(row["logs"]) - row["kramers"]
        errors = 2 * np.array(row["errors"])
        left.errorbar(at, logs, errors, fmt=marker, color=colour, markersize=5, label=name)
        left.plot(at, np.array(row["exact"]) - row["kramers"], color=colour, linewidth=1)
    ends = np.array([min(EXPONENTS) - 0.3, max(EXPONENTS) + 0.3])
    left.plot(ends, ends, "--", color="#8a8f98", zorder=0, label="slope one")
    left.set(xlabel="bar / temperature", ylabel="log mean escape time / prefactor")
    left.set_title("Gaussian noise: the bar is the slope")
    left.legend(fontsize=8)
    predictions = (("plain", "bar / mean temperature", "s"), ("diffusion", "quasi-potential", "^"),
                   ("action", "cumulants of a step", "o"))  # fmt: skip
    for (key, name, marker), colour in zip(predictions, COLOURS[::-1][1:], strict=True):
        told, seen = ([s[part] for s in data["sums"]] for part in (key, "log"))
        errors = [2 * s["error"] for s in data["sums"]]
        right.errorbar(told, seen, errors, fmt=marker, color=colour, markersize=5, label=name)
    seen = [s["log"] for s in data["sums"]]
    ends = np.array([min(seen) - 0.5, max(seen) + 0.5])
    right.plot(ends, ends, "--", color="#8a8f98", zorder=0)
    right.set(xlabel="predicted log mean steps", ylabel="measured log mean steps")
    right.set_title("Mini-batches: the bar alone does not tell")
    right.legend(fontsize=8, loc="lower right")
    at = [r["stiffness"] for r in data["stiff"]]
    shares = np.exp([r["log"] - r["exact"] for r in data["stiff"]])
    errors = [2 * r["error"] for r in data["stiff"]] * shares
    last.plot(at, np.exp([r["chain"] - r["exact"] for r in data["stiff"]]), color=COLOURS[0])
    last.errorbar(at, shares, errors, fmt="o", color=COLOURS[0], markersize=5)
    last.axhline(1, linestyle="--", color="#8a8f98", zorder=0)
    last.set(yscale="log", xlabel="learning rate x curvature at the minimum")
    last.set(ylabel="mean time / that of the diffusion", title="Large steps escape sooner")
    return figure
