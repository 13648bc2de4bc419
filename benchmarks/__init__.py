"""How fast the estimators are beside their peers: `python -m benchmarks`."""
