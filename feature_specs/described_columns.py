"""What a fitted spec makes of each raw column: one line a column, for reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from feature_specs.encoders.buckets import BucketEncoder
from feature_specs.encoders.crosses import CrossEncoder
from feature_specs.encoders.dates import DateEncoder
from feature_specs.encoders.elapsed import ElapsedEncoder
from feature_specs.encoders.encoder import CategoricalEncoder, Encoder, NumericEncoder
from feature_specs.encoders.hash_buckets import HashEncoder
from feature_specs.encoders.identity import IdentityEncoder
from feature_specs.encoders.numeric import ColumnsEncoder, MissingMark, Nothing, VectorEncoder
from feature_specs.encoders.vocabulary import VocabularyEncoder
from feature_specs.networks.fitted_spec import FittedSpec
from feature_specs.networks.representations import Embedding
from feature_specs.scalers import Quantile
from feature_specs.text.encoder import TextEncoder
from feature_specs.text.sentence_encoders import RawTextEncoder, SentenceEncoder

LEFT_OUT = "left out"
_CATEGORICAL = "step_categorical_column_with"
# Of each encoder what it takes a column for, and the sentence that asks for it.
_TAKEN_FOR: dict[type[Encoder], tuple[str, str]] = {
    ColumnsEncoder: ("number", "step_numeric_column"),
    MissingMark: ("number", "step_numeric_column"),
    VectorEncoder: ("vector", "step_numeric_column"),
    DateEncoder: ("date", "step_datetime_column"),
    ElapsedEncoder: ("date", "step_elapsed_time_column"),
    BucketEncoder: ("interval", "step_bucketized_column"),
    VocabularyEncoder: ("category", f"{_CATEGORICAL}_vocabulary_list"),
    HashEncoder: ("category", f"{_CATEGORICAL}_hash_bucket"),
    IdentityEncoder: ("category", f"{_CATEGORICAL}_identity"),
    CrossEncoder: ("cross", "step_crossed_column"),
    TextEncoder: ("text", "step_text_column"),
    SentenceEncoder: ("text", "step_text_column"),
    RawTextEncoder: ("text", "step_text_column"),
}


class DescribedSpec(FittedSpec, Protocol):
    """A fitted spec that knows its raw columns."""

    columns_: list[str]


@dataclass(frozen=True)
class DescribedColumn:
    """What a spec makes of a raw column.

    Attributes
    ----------
    kind : str
        What the column is taken for: number, vector, date, interval, category, text, a part of a
        cross; several of them where several steps read it. ``"left out"`` where none does.
    step : str
        The sentences of the spec that ask for it.
    encoding : str
        How its values become numbers, or why they do not.
    features : int
        How many numbers ``transform`` makes of it alone, as indicators of categories.
    categories : int or None
        How many values, words or intervals are known.
    least, largest : float or None
        Ends of the learnt quantiles.
    """

    kind: str
    step: str
    encoding: str
    features: int
    categories: int | None = None
    least: float | None = None
    largest: float | None = None


def described_columns(spec: DescribedSpec) -> dict[str, DescribedColumn]:
    """Return what a fitted spec makes of each raw column, in their order.

    Parameters
    ----------
    spec : FeatureSpec
        Fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> from feature_specs import FeatureSpec
    >>> table = pd.DataFrame({"age": [20.0, 30.0, 40.0], "city": ["Bonn", "Rome", "Bonn"]})
    >>> for name, column in described_columns(FeatureSpec().fit(table)).items():
    ...     print(name, column.kind, column.features, column.encoding, sep=", ")
    age, number, 1, Standard()
    city, category, 2, indicator
    """
    found: dict[str, list[DescribedColumn]] = {name: [] for name in spec.columns_}
    for encoder in spec.features_.values():
        if isinstance(encoder, Nothing):
            continue
        if isinstance(encoder, ColumnsEncoder):
            for place, column in enumerate(encoder.columns):
                found[column].append(_number(encoder, place))
            continue
        for column in encoder.sources:
            found[column].append(_described(spec, encoder, column))
    return {name: _joined(of_one, _why_not(spec, name)) for name, of_one in found.items()}


def _why_not(spec: DescribedSpec, column: str) -> str:
    return spec.left_out_.get(column, "no step reads it")


def _joined(parts: list[DescribedColumn], why_not: str) -> DescribedColumn:
    if not parts:
        return DescribedColumn(LEFT_OUT, "", why_not, 0)
    kinds, steps, encodings = (
        dict.fromkeys(getattr(part, name) for part in parts)
        for name in ("kind", "step", "encoding")
    )
    first = {
        name: next((v for p in parts if (v := getattr(p, name)) is not None), None)
        for name in ("categories", "least", "largest")
    }
    features = sum(part.features for part in parts)
    return DescribedColumn(
        " + ".join(kinds), ", ".join(steps), "; ".join(encodings), features, **first
    )


def taken_for(encoder: Encoder) -> tuple[str, str]:
    """Return what an encoder takes its columns for, and the step that asks for it."""
    return next(
        (said for known, said in _TAKEN_FOR.items() if isinstance(encoder, known)),
        (type(encoder).__name__.removesuffix("Encoder").lower(), ""),
    )


def _described(spec: DescribedSpec, encoder: Encoder, column: str) -> DescribedColumn:
    kind, step = taken_for(encoder)
    if isinstance(encoder, NumericEncoder):
        # What two columns become together counts for the first.
        is_first = column == next(iter(encoder.sources))
        features = len(encoder.output_names) if is_first else 0
        return DescribedColumn(kind, step, _in_words(encoder), features)
    if isinstance(encoder, CategoricalEncoder) and not isinstance(encoder, RawTextEncoder):
        ways = ways_in_words(spec, encoder)
        if isinstance(encoder, CrossEncoder):
            others = ", ".join(name for name in encoder.sources if name != column)
            buckets = f"crossed with {others} in {encoder.hash_bucket_size} buckets"
            # What a cross becomes belongs to none of its columns.
            return DescribedColumn(kind, step, f"{buckets}, {ways}", 0)
        if encoder.is_multi_valued and kind == "category":
            kind = "list of categories"
        known = encoder.cardinality - encoder.reserved
        if column == encoder.weight_source:
            return DescribedColumn("weight", step, f"weighs {encoder.name}", 0)
        return DescribedColumn(kind, step, ways, len(encoder.kept), known)
    return DescribedColumn(kind, step, "read by the network as it is", 0)


def _number(encoder: ColumnsEncoder, place: int) -> DescribedColumn:
    kind, step = _TAKEN_FOR[ColumnsEncoder]
    is_marked, scaler = place in encoder.marked_, encoder.scaler_
    ends = (None, None)
    if isinstance(scaler, Quantile):
        ends = (float(scaler.quantiles_[place, 0]), float(scaler.quantiles_[place, -1]))
    encoding = f"{in_a_line(scaler)}{', missing marked' * is_marked}"
    return DescribedColumn(kind, step, encoding, 1 + is_marked, None, *ends)


def in_a_line(thing: object) -> str:
    """Return the repr of a thing without its line breaks."""
    return " ".join(repr(thing).split())


def ways_in_words(spec: FittedSpec, encoder: CategoricalEncoder) -> str:
    """Return what becomes of the categories of an encoder: indicators, embeddings and so on."""
    return ", ".join(
        f"embedding {way._dimension(encoder)}" if isinstance(way, Embedding) else str(way)
        for way in spec.representations_[encoder.name]
    )


def _in_words(encoder: NumericEncoder) -> str:
    if isinstance(encoder, MissingMark):
        return "whether it is missing"
    if isinstance(encoder, DateEncoder):
        parts = ", ".join([*encoder.parts, *["holidays"] * bool(encoder.holidays_)])
        years = encoder.years_
        return parts if years is None else f"{parts}; {years[0]} to {years[1]}"
    if isinstance(encoder, ElapsedEncoder):
        return f"{encoder.name}, {in_a_line(encoder.scaler_)}"
    if isinstance(encoder, VectorEncoder):
        return in_a_line(encoder.scaler_)
    return "pretrained model of sentences" if isinstance(encoder, SentenceEncoder) else "numbers"
