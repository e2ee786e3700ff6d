"""The keys of a catalog in the section ``ownership``."""

import inspect

import pytest
from pydantic import ValidationError

from plugin_digest.ownership.catalog import CatalogProvider
from plugin_digest.ownership_settings import CatalogOwnership

GIVEN = {"type": "catalog", "url": "https://backstage.acme.example/"}


def test_the_settings_defaults_are_the_providers():
    """They are written twice, for two kinds of readers."""
    defaults = CatalogOwnership.model_validate(GIVEN)
    arguments = inspect.signature(CatalogProvider).parameters
    for key in ("annotation", "types", "max_members", "timeout_s", "max_entities", "placeholders"):
        assert getattr(defaults, key) == arguments[key].default, key
    assert defaults.url == "https://backstage.acme.example"
    assert defaults.secret is None


def test_the_token_comes_from_a_value_or_a_file(tmp_path):
    """Never from both, and it is not shown."""
    (tmp_path / "token").write_text("from-a-file\n")
    by_file = CatalogOwnership.model_validate(
        {**GIVEN, "token_file": "token"}, context={"directory": tmp_path}
    )
    by_value = CatalogOwnership.model_validate({**GIVEN, "token": "from-a-value"})
    assert (by_file.secret, by_value.secret) == ("from-a-file", "from-a-value")
    assert "from-a" not in f"{by_file!r}{by_value!r}"
    with pytest.raises(ValidationError, match="stands beside token"):
        CatalogOwnership.model_validate(
            {**GIVEN, "token": "x", "token_file": "token"}, context={"directory": tmp_path}
        )


@pytest.mark.parametrize("change", [{"annotation": "a=b"}, {"annotation": "a b"}, {"types": ["x", "a,b"]}])
def test_what_the_catalogs_filter_cannot_ask_for_is_refused(change):
    """It has no way to quote a comma."""
    with pytest.raises(ValidationError, match="which the catalog's filter cannot ask for"):
        CatalogOwnership.model_validate({**GIVEN, **change})
