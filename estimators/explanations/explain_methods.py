"""How an estimator hands out explanations of its predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.utils.metaestimators import available_if

if TYPE_CHECKING:
    from estimators.explanations.explanation import Explanation


def _reads_columns(estimator: ExplainMethods) -> bool:
    if not estimator._has_columns:
        raise AttributeError(
            f"{type(estimator).__name__} has no explain, since its rows have no columns; give the "
            "rows as a table of several to another estimator."
        )
    return True


class ExplainMethods:
    """The part of an estimator on tables that tells what predictions are made of."""

    _has_columns = True

    @available_if(_reads_columns)
    def explain(self, X: Any, background: Any = None) -> Explanation:
        """Return what every column adds to every prediction, by integrated gradients.

        Parameters
        ----------
        X : DataFrame, or array or sparse matrix of shape (rows, columns)
            Rows to explain.
        background : DataFrame, or array or sparse matrix, default=None
            Rows whose mean is the baseline, in the terms of the network: scaled numbers, shares
            of categories, means of vectors. None takes zeros: standardised numbers at the mean of
            the training rows, none of the categories, no word.

        Returns
        -------
        Explanation
            Of values in the units of the target, each of several quantiles before they are put
            in order; with a log link (``loss="poisson"``, ``"gamma"`` and so on) of the logarithm
            of the mean; of classes on the scale of ``decision_function``, that of two classes
            alone and those of several each, and of classes in order of the log-odds of reaching
            each but the first.

        Raises
        ------
        ValueError
            For columns other than those of the fit, a background without rows, or a sentence
            model that training changes.

        See Also
        --------
        estimators.displays.ExplanationDisplay : Draws an explanation.
        sklearn.inspection.permutation_importance : Which columns a score needs, over all rows.

        Notes
        -----
        The gradient is integrated along the straight line from the baseline to the row, where
        numbers are scaled and categories, dates, texts and crosses have become indicators or
        vectors; pieces and cosines of numbers follow their numbers. What a column has become is
        added up; what several columns make together (a cross, categories with weights) is split
        equally among them. Of several members the average is explained, as one function of what
        each of them sees: of classes the log-odds of their mean probability.

        ``base_values + values.sum(axis=1)`` are the predictions. The integral is a sum over 32
        segments of the line, within each of which slopes of both ends are weighed to give its known
        change; what is then left is spread over the columns in proportion to what they add. Of a
        linear model values are coefficients times differences from the baseline. A column that no
        output depends on gets 0. Where columns matter together, what they add together is shared
        by the line, and where they are correlated, by which of them the network has come to use.

        The values of a row are the same bits whatever rows are beside it, among up to 256 rows
        and among more, as those of ``predict``.

        References
        ----------
        Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017; the path method
        of Aumann and Shapley, Values of Non-Atomic Games, 1974; ``shap.Explanation``.

        Examples
        --------
        >>> import numpy as np
        >>> from estimators import DNNRegressor
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> model = DNNRegressor(hidden_units=(16,), epochs=20, random_state=0).fit(X, y)
        >>> explanation = model.explain(X[:100])
        >>> whole = explanation.base_values + explanation.values.sum(axis=1)
        >>> np.allclose(whole, model.predict(X[:100]))
        True
        """
        from estimators.explanations.explaining import explanation_of

        return explanation_of(self, X, background)
