"""The settings' table in docs/operations.md is the settings themselves."""

from __future__ import annotations

from server import docs
from server.settings import Settings


def test_the_settings_table_is_up_to_date() -> None:
    text = docs.PAGE.read_text()
    assert text == docs.page(text), "run: python -m server.docs"


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
