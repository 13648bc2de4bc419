"""What a run was run with, as names and values: its model, its optimizer, its environment."""

from __future__ import annotations

from typing import Any

from estimators.runs.directory.stored_run import StoredRun


def model(run: StoredRun) -> dict[str, Any]:
    """Return the class of the model of a run and its parameters.

    Parameters
    ----------
    run : StoredRun

    Returns
    -------
    dict
    """
    kind = {"class": run.model["class"]} if run.model.get("class") else {}
    return kind | dict(run.model.get("parameters") or {})


def optimisation(run: StoredRun) -> dict[str, Any]:
    """Return how the model of a run was trained, what is not known left out.

    Parameters
    ----------
    run : StoredRun

    Returns
    -------
    dict
    """
    model = run.model
    optimizer = model.get("optimizer")
    settings = optimizer if isinstance(optimizer, dict) else {}
    named = {"name", "class", "class_name", "config"}
    inner = settings.get("config") if isinstance(settings.get("config"), dict) else {}
    rows = {
        "optimizer": _optimizer_name(run),
        **{key: value for key, value in {**settings, **inner}.items() if key not in named},
        "loss": model.get("loss"),
        "batch size": model.get("batch_size"),
        "epochs": model.get("epochs"),
        "samples": model.get("samples"),
        "validation samples": model.get("validation_samples"),
    }
    return {key.replace("_", " "): value for key, value in rows.items() if value is not None}


def environment(run: StoredRun) -> dict[str, Any]:
    """Return Python, machine, commit and packages, what is not known left out.

    Parameters
    ----------
    run : StoredRun

    Returns
    -------
    dict
    """
    found = run.environment
    git = found.get("git") or {}
    about = {
        "Python": found.get("python"),
        "platform": found.get("platform"),
        "host": run.info.get("host"),
        "commit": (git.get("commit") or "")[:12] or None,
        "branch": git.get("branch"),
        "changes since the commit": git.get("dirty"),
    }
    packages = dict(sorted((found.get("packages") or {}).items()))
    return {name: value for name, value in about.items() if value is not None} | packages


def _optimizer_name(run: StoredRun) -> Any:
    optimizer = run.model.get("optimizer")
    if not isinstance(optimizer, dict):
        return optimizer
    return optimizer.get("name") or optimizer.get("class") or optimizer.get("class_name")
