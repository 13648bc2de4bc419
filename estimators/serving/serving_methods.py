"""How an estimator hands out a function that answers for single rows."""

from __future__ import annotations

from estimators.serving.serving_function import MOST_ROWS, ServingFunction


class ServingMethods:
    """The part of an estimator that is for servers."""

    def serving_function(
        self, response_method: str = "predict", max_batch_size: int = MOST_ROWS
    ) -> ServingFunction:
        """Return a function that answers for records, for any number of threads.

        Parameters
        ----------
        response_method : str, default="predict"
            The method that answers, such as ``"predict_proba"``.
        max_batch_size : int, default=48
            Rows answered together at most.

        Returns
        -------
        ServingFunction
            Compiled already.

        Raises
        ------
        ValueError
            For a method that there is not.

        See Also
        --------
        estimators.ServingFunction : What it takes and gives.
        """
        return ServingFunction(self, response_method, max_batch_size)
