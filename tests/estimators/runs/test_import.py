"""The import of runs stays light, and so does a fit that no run watches."""

HEAVY = ("pandas", "tensorflow", "keras", "sklearn", "jinja2", "click", "yaml", "matplotlib")
PROGRAM = f"""
import sys, time
import estimators.runs
from estimators.engine.observers import FitDescription, callbacks_of_observers
began = time.perf_counter()
for _ in range(1000):
    callbacks_of_observers(FitDescription(None, 10, None, 5, 2))
assert time.perf_counter() - began < 0.5
print([name for name in {HEAVY} if name in sys.modules])
"""


def test_nothing_heavy_is_imported(program):
    output, errors = program(PROGRAM).communicate(timeout=60)
    assert output == "[]\n", errors
