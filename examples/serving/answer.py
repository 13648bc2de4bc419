"""Answer rows of JSON with an exported model, by TensorFlow and nothing else.

``python answer.py folder`` reads a row a line from its standard input, a dictionary by column, and
writes an answer a line. What a row leaves out, or gives as null, is missing to the model.
"""

import json
import sys
import time

import tensorflow as tf

MISSING = {tf.float64: float("nan"), tf.int64: tf.int64.min, tf.string: ""}


def main() -> None:
    predict = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
    _, columns = predict.structured_input_signature
    for line in sys.stdin:
        began = time.perf_counter()
        row = {name: value for name, value in json.loads(line).items() if value is not None}
        inputs = {
            name: tf.constant([row.get(name, MISSING[column.dtype])], column.dtype)
            for name, column in columns.items()
        }
        outputs = {name: tensor.numpy()[0] for name, tensor in predict(**inputs).items()}
        answer = {
            "class": outputs["classes"].decode(),
            "probabilities": {
                label.decode(): float(probability)
                for label, probability in zip(
                    outputs["all_classes"], outputs["probabilities"], strict=True
                )
            },
            "milliseconds": 1000 * (time.perf_counter() - began),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
