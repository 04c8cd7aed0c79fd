"""Above every folder of tests, so that each of them finds the databases; the rest: tests/conftest.

Pytest takes plugins from the topmost conftest alone.
"""

pytest_plugins = ["tests.contracts.databases"]
