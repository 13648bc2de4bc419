"""A search by Optuna that gives up on what looks bad after a few epochs.

The document's network for the Telco customers, with sizes, dropout and rate that it chose by hand.
Every trial tells its validation loss after each epoch; one that is worse than the median of the
others so far is pruned. Trials of one size share what is compiled.
"""

from __future__ import annotations

import logging

import matplotlib.pyplot as plt
import numpy as np
import optuna
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from optuna.trial import FrozenTrial, Trial, TrialState
from optuna_integration import KerasPruningCallback
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from estimators import DNNClassifier
from examples.churn_table import deep_network, train_and_test
from examples.support import print_result, read_options, save_plot

DOCUMENT_AUC = 0.843
SIZES = {"document": (256, 128, 64, 32), "two": (128, 128), "small": (64, 32)}


def main() -> None:
    options = read_options(__doc__)
    train, test = train_and_test(options)
    network = deep_network(options).set_params(early_stopping=False)

    def chosen(trial: Trial | FrozenTrial) -> DNNClassifier:
        return clone(network).set_params(
            hidden_units=SIZES[trial.suggest_categorical("sizes", list(SIZES))],
            dropout=trial.suggest_float("dropout", 0.0, 0.4, step=0.2),
            learning_rate=trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        )

    def validation_loss(trial: Trial) -> float:
        model = chosen(trial).set_params(callbacks=KerasPruningCallback(trial, "val_loss"))
        return min(model.fit(train).history_["val_loss"])

    optuna.logging.set_verbosity(logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=options.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
    )
    study.optimize(validation_loss, n_trials=6 if options.quick else 40)
    pruned = [trial for trial in study.trials if trial.state == TrialState.PRUNED]
    epochs = sum(len(trial.intermediate_values) for trial in study.trials)
    print(f"{len(study.trials)} trials, {len(pruned)} of them pruned; {epochs} epochs in all")
    print(f"best: {study.best_params}")

    model = chosen(study.best_trial).set_params(early_stopping=5).fit(train)
    auc = roc_auc_score(test["churn"] == model.classes_[1], model.predict_proba(test)[:, 1])

    figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    plot_trials(ax, study, pruned)
    save_plot(figure, "optuna_pruning")
    print_result("auc", auc, DOCUMENT_AUC)


def plot_trials(ax: Axes, study: optuna.Study, pruned: list[FrozenTrial]) -> None:
    for trial in study.trials:
        epochs, losses = zip(*trial.intermediate_values.items(), strict=True)
        is_pruned, is_best = trial in pruned, trial.number == study.best_trial.number
        color = "tab:orange" if is_best else "0.6" if is_pruned else "tab:blue"
        ax.plot(
            [epoch + 1 for epoch in epochs], losses, color=color, alpha=1 if is_best else 0.5,
            linewidth=2.5 if is_best else 1, zorder=3 if is_best else 2,
            marker="x" if is_pruned else None, markevery=[-1],
        )  # fmt: skip
    first = [trial.intermediate_values[0] for trial in study.trials]
    ax.set_ylim(top=np.quantile(first, 0.9))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(
        title=f"{len(study.trials)} trials: grey ones were pruned, the orange one is the best",
        xlabel="epoch",
        ylabel="validation loss",
    )


if __name__ == "__main__":
    main()
