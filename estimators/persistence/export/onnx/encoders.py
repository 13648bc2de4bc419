"""Fitted encoders as ONNX can compute them, and which it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import singledispatch

from estimators.base.pixels import Pixels
from feature_specs import FeatureSpec
from feature_specs.columns.values.category_values import TEXT
from feature_specs.columns.values.time_zones import NAIVE, WRITTEN
from feature_specs.encoders.crosses import CrossEncoder
from feature_specs.encoders.dates import DateEncoder
from feature_specs.encoders.elapsed import ElapsedEncoder
from feature_specs.encoders.encoder import Encoder
from feature_specs.encoders.hash_buckets import HashEncoder
from feature_specs.encoders.moment_reader import MomentReader
from feature_specs.encoders.vocabulary import VocabularyEncoder
from feature_specs.networks.raw_columns import NUMBER, raw_columns
from feature_specs.text.encoder import TextEncoder
from feature_specs.text.sentence_encoders import RawTextEncoder, SentenceEncoder


def onnx_specs(specs: Mapping[str, Pixels | FeatureSpec]) -> dict[str, Pixels | FeatureSpec]:
    """Return fitted specs that ONNX can compute and that encode as these do.

    Dates that were texts, or numbers in a format or of a time zone, come as seconds since 1970
    instead.

    Parameters
    ----------
    specs : mapping of str to Pixels or FeatureSpec
        By the prefix of their encoded columns.

    Returns
    -------
    dict of str to Pixels or FeatureSpec

    Raises
    ------
    ValueError
        Naming a column that ONNX cannot encode.
    """
    _refuse_number_texts(specs)
    return {side: _onnx_spec(spec) for side, spec in specs.items()}


def _refuse_number_texts(specs: Mapping[str, Pixels | FeatureSpec]) -> None:
    of_columns = {side: spec for side, spec in specs.items() if isinstance(spec, FeatureSpec)}
    columns = raw_columns(of_columns)
    for spec in of_columns.values():
        for encoder in spec.features_.values():
            for name, dtype in encoder.sources.items():
                if dtype == NUMBER and columns[name].dtype == TEXT:
                    raise _without_form(
                        f"Column {name!r} holds texts that one step takes for numbers and another "
                        "for categories",
                        "give the numbers as a column of their own",
                    )


def _onnx_spec(spec: Pixels | FeatureSpec) -> Pixels | FeatureSpec:
    if not isinstance(spec, FeatureSpec):
        return spec
    spec = copy(spec)
    spec.features_ = {name: _in_onnx(encoder) for name, encoder in spec.features_.items()}
    return spec


@singledispatch
def _in_onnx(encoder: Encoder) -> Encoder:
    return encoder


@_in_onnx.register
def _(encoder: DateEncoder) -> DateEncoder:
    encoder = copy(encoder)
    encoder.served_ = _served(encoder.reader(encoder.source))
    return encoder


@_in_onnx.register
def _(encoder: ElapsedEncoder) -> ElapsedEncoder:
    encoder = copy(encoder)
    encoder.served_ = {source: _served(encoder.reader(source)) for source in encoder.sources}
    return encoder


def _served(reader: MomentReader) -> str:
    """Return how ONNX takes a column: numbers of one clock as they are, others as its seconds."""
    is_plain = reader.unit is not None and reader.clock in (NAIVE, WRITTEN)
    return "number" if reader.served == "number" and is_plain else "moment"


@_in_onnx.register
def _(encoder: VocabularyEncoder) -> VocabularyEncoder:
    if encoder.num_oov_buckets == 1:
        return encoder
    raise _without_form(
        f"Column {encoder.source!r} has {encoder.num_oov_buckets} buckets for unseen values, by "
        "their hash",
        "take num_oov_buckets=1",
    )


@_in_onnx.register
def _(encoder: HashEncoder) -> HashEncoder:
    raise _without_form(
        f"Column {encoder.source!r} is put into buckets by its hash",
        "encode it with step_categorical_column_with_vocabulary_list",
    )


@_in_onnx.register
def _(encoder: CrossEncoder) -> CrossEncoder:
    if encoder.is_tabulated:
        return encoder
    columns = " and ".join(map(repr, encoder.sources))
    raise _without_form(
        f"The cross of columns {columns} is put into buckets by its hash",
        "leave it out (bins of numbers can be crossed)",
    )


@_in_onnx.register
def _(encoder: TextEncoder) -> TextEncoder:
    raise _without_form(
        f"Column {encoder.source!r} is split into words as Keras does it",
        "encode the texts before the model",
    )


@_in_onnx.register(SentenceEncoder)
@_in_onnx.register(RawTextEncoder)
def _(encoder: SentenceEncoder | RawTextEncoder) -> Encoder:
    raise _without_form(
        f"Column {encoder.source!r} goes through a sentence model",
        "encode the texts before the model",
    )


def _without_form(what: str, cure: str) -> ValueError:
    return ValueError(
        f"{what}, for which ONNX has no operations; {cure}, or export with format='saved_model'."
    )
