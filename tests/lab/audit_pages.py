"""``make audit-pages``: measures the whole family journey as a cheap phone meets it, in English and Urdu.

Needs the page auditor (``AUDIT`` names it) and what it installs outside the project; says so when it is missing.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from app.demo import borough
from tests.support.homes import application, flask, running, sqlite_settings

LIMITS = ("--max-kb", "15", "--max-lcp", "1200")
IGNORED = ("F92", "NoSuchID")  # false alarms of HTML_CodeSniffer: drawn faces, links to a part of another page
ERROR_WORDS = "Error|غلطی|Błąd|خطأ|Помилка|錯誤"
LANGUAGES = tuple(os.environ.get("AUDIT_LANGUAGES", "en,ur").split(","))
ROOT = Path(__file__).parent


def main() -> int:
    """Run the auditor in both languages and return 1 if a gate fails."""
    tool = Path(os.environ.get("AUDIT", "../shared/tools/phone_audit.py"))
    if not tool.is_file():
        print(f"The page auditor is not at {tool}; set AUDIT to its path.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        settings = sqlite_settings(Path(folder) / "home")
        with application(settings):
            borough.load_demo(seed=1, respondents=None, closed_waves=1, report=lambda _line: None)
        with running(settings, Path(folder) / "web.log") as base:
            return max(_audit(tool, settings, base, language) for language in LANGUAGES)


def _audit(tool: Path, settings, base: str, language: str) -> int:
    place = ("--locality", "boroughwide", "--channel", "any", "--count", "30")
    codes = flask(settings, "cards", "issue", "family", "--batch", f"audit {language}", *place).stdout
    code_file = settings.home / f"codes-{language}"
    code_file.write_text(codes, encoding="utf-8")
    command = [sys.executable, str(tool), "--journey", str(ROOT / "audit_journey.py"), "--base", base]
    command += ["--out", f"audit-out/{language}", "--error-prefix", ERROR_WORDS, *LIMITS]
    command += [part for rule in IGNORED for part in ("--ignore", rule)]
    environment = {**os.environ, "AUDIT_LANGUAGE": language, "AUDIT_CODES": str(code_file)}
    print(f"== {language}", flush=True)
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
