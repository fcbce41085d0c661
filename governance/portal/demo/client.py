"""Two ways in, as clients have them: the API with a token, the site with a browser's session."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

_TIMEOUT = 120  # seconds for one answer
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class DemoFailed(RuntimeError):
    """A step did not give what it should; the message says which and what was answered."""


class Api:
    """Speaks to ``/api/v1/`` and raises ``DemoFailed`` on every answer that is not a success."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self.session = requests.Session()

    @classmethod
    def with_token(cls, base: str, token: str) -> "Api":
        api = cls(base)
        api.session.headers["Authorization"] = f"Bearer {token}"
        return api

    @classmethod
    def signed_in(cls, base: str, email: str, password: str) -> "Api":
        """Sign in by the form, as a browser does."""
        api = cls(base)
        page = api.session.get(f"{api.base}/accounts/login/", timeout=_TIMEOUT)
        found = _CSRF.search(page.text)
        if found is None:
            raise DemoFailed("The sign-in page holds no form.")
        form = {"login": email, "password": password, "csrfmiddlewaretoken": found[1]}
        api.session.headers["Referer"] = f"{api.base}/accounts/login/"
        answer = api.session.post(f"{api.base}/accounts/login/", data=form, timeout=_TIMEOUT)
        if "/accounts/login/" in answer.url:
            raise DemoFailed(f"{email} could not sign in.")
        return api

    def get(self, path: str) -> requests.Response:
        return self._checked(self.session.get(self._url(path), timeout=_TIMEOUT))

    def read(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(path).json()
        return found

    def post(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named |= self._forgery_proof()
        sent = self.session.post(self._url(path), json=body or {}, headers=named, timeout=_TIMEOUT)
        answer: dict[str, Any] = self._checked(sent).json()
        return answer

    def patch(self, path: str, body: Any) -> dict[str, Any]:
        sent = self.session.patch(
            self._url(path), json=body, headers=self._forgery_proof(), timeout=_TIMEOUT
        )
        answer: dict[str, Any] = self._checked(sent).json()
        return answer

    def upload(self, path: str, file: Path, **fields: str) -> dict[str, Any]:
        with file.open("rb") as handle:
            sent = self.session.post(
                self._url(path),
                data=fields,
                files={"file": handle},
                headers=self._forgery_proof(),
                timeout=_TIMEOUT,
            )
        answer: dict[str, Any] = self._checked(sent).json()
        return answer

    def wait(
        self,
        path: str,
        done: Callable[[dict[str, Any]], bool],
        seconds: float,
        seen: Callable[[dict[str, Any]], None] = lambda _body: None,
    ) -> dict[str, Any]:
        """Read ``path`` until ``done`` says so; raises ``DemoFailed`` when it takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            body = self.read(path)
            seen(body)
            if done(body):
                return body
            time.sleep(0.5)
        raise DemoFailed(f"{path} was not finished after {seconds:.0f} seconds.")

    def _forgery_proof(self) -> dict[str, str]:
        token = self.session.cookies.get("csrftoken")
        return {"X-CSRFToken": token} if token else {}

    def _url(self, path: str) -> str:
        return f"{self.base}/api/v1/{path}"

    def _checked(self, answer: requests.Response) -> requests.Response:
        if answer.ok:
            return answer
        asked = f"{answer.request.method} {answer.request.path_url}"
        raise DemoFailed(f"{asked} answered {answer.status_code}: {answer.text[:600]}")
