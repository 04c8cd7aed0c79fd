"""`parallax`: the environment is cleaned before anything that reads it is imported."""

from bot.config import api_address, clean_environment


def main() -> None:
    """Run the command line."""
    clean_environment(api_address())
    from bot.cli import app  # noqa: PLC0415 - Bolt must not be imported before the line above

    app()


if __name__ == "__main__":
    main()
