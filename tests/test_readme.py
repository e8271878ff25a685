"""What the README shows is what the commands print."""

from tests.readme import PAGE, refreshed


def test_the_readme_shows_real_output() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert refreshed(page) == page, "run `make readme` and look at the difference"
