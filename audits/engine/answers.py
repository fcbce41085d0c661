"""What a job may say, line by line: anything else ends it as malformed output."""

import json
from collections.abc import Callable
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from audits.engine.errors import DataError, EngineError, ModelError
from audits.engine.job import Progress
from audits.engine.outcome import Outcome, outcome_from_json
from audits.engine.plan import Plan
from audits.engine.rebuild import rebuild

T = TypeVar("T")

REFUSED_KEYS = {"event", "what", "message", "code"}
LONGEST_MESSAGE = 4_000


class Answer(Protocol):
    def take(self, line: bytes) -> None:
        """Take one line; raises ``EngineError`` when it is not one that is due."""
        ...

    def check(self) -> None:
        """Raise what the job said went wrong, or ``EngineError`` when it said too little."""
        ...


class _Base:
    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        self._tell = on_progress
        self._error: Exception | None = None
        self._over = False

    def take(self, line: bytes) -> None:
        event = _parsed(line)
        if self._over:
            raise _malformed("The run went on after its end.")
        try:
            news = self._event(event)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _malformed(f"The run's output is malformed: {str(error)[:200]}") from error
        if news is not None:
            self._tell(news)

    def check(self) -> None:
        if self._error is not None:
            raise self._error
        if not self._over:
            raise _malformed("The run ended without a result.")

    def _event(self, event: dict[str, Any]) -> Progress | None:
        kind = event["event"]
        if kind == "refused" and set(event) == REFUSED_KEYS:
            made = {"data": DataError, "model": ModelError}[event["what"]]
            message, code = rebuild(str, event["message"]), rebuild(str, event["code"])
            self._error = made(message[:LONGEST_MESSAGE], code[:60])
        elif event == {"event": "failed", "kind": "memory"}:
            self._error = EngineError("The run needed more memory than it may use.", "memory")
        else:
            raise ValueError("an event that is not due")
        self._over = True
        return None


class RunAnswer(_Base):
    """The plan's checks in order, each started and finished once."""

    def __init__(self, plan: Plan, on_progress: Callable[[Progress], None]) -> None:
        super().__init__(on_progress)
        self._plan = plan
        self._outcomes: list[Outcome] = []
        self._running = False

    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(self._outcomes)

    def _event(self, event: dict[str, Any]) -> Progress | None:
        index, total = len(self._outcomes), len(self._plan.checks)
        if event == {"event": "done", "count": total} and index == total:
            self._over = True
            return None
        if event.get("event") == "started":
            return self._started(event, index)
        if event.get("event") == "finished":
            return self._finished(event, index)
        return super()._event(event)

    def _started(self, event: dict[str, Any], index: int) -> Progress:
        check = self._plan.checks[index].check if index < len(self._plan.checks) else None
        due = {"event": "started", "index": index, "check": check}
        if event != due or self._running:
            raise ValueError("a check began that is not due")
        self._running = True
        return Progress(index, str(check))

    def _finished(self, event: dict[str, Any], index: int) -> Progress:
        if not self._running or set(event) != {"event", "index", "outcome", "seconds"}:
            raise ValueError("a check ended that had not begun")
        outcome = outcome_from_json(event["outcome"], rebuild(float, event["seconds"]))
        if event["index"] != index or outcome.check != self._plan.checks[index].check:
            raise ValueError("an outcome for another check")
        self._running = False
        self._outcomes.append(outcome)
        return Progress(index, outcome.check, outcome)


class SingleAnswer(_Base, Generic[T]):
    """One line with one value."""

    def __init__(self, kind: type[T], event: str) -> None:
        super().__init__(lambda _: None)
        self._kind = kind
        self._due = event
        self._value: T | None = None

    def value(self) -> T:
        if self._value is None:
            raise _malformed("The run ended without a result.")
        return self._value

    def _event(self, event: dict[str, Any]) -> Progress | None:
        if event.get("event") != self._due:
            return super()._event(event)
        if set(event) != {"event", "body"}:
            raise ValueError("unknown keys")
        self._value = rebuild(self._kind, event["body"])
        self._over = True
        return None


def single(kind: type[T], event: str) -> SingleAnswer[T]:
    return SingleAnswer(kind, event)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _malformed("The run's output is not JSON.") from error
    if not isinstance(event, dict):
        raise _malformed("The run's output is not JSON objects.")
    return event


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _malformed(reason: str) -> EngineError:
    return EngineError(reason, "malformed-output")
