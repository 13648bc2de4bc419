"""The churn network as a training script with flags; ``churn_runs`` runs it again and again.

By itself it trains as well: ``python -m examples.churn_network --layer1 128 --activ tanh``.
"""

from __future__ import annotations

from sklearn.model_selection import train_test_split

from estimators import DNNClassifier
from estimators.datasets import load_churn
from estimators.runs import flag_integer, flag_numeric, flag_string, flags
from feature_specs import FeatureSpec, all_nominal, all_numeric

FLAGS = flags(
    flag_integer("layer1", 256, "units of the first layer"),
    flag_integer("layer2", 128, "units of the second layer"),
    flag_integer("layer3", 64, "units of the third layer"),
    flag_integer("layer4", 32, "units of the fourth layer"),
    flag_numeric("dropout", 0.2, "share of the units that every layer drops"),
    flag_string("activ", "relu", "activation of the layers"),
    flag_integer("epochs", 20, "epochs at most"),
    flag_integer("rows", None, "customers to take; all by default"),
    flag_integer("seed", 0, "of split, weights and order"),
)

table = load_churn().head(FLAGS.rows)
train, test = train_test_split(
    table, test_size=0.2, stratify=table["churn"], random_state=FLAGS.seed
)
spec = (
    FeatureSpec("churn ~ .")
    .step_numeric_column(all_numeric(), normalizer="standard")
    .step_categorical_column_with_vocabulary_list(all_nominal())
    .step_indicator_column(all_nominal())
)
model = DNNClassifier(
    spec,
    numeric_embedding=None,
    hidden_units=(FLAGS.layer1, FLAGS.layer2, FLAGS.layer3, FLAGS.layer4),
    activation=FLAGS.activ,
    dropout=FLAGS.dropout,
    weight_decay=0.0,
    epochs=FLAGS.epochs,
    batch_size=128,
    validation_fraction=0.2,
    early_stopping=5,
    random_state=FLAGS.seed,
).fit(train)
model.history_.plot()
evaluation = model.evaluate(test)
print(f"accuracy {evaluation['accuracy']:.4f}, AUC {evaluation['auc']:.4f}")
