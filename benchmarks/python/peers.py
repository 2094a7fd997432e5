#!/usr/bin/env python3
"""Measures PyTorch eager, torch.compile and JAX on the workloads of the Java suite, and writes results as JMH does.

    python3 benchmarks/python/peers.py [--quick] [target/benchmark-report/results/python.json]

Each implementation runs in processes of its own, three of them (one with --quick), with one thread. Before anything is timed it is compared with
NumPy in float64. What is not installed or does not run is named in the file with the reason, so that the report can say so.
"""
import argparse
import importlib
import json
import math
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

IMPLEMENTATIONS = {"python-eager": "torch", "python-compile": "torch", "python-jax": "jax"}
PACKAGE = "org.fusegrad.benchmarks."
OPS_PER_ROUND = 4
LOSSES = ("logistic", "huber", "poisson")
FEATURES = 64  # of the steps with these losses
DIABETES = pathlib.Path(__file__).resolve().parents[2] / "src/examples/resources/org/fusegrad/examples/diabetes.csv"
BATCH = 32
RATE = 0.05
DEFAULT = pathlib.Path("target/benchmark-report/results/python.json")


def cases(quick):
    """Benchmark class and parameters, as the Java suite names them."""
    small, large = ["3", "1024", "65536"], ["1048576", "16777216"]
    sizes = small if quick else small + large
    all_cases = [("LectureBenchmark", {"w": w, "n": n}) for w in ("scalar", "elementwise") for n in sizes]
    if not quick:
        all_cases += [("ForwardBenchmark", {"w": "scalar", "n": n}) for n in small]
    rows = ["32", "1024"] if quick else ["32", "1024", "all"]
    all_cases += [("RegressionBenchmark", {"features": f, "rows": r}) for f in ("10", "512") for r in rows]
    all_cases += [("LossBenchmark", {"loss": loss, "rows": r}) for loss in LOSSES for r in (["1024"] if quick else ["1024", "16384"])]
    chains = ["1024"] if quick else ["1024", "65536"]
    all_cases += [("ChainBenchmark", {"ops": ops, "n": n}) for ops in ("16", "64") for n in chains]
    all_cases.append(("EpochBenchmark", {}))
    return all_cases


def chain_constants(ops):
    return [1 + k % 8 / 64 for k in range(ops // OPS_PER_ROUND)]


def data(benchmark, params):
    """The arrays of a workload in float32: the parameters of the model, and the other inputs."""
    import numpy as np

    random = np.random.default_rng(42)

    def uniform(low, high, shape=()):
        return random.uniform(low, high, shape).astype(np.float32)

    if benchmark == "EpochBenchmark":
        x, y = diabetes()
        return [np.zeros(x.shape[1], np.float32), np.float32(0)], [x, y]
    if benchmark == "LossBenchmark":
        rows = int(params["rows"])
        x = uniform(-1, 1, (rows, FEATURES))
        w = uniform(-1, 1, FEATURES) * np.float32(2 / math.sqrt(FEATURES))
        z = 0.8 * (x @ w) + 0.25
        y = {
            "logistic": lambda: random.random(rows) < 1 / (1 + np.exp(-z)),
            "huber": lambda: z + random.uniform(-0.5, 0.5, rows) + 5 * (random.random(rows) < 0.1),
            "poisson": lambda: np.floor(np.exp(z) * random.uniform(0, 2, rows)),
        }[params["loss"]]()
        return [w, np.float32(0.25)], [x, y.astype(np.float32)]
    if benchmark == "RegressionBenchmark":
        features = int(params["features"])
        rows = (1 << 26) // features if params["rows"] == "all" else int(params["rows"])
        x = random.random((rows, features), dtype=np.float32) * 2 - 1
        y = (x.sum(axis=1) * np.float32(0.5) + uniform(-0.1, 0.1, rows)).astype(np.float32)
        return [uniform(-1, 1, features), np.float32(0.25)], [x, y]
    n = int(params["n"])
    if benchmark == "ChainBenchmark":
        return [uniform(-1, 1, n)], [uniform(0.5, 1, n), uniform(-1, 1, n)]
    x = uniform(-1, 1, n)
    y = (2 * x + uniform(-0.1, 0.1, n)).astype(np.float32)
    w = uniform(1.4, 1.6, n) if params["w"] == "elementwise" else np.float32(1.5)
    return [w], [x, y]


def functions(library):
    """What the libraries name differently: the logistic loss of logits, exp, and the smaller of a value and 1, elementwise."""
    if library == "torch":
        import torch

        return torch.nn.functional.binary_cross_entropy_with_logits, torch.exp, lambda v: torch.clamp(v, max=1)
    if library == "jax":
        import jax

        return lambda z, y: (jax.nn.softplus(z) - y * z).mean(), jax.numpy.exp, lambda v: jax.numpy.minimum(v, 1)
    import numpy as np

    return lambda z, y: (np.logaddexp(z, 0) - y * z).mean(), np.exp, lambda v: np.minimum(v, 1)


def loss_function(benchmark, params, library="numpy"):
    """The loss; parameters first."""
    if benchmark in ("RegressionBenchmark", "EpochBenchmark"):
        return lambda w, b, x, y: ((x @ w + b - y) ** 2).mean()
    if benchmark == "LossBenchmark":
        cross_entropy, exp, up_to_one = functions(library)

        def logistic(w, b, x, y):
            return cross_entropy(x @ w + b, y)

        def poisson(w, b, x, y):
            z = x @ w + b
            return (exp(z) - y * z).mean()

        def huber(w, b, x, y):
            size = abs(x @ w + b - y)
            near = up_to_one(size)
            return (near * (size - 0.5 * near)).mean()

        return {"logistic": logistic, "poisson": poisson, "huber": huber}[params["loss"]]
    if benchmark == "ChainBenchmark":
        constants = chain_constants(int(params["ops"]))

        def chain(w, x, y):
            v = w
            for c in constants:
                v = (v * x + y) * c - x
            return (v * v).sum()

        return chain
    return lambda w, x, y: ((x * w - y) ** 2).sum()


def diabetes():
    """Features and progression of the data set, standardised as the Java suite has them."""
    import numpy as np

    columns = np.loadtxt(DIABETES, delimiter=",", skiprows=1)
    x = (columns[:, :-1] - columns[:, :-1].mean(axis=0)) / columns[:, :-1].std(axis=0)
    return x.astype(np.float32), columns[:, -1].astype(np.float32)


def batches(inputs):
    """The mini-batches of an epoch, in order."""
    rows = len(inputs[0])
    return [[a[start : start + BATCH] for a in inputs] for start in range(0, rows, BATCH)]


def expected(benchmark, params, parameters, inputs):
    """Loss and gradients in float64, by the formulas written out."""
    import numpy as np

    wide = [np.asarray(a, dtype=np.float64) for a in parameters + inputs]
    if benchmark == "EpochBenchmark":
        w, b, x, y = wide
        total = 0
        for xs, ys in batches([x, y]):
            error = xs @ w + b - ys
            total += (error**2).sum()
            w, b = w - RATE * 2 * (error @ xs) / len(ys), b - RATE * 2 * error.mean()
        return total / len(y), [w, b]
    loss = loss_function(benchmark, params)(*wide)
    if benchmark == "RegressionBenchmark":
        w, b, x, y = wide
        g = 2 * (x @ w + b - y) / len(y)
        return loss, [g @ x, g.sum()]
    if benchmark == "LossBenchmark":
        w, b, x, y = wide
        z = x @ w + b
        g = {
            "logistic": lambda: 1 / (1 + np.exp(-z)) - y,
            "huber": lambda: np.clip(z - y, -1, 1),
            "poisson": lambda: np.exp(z) - y,
        }[params["loss"]]() / len(y)
        return loss, [g @ x, g.sum()]
    w, x, y = wide
    if benchmark == "ForwardBenchmark":
        return loss, []
    if benchmark == "LectureBenchmark":
        dw = 2 * (x * w - y) * x
        return loss, [dw if w.ndim else dw.sum()]
    v = w
    for c in chain_constants(int(params["ops"])):
        v = (v * x + y) * c - x
    g = 2 * v
    for c in chain_constants(int(params["ops"])):
        g = g * c * x
    return loss, [g]


def check(name, got, want, terms):
    """Sums in float32 come in another order everywhere: relative to the largest value, with room that grows as errors of random sign do."""
    import numpy as np

    tolerance = max(64 * math.sqrt(terms), terms / 16) * 2.0**-24
    got, want = np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64)
    if got.shape != want.shape:
        raise ValueError(f"{name}: shape {got.shape}, not {want.shape}")
    off = np.abs(got - want).max() / np.abs(want).max()
    if not off <= tolerance:
        raise ValueError(f"{name} is off by {off:.2e} of its largest value, {tolerance:.2e} is allowed")


def torch_step(benchmark, params, parameters, inputs, compiled):
    """A function that runs one step, and one that returns loss and gradients of the last."""
    import torch

    torch.set_num_threads(1)
    loss_of = loss_function(benchmark, params, "torch")
    if compiled:
        loss_of = torch.compile(loss_of)
    backward = benchmark != "ForwardBenchmark"
    ps = [torch.tensor(p, requires_grad=backward) for p in parameters]
    xs = [torch.tensor(x) for x in inputs]
    last = []
    if benchmark == "EpochBenchmark":
        xs = batches(xs)

        def epoch():
            total = 0
            for batch in xs:
                for p in ps:
                    p.grad = None
                loss = loss_of(*ps, *batch)
                loss.backward()
                with torch.no_grad():
                    for p in ps:
                        p -= RATE * p.grad
                total += len(batch[1]) * loss.item()
            last[:] = [total / len(inputs[1])]

        return epoch, lambda: (last[0], [p.detach().numpy() for p in ps])

    def step():
        for p in ps:
            p.grad = None
        if backward:
            loss = loss_of(*ps, *xs)
            loss.backward()
        else:
            with torch.no_grad():
                loss = loss_of(*ps, *xs)
        last[:] = [loss.item()]

    return step, lambda: (last[0], [p.grad.numpy() for p in ps] if backward else [])


def jax_step(benchmark, params, parameters, inputs):
    import jax

    loss_of = loss_function(benchmark, params, "jax")
    backward = benchmark != "ForwardBenchmark"
    by = tuple(range(len(parameters)))
    run = jax.jit(jax.value_and_grad(loss_of, argnums=by) if backward else loss_of)
    args = [jax.device_put(a) for a in parameters + inputs]
    last = []
    if benchmark == "EpochBenchmark":

        @jax.jit
        def update(w, b, x, y):
            loss, (dw, db) = jax.value_and_grad(loss_of, argnums=by)(w, b, x, y)
            return loss, w - RATE * dw, b - RATE * db

        w_and_b, xs = args[:2], batches(args[2:])

        def epoch():
            total = 0
            for batch in xs:
                loss, *w_and_b[:] = update(*w_and_b, *batch)
                total += len(batch[1]) * float(loss)
            last[:] = [total / len(inputs[1])]

        return epoch, lambda: (last[0], w_and_b)

    def step():
        last[:] = [run(*args)]
        jax.block_until_ready(last[0])
        float(last[0][0] if backward else last[0])

    return step, lambda: last[0] if backward else (last[0], [])


def time_steps(step, warm_seconds, seconds, iterations):
    """Nanoseconds per step, one number per iteration."""
    end = time.perf_counter() + warm_seconds
    count = 0
    while time.perf_counter() < end or count < 2:
        step()
        count += 1
    result = []
    for _ in range(iterations):
        start = time.perf_counter_ns()
        done = 0
        while True:
            for _ in range(max(1, count // 64)):
                step()
            done += max(1, count // 64)
            taken = time.perf_counter_ns() - start
            if taken >= seconds * 1e9:
                break
        result.append(taken / done)
    return result


def child(implementation, quick):
    """One process: prints a line of JSON for each case."""
    for benchmark, params in cases(quick):
        parameters, inputs = data(benchmark, params)
        if implementation == "python-jax":
            step, values = jax_step(benchmark, params, parameters, inputs)
        else:
            step, values = torch_step(benchmark, params, parameters, inputs, implementation == "python-compile")
        line = {"benchmark": benchmark, "params": params}
        try:
            step()
            loss, gradients = values()
            want_loss, want_gradients = expected(benchmark, params, parameters, inputs)
            terms = max(len(a) for a in inputs)
            check("loss", loss, want_loss, terms)
            for k, want in enumerate(want_gradients):
                check(f"gradient {k}", gradients[k], want, terms)
            line["ns"] = time_steps(step, 0.2 if quick else 0.6, 0.1 if quick else 0.2, 3)
        except Exception as e:  # whatever a compiler of these libraries throws; the other cases go on
            line["failed"] = f"{type(e).__name__}: {e}".splitlines()[0]
        print(json.dumps(line), flush=True)


def version(implementation):
    library = importlib.import_module(IMPLEMENTATIONS[implementation])
    how = {"python-eager": "eager", "python-compile": "torch.compile", "python-jax": "jit"}[implementation]
    return f"{library.__name__} {library.__version__} in Python {platform.python_version()}, {how}, 1 thread"


def half_interval(values):
    """Half of the 99.9 % interval of the mean, as JMH reports it; Student's t for small samples."""
    n = len(values)
    if n < 3:
        return "NaN"
    t = {3: 31.6, 6: 6.87, 9: 5.04}.get(n, 4.6)
    mean = sum(values) / n
    return t * math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n)


def one_thread():
    """The environment of a child: neither library starts a second thread."""
    threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    env = dict(os.environ, **{name: "1" for name in threads}, JAX_PLATFORMS="cpu")
    env["XLA_FLAGS"] = env.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return env


def measure(implementation, quick, forks):
    """All forks of one implementation; results in the form of JMH, failures as peers without a result."""
    times, failures = {}, {}
    for _ in range(forks):
        command = [sys.executable, os.path.abspath(__file__), "--child", implementation] + (["--quick"] if quick else [])
        process = subprocess.run(command, env=one_thread(), stdout=subprocess.PIPE, text=True)
        for line in process.stdout.splitlines():
            case = json.loads(line)
            key = (case["benchmark"], tuple(case["params"].items()))
            if "failed" in case:
                failures[key] = case["failed"]
            else:
                times.setdefault(key, []).append(case["ns"])
        if process.returncode != 0:
            failures[("process", ())] = f"ended with exit code {process.returncode}"
            break
    results = []
    for (benchmark, params), forks_ns in times.items():
        values = [ns for fork in forks_ns for ns in fork]
        results.append({
            "benchmark": PACKAGE + benchmark + ".step",
            "mode": "avgt",
            "threads": 1,
            "forks": len(forks_ns),
            "params": dict(params, variant=implementation),
            "primaryMetric": {"score": sum(values) / len(values), "scoreError": half_interval(values), "scoreUnit": "ns/op", "rawData": forks_ns},
        })
    for (benchmark, params), reason in failures.items():
        results.append({"peer": implementation, "unavailable": f"{benchmark} {dict(params)}: {reason}"})
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one process and fewer sizes; not to be quoted")
    parser.add_argument("--child", choices=IMPLEMENTATIONS, help=argparse.SUPPRESS)
    parser.add_argument("output", nargs="?", type=pathlib.Path, default=DEFAULT)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.quick)
        return
    elements = [{"environment": {"Python": sys.version.split()[0], "Command": " ".join(["python3"] + sys.argv), "Started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}}]
    for implementation in IMPLEMENTATIONS:
        try:
            description = version(implementation)
        except ImportError as e:
            elements.append({"peer": implementation, "unavailable": f"not installed: {e}"})
            continue
        print(f"{implementation}: {description}", flush=True)
        elements.append({"peer": implementation, "description": description})
        elements += measure(implementation, args.quick, 1 if args.quick else 3)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=args.output.parent, suffix=".tmp", delete=False) as unfinished:
        json.dump(elements, unfinished, indent=2)
    os.replace(unfinished.name, args.output)
    print(args.output)


if __name__ == "__main__":
    main()
