"""Seeds are drawn afresh in each run; the end of the run names them."""

import re

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seed of every test that printed one."""
    for report in terminalreporter.getreports("passed"):
        for seed in re.findall(r"seed \d+", report.capstdout):
            terminalreporter.write_line(f"{report.nodeid}: {seed}")
