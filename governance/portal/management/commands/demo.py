"""Do the main job once, on real data: ``manage.py demo``. Ends by itself with an exit status."""

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from governance.access.models import User
from governance.portal.demo import people as persons
from governance.portal.demo.client import Api, DemoFailed
from governance.portal.demo.money import MoneyResult, Purse, tell_money
from governance.portal.demo.story import Cast, Result, tell
from governance.portal.demo.subjects import flights_subject, mortgage_subject
from reports.documents.verification import verify_report

_START_SECONDS = 240
_STOP_SECONDS = 40


class Command(BaseCommand):
    help = "Registers, checks, approves and reports two models on real data, then verifies all."

    def handle(self, *_args: Any, **_options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if User.objects.exists():
            raise CommandError("The demo wants an empty installation; set ASSAY_VAR_DIR to one.")
        started = time.monotonic()
        try:
            results, money = self._play()
            sound = [self._verify(pdf) for pdf in (*(one.pdf for one in results), money.pdf)]
        except DemoFailed as error:
            raise CommandError(str(error)) from error
        self._say("verifying the ledger")
        call_command("verify_ledger", stdout=self.stdout, stderr=self.stderr)
        self._account(results, money, time.monotonic() - started)
        if not all(sound):
            sys.exit(1)

    def _play(self) -> tuple[list[Result], MoneyResult]:
        people = persons.make_people()
        persons.write_down(people, self._folder() / "demo-accounts.txt")
        work = Path(settings.VAR_DIR) / "demo-files"
        work.mkdir(exist_ok=True)
        self._say("training two models on real data")
        subjects = [mortgage_subject(work), flights_subject(work)]
        with self._served() as base:
            cast = _cast(base, people)
            folder = self._reports()
            told = [tell(subject, cast, folder, self._say) for subject in subjects]
            self._say("three months of a cloud bill, shared out to the models")
            return told, tell_money(_purse(base, cast, people), told, work, folder, self._say)

    @contextlib.contextmanager
    def _served(self) -> Iterator[str]:
        """Web, workers and scheduler as `make serve` runs them, on a free port, until the end."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = Path(settings.VAR_DIR) / "demo-serve.log"
        with log.open("wb") as out:
            command = [sys.executable, "manage.py", "serve", "--port", str(port)]
            process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=out, stderr=out)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_until_ready(base, process, log)
            self._say(f"web, workers and scheduler are up at {base}")
            yield base
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _verify(self, pdf: Path) -> bool:
        """Ask our verifier and, where it is installed, poppler's ``pdfsig``."""
        found = verify_report(pdf.read_bytes()).facts()
        self._say(f"{pdf.name}: {found['headline']}. {found['detail']}")
        second = True
        if tool := shutil.which("pdfsig"):
            told = subprocess.run([tool, pdf], capture_output=True, text=True, check=False)
            second = "Signature is Valid" in told.stdout
            self._say(f"{pdf.name}: pdfsig says the signature is {_word(valid=second)}")
        return found["answer"] == "authentic-current" and second

    def _account(self, results: list[Result], money: MoneyResult, seconds: float) -> None:
        self.stdout.write("")
        self.stdout.write(f"Done in {seconds:.0f} s.")
        for result in results:
            state = result.case["state"].replace("_", " ")
            self.stdout.write(f"  {result.model}: {state}; signed report {result.pdf}")
        spent = f"{float(money.spent):,.2f} USD in {money.month:%B %Y}"
        self.stdout.write(f"  cost of the models: {spent}; signed report {money.pdf}")
        accounts = self._folder() / "demo-accounts.txt"
        self.stdout.write(f"Look around with `make serve-demo`; accounts: {accounts}")

    def _folder(self) -> Path:
        """`var/`, also when the demo's own data lie in a folder below it."""
        folder = Path(settings.BASE_DIR) / "var"
        folder.mkdir(exist_ok=True)
        return folder

    def _reports(self) -> Path:
        folder = self._folder() / "reports"
        folder.mkdir(exist_ok=True)
        return folder

    def _say(self, text: str) -> None:
        self.stdout.write(f"[{time.strftime('%H:%M:%S')}] {text}")
        self.stdout.flush()


def _purse(base: str, cast: Cast, people: dict[str, persons.Person]) -> Purse:
    manager, finance = people["mina"], people["finn"]
    return Purse(
        developer=cast.developer,
        manager=Api.signed_in(base, manager.email, manager.password),
        finance=Api.signed_in(base, finance.email, finance.password),
        finance_password=finance.password,
    )


def _word(*, valid: bool) -> str:
    return "valid" if valid else "NOT valid"


def _cast(base: str, people: dict[str, persons.Person]) -> Cast:
    validator, officer = people["viktor"], people["rosa"]
    return Cast(
        developer=Api.with_token(base, persons.client_token(people["dana"])),
        validator=Api.signed_in(base, validator.email, validator.password),
        validator_password=validator.password,
        officer=Api.signed_in(base, officer.email, officer.password),
        officer_password=officer.password,
        owner_id=people["dana"].user.pk,
    )


def _wait_until_ready(base: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{base}/readyz", timeout=15).ok:
                return
        time.sleep(0.3)
    raise DemoFailed(f"The service did not start; its words stand in {log}.")
