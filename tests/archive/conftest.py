"""What is printed follows the system's language; the tests read English unless they ask for another."""

import pytest


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the language of who runs the tests."""
    monkeypatch.setenv("LC_ALL", "C")
