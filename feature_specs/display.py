"""How a spec shows itself: as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Protocol

from feature_specs.described_columns import in_a_line, ways_in_words
from feature_specs.encoders.encoder import CategoricalEncoder, Encoder
from feature_specs.encoders.numeric import ColumnsEncoder, MissingMark
from feature_specs.networks.fitted_spec import FittedSpec
from feature_specs.steps.step import Step
from feature_specs.text.encoder import TextEncoder
from feature_specs.text.sentence_encoders import RawTextEncoder

_MOST_NAMES = 8


class ShownSpec(FittedSpec, Protocol):
    """What is shown of a spec, fitted or not."""

    formula: str | None
    steps: Sequence[tuple[str, Step]]
    steps_: Sequence[tuple[str, Step]]
    n_features_in_: int

    def __sklearn_is_fitted__(self) -> bool: ...


def describe_text(spec: ShownSpec) -> str:
    """Return steps, columns and fitted state, a line each."""
    lines = [_title(spec)]
    lines += [f"  {name}: {in_a_line(step)}" for name, step in spec.steps]
    if not spec.steps:
        lines.append("  no steps: the columns decide")
        lines += [f"  {line}" for line in _decided(spec)]
    if spec.__sklearn_is_fitted__():
        rows = _rows(spec)
        widths = [max(len(row[i]) for row in rows) for i in range(2)]
        lines.append("features:")
        lines += [
            f"  {name:{widths[0]}}  {kind:{widths[1]}}  {detail}".rstrip()
            for name, kind, detail in rows
        ]
        lines += _left_out(spec)
    return "\n".join(lines)


def describe_html(spec: ShownSpec) -> str:
    """Return the same as a small page fragment."""
    steps = "".join(
        f"<li>{escape(name)}: <code>{escape(repr(step))}</code></li>" for name, step in spec.steps
    )
    body = f"<strong>{escape(_title(spec))}</strong><ol>{steps}</ol>"
    if not spec.steps and _decided(spec):
        body += f"<pre>{escape(chr(10).join(_decided(spec)))}</pre>"
    if spec.__sklearn_is_fitted__():
        cells = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in _rows(spec)
        )
        body += f"<table><tr><th>feature</th><th>kind</th><th>state</th></tr>{cells}</table>"
        body += "".join(f"<p>{escape(line)}</p>" for line in _left_out(spec))
    return f"<div>{body}</div>"


# The sentences of the steps that columns decide on.
_SENTENCES = {
    "NumericColumn": "step_numeric_column",
    "CategoricalColumn": "step_categorical_column_with_vocabulary_list",
    "DatetimeColumn": "step_datetime_column",
    "TextColumn": "step_text_column",
}


def _decided(spec: ShownSpec) -> list[str]:
    """Return what the columns decided, as a person would write it."""
    if not spec.__sklearn_is_fitted__() or not spec.steps_:
        return []
    formula = "" if spec.formula is None else repr(spec.formula)
    lines = [f"FeatureSpec({formula})"]
    for _, step in spec.steps_:
        arguments = in_a_line(step).partition("(columns=")[2]
        lines.append(f".{_SENTENCES[type(step).__name__]}({arguments}")
    return lines


def _title(spec: ShownSpec) -> str:
    formula = "" if spec.formula is None else repr(spec.formula)
    state = "not fitted"
    if spec.__sklearn_is_fitted__():
        state = f"fitted on {spec.n_features_in_} columns"
    return f"FeatureSpec({formula}), {state}"


def _left_out(spec: ShownSpec) -> list[str]:
    names: dict[str, list[str]] = {}
    for name, reason in spec.left_out_.items():
        names.setdefault(reason, []).append(name)
    return [f"left out, as {reason}: {_few(some)}" for reason, some in names.items()]


def _rows(spec: ShownSpec) -> list[tuple[str, str, str]]:
    return [_row(spec, encoder) for encoder in spec.features_.values()]


def _row(spec: ShownSpec, encoder: Encoder) -> tuple[str, str, str]:
    kind = type(encoder).__name__.removesuffix("Encoder").lower()
    if isinstance(encoder, CategoricalEncoder):
        known = encoder.labels[encoder.reserved :]
        ways = ways_in_words(spec, encoder)
        if isinstance(encoder, TextEncoder):
            return encoder.name, kind, f"{len(known)} words ({_few(known)}), {ways}"
        if isinstance(encoder, RawTextEncoder):
            return encoder.name, "text", ways
        return encoder.name, kind, f"{len(known)} categories ({_few(known)}), {ways}"
    if isinstance(encoder, ColumnsEncoder):
        gaps = [encoder.columns[i] for i in encoder.marked_]
        marked = f", missing marked: {_few(gaps)}" if gaps else ""
        names = f"{len(encoder.columns)} columns ({_few(encoder.columns)})"
        return encoder.name, "numeric", f"{names}, {encoder.scaler_!r}{marked}"
    if isinstance(encoder, MissingMark):
        return encoder.name, "mark", _few(encoder.output_names)
    return encoder.name, kind, _few(encoder.output_names)


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown}, ..."
