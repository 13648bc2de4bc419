"""The import of runs stays light, and so does the question for callbacks outside a run."""

HEAVY = ("pandas", "tensorflow", "keras", "sklearn", "jinja2", "click", "yaml", "matplotlib")
PROGRAM = f"""
import sys, time
import estimators.runs
from estimators.runs.recording import callbacks_of_current_run
began = time.perf_counter()
for _ in range(1000):
    callbacks_of_current_run(None, 10, None, 5, 2)
assert time.perf_counter() - began < 0.5
print([name for name in {HEAVY} if name in sys.modules])
"""


def test_nothing_heavy_is_imported(program):
    output, errors = program(PROGRAM).communicate(timeout=60)
    assert output == "[]\n", errors
