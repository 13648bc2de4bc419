"""Serving: a saved network for customer churn answers JSON records, two hundred clients at once.

The server, ``serving/service.py``, is a FastAPI application of twenty lines under uvicorn. Threads
that ask at the same time share a batch of the model's ``serving_function``.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import aiohttp
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from examples.churn_table import deep_network, train_and_test
from examples.support import OUTPUT, print_result, read_options, save_plot

MODEL = OUTPUT / "serve_records.model"
SECONDS_TO_START = 120


def main() -> None:
    options = read_options(__doc__)
    clients, seconds = (20, 2.0) if options.quick else (200, 30.0)
    train, test = train_and_test(options)
    model = deep_network(options).fit(train)
    OUTPUT.mkdir(exist_ok=True)
    model.save(MODEL)
    records = json.loads(test.drop(columns="churn").to_json(orient="records"))
    records[1]["total_charges"] = None
    records[2]["payment_method"] = "a cheque from an aunt"
    del records[3]["contract"], records[3]["tenure"]

    with running_server() as address:
        answers = asyncio.run(ask_each(address, records[:100]))
        ((status, refusal),) = asyncio.run(ask_each(address, [{"tenure": "for ever"}]))
        latencies, errors = asyncio.run(load(address, records, clients, seconds))

    asked = pd.DataFrame(records[:100]).astype({"tenure": float, "total_charges": float})
    found = pd.DataFrame([answer for _, answer in answers])[
        list(map(str, model.classes_))
    ].to_numpy()
    same = (found == model.predict_proba(asked)).all(axis=1).sum()
    print(f"{same} of {len(answers)} answers are those of predict_proba, to the last bit")
    print(f"a record that cannot be read: {status}, {refusal['detail']}")
    milliseconds = 1e3 * np.array(latencies)
    p50, p99 = np.quantile(milliseconds, (0.5, 0.99))
    print(
        f"{clients} clients for {seconds:.0f} s: {len(latencies) / seconds:,.0f} records a second, "
        f"half within {p50:.0f} ms, 99 % within {p99:.0f} ms, {errors} errors"
    )

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.hist(milliseconds, bins=50, range=(0, np.quantile(milliseconds, 0.999)))
    axes.axvline(p99, color="C1", label=f"99 % within {p99:.0f} ms")
    axes.set(xlabel="milliseconds", ylabel="records", title=f"{clients} clients at once")
    axes.legend()
    save_plot(figure, "serve_records")
    print_result("milliseconds", p99)


@contextmanager
def running_server() -> Iterator[str]:
    """Yield the address to post records to, as long as a server runs there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "examples.serving.service:app", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--log-level", "warning"],
        cwd=OUTPUT.parents[1],
        env=os.environ | {"MODEL": str(MODEL)},
    )
    try:
        began = time.perf_counter()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if server.poll() is not None or time.perf_counter() - began > SECONDS_TO_START:
                    raise
                time.sleep(0.1)
        print(f"the server answers after {time.perf_counter() - began:.1f} s")
        yield f"http://127.0.0.1:{port}/predict_proba"
    finally:
        server.terminate()
        server.wait()


async def ask_each(address: str, records: list[dict]) -> list[tuple[int, dict]]:
    """Return the status and the answer for each record."""
    async with aiohttp.ClientSession() as client:
        answers = []
        for record in records:
            async with client.post(address, json=record) as response:
                answers.append((response.status, await response.json()))
        return answers


async def load(
    address: str, records: list[dict], clients: int, seconds: float
) -> tuple[list[float], int]:
    """Ask from so many clients at once; return the seconds of every answer, and errors."""
    latencies: list[float] = []
    errors = 0
    end = time.perf_counter() + seconds

    async def ask(first: int) -> None:
        nonlocal errors
        row = first
        while (began := time.perf_counter()) < end:
            async with client.post(address, json=records[row % len(records)]) as response:
                await response.read()
                errors += response.status != HTTPStatus.OK
            latencies.append(time.perf_counter() - began)
            row += clients

    connections = aiohttp.TCPConnector(limit=clients)
    async with aiohttp.ClientSession(connector=connections) as client:
        await asyncio.gather(*map(ask, range(clients)))
    return latencies, errors


if __name__ == "__main__":
    main()
