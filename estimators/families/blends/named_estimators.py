"""Estimators of a blend as its parameters: read, set and searched by name."""

from __future__ import annotations

from typing import Any, Self

from sklearn.utils.metaestimators import _BaseComposition


class NamedEstimators(_BaseComposition):
    """What has `estimators`, of which pairs of a name and an estimator are parameters too."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, with ``deep`` those of estimators as ``name__parameter``.

        Parameters
        ----------
        deep : bool, default=True

        Returns
        -------
        dict of str to object
        """
        return self._get_params("_named", deep=deep)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, by its name an estimator, or as ``name__parameter`` what it has.

        Parameters
        ----------
        **params : object

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For a parameter that there is not.

        Examples
        --------
        >>> from estimators import DNNClassifier, TabularClassifier
        >>> model = TabularClassifier(estimators=["linear", ("deep", DNNClassifier())])
        >>> model.set_params(deep__dropout=0.2).estimators
        ['linear', ('deep', DNNClassifier(dropout=0.2))]
        """
        if "estimators" in params:
            self.estimators = params.pop("estimators")
        return self._set_params("_named", **params)

    @property
    def _named(self) -> list[tuple[str, Any]]:
        """The pairs of `estimators`; what else stands there is checked at fit."""
        given = self.estimators if isinstance(self.estimators, list | tuple) else ()
        return [tuple(entry) for entry in given if self._is_named(entry)]

    @_named.setter
    def _named(self, named: list[tuple[str, Any]]) -> None:
        pairs = iter(named)
        self.estimators = type(self.estimators)(
            next(pairs) if self._is_named(entry) else entry for entry in self.estimators
        )

    def _is_named(self, entry: Any) -> bool:
        return (
            isinstance(entry, list | tuple)
            and len(entry) == 2
            and isinstance(entry[0], str)
            and entry[0] not in self._get_param_names()
            # Whose parameters nobody has set.
            and not isinstance(entry[1], type)
        )
