"""Above every folder of tests, so that each of them finds the databases; the rest: tests/conftest.

Pytest takes plugins from the topmost conftest alone.
"""

import pytest

# Before anything imports it: tests elsewhere use the stage of the journeys, too.
pytest.register_assert_rewrite("tests.journeys.stage", "tests.journeys.studying")

pytest_plugins = ["tests.contracts.databases"]
