"""The emulator as users' tests see it: options, records, history, the fixture, the command."""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from blocks_sessions import AuthenticationError, SessionsClient
from blocks_sessions.__main__ import main
from blocks_sessions.testing import Churn, Emulator, Faults, History, fault_kinds

FIXTURES = Path(__file__).parents[1] / "fixtures"


def page_of(server: Emulator, limit: int = 100, offset: int = 0, **fields: object) -> Any:
    body = {"agent_id": "agent_123", "project_key": "demo-key", "limit": limit, "offset": offset, **fields}
    request = urllib.request.Request(
        f"{server.url}/conversation/sessions",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.fixture
def _quiet_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


pytestmark = pytest.mark.usefixtures("_quiet_proxy")


def test_the_pages_own_sessions_come_first() -> None:
    wanted = json.loads((FIXTURES / "page_response_200.json").read_text())
    with Emulator() as server:
        assert page_of(server, limit=2) == wanted
        assert server.sessions()[:2] == wanted["sessions"]
        assert server.session_count() == 247


def test_sessions_of_ones_own() -> None:
    own: list[dict[str, object]] = [{"session_id": "a", "n": 2**70, "lone": "\ud800"}, {"ö": [None]}]
    with Emulator(sessions=iter(own)) as server:
        assert page_of(server) == {"sessions": own, "total_count": 2}
        assert server.sessions() == own
        assert server.history.existed_throughout == {"a"}


def test_several_agents() -> None:
    with Emulator(agents={"a": 3, "b": [{"session_id": "x"}]}) as server:
        assert page_of(server, agent_id="a")["total_count"] == 3
        assert page_of(server, agent_id="b")["sessions"] == [{"session_id": "x"}]
        assert len(server.sessions("a")) == len(server.sessions()) == 3
        with pytest.raises(KeyError, match="no agent"):
            server.sessions("c")


def test_requests_show_what_arrived_and_no_secret_by_accident() -> None:
    with Emulator(sessions=5) as server:
        client = SessionsClient(
            "demo-key", agent_id="agent_123", base_url=server.url + "/v1", access_token="tell-no-one"
        )
        client.list(limit=2)
        (seen,) = server.requests
        assert (seen.method, seen.path, seen.status) == ("POST", "/v1/conversation/sessions", 200)
        assert seen.json()["limit"] == 2
        assert seen.headers["authorization"] == "Bearer tell-no-one"
        assert seen.answered is not None
        assert 0 <= seen.received <= seen.answered
        assert repr(seen) == "<ReceivedRequest: POST /v1/conversation/sessions → 200>"
        assert (server.request_count, server.in_flight, server.peak_in_flight) == (1, 0, 1)


def test_history_tells_who_must_be_found() -> None:
    with Emulator(sessions=300, churn=Churn(inserts=1, touches=1, deletes=1), seed=4) as server:
        before = {session["session_id"] for session in server.sessions()}
        for _ in range(20):
            page_of(server)
        after = {session["session_id"] for session in server.sessions()}
        history = server.history
        assert isinstance(history, History)
        assert history.existed_throughout == before & after
        assert len(history.inserted) == 20
        assert history.inserted - history.deleted == after - before
        assert [event.kind for event in history.events].count("touched") == 20
        assert re.fullmatch(
            r"<History: 2\d\d existed throughout, 20 inserted, .* touched, .* deleted>", repr(history)
        )
        server.forget_history()
        assert server.history.existed_throughout == after


def test_a_token_can_be_revoked() -> None:
    with Emulator(sessions=5, require_token=True) as server:
        client = SessionsClient(
            "demo-key",
            agent_id="agent_123",
            base_url=server.url,
            client_id="demo-client",
            client_secret="demo-secret",
        )
        assert client.list().total_count == 5
        server.revoke_tokens()
        assert client.list().total_count == 5
        assert [request.status for request in server.requests] == [200, 200, 401, 200, 200]
    with Emulator(require_token="mine") as server:
        with pytest.raises(AuthenticationError):
            SessionsClient("demo-key", agent_id="agent_123", base_url=server.url, access_token="x").list()
        with SessionsClient(
            "demo-key", agent_id="agent_123", base_url=server.url, access_token="mine"
        ) as client:
            assert client.list(limit=1).total_count == 247


def test_faults_by_kind() -> None:
    with Emulator(faults=Faults(1.0, kinds=["status_503"], retry_after=9)) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            page_of(server)
        assert (caught.value.code, caught.value.headers["retry-after"]) == (503, "9")
        caught.value.close()
        assert server.requests[0].fault == "status_503"
    with Emulator(
        sessions=1_500, seed=2, faults=[Faults(0.1, retry_after=0), Faults(0.05, "status_429", 0)]
    ) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        assert list(client.iter_sessions(consistency="fast")) == server.sessions()
        assert server.request_count > 15


def test_every_kind_of_fault_is_described() -> None:
    kinds = fault_kinds()
    assert len(kinds) > 50
    assert all(kind.description and kind.group for kind in kinds)
    assert {kind.name for kind in kinds if kind.transient} >= {"reset", "status_429", "status_503"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sessions": -1}, "sessions"),
        ({"sessions": 3, "agents": {}}, "not both"),
        ({"sessions": [3]}, "index 0"),
        ({"sessions": [{"a": float("nan")}]}, "index 0"),
        ({"latency": -1}, "latency"),
        ({"order": "newest"}, "activity, created"),
        ({"offset_unit": "rows"}, "sessions, pages"),
        ({"total_count": "none"}, "exact, null, page"),
        ({"page_limit": 101}, "page_limit"),
        ({"page_limit": -1}, "page_limit: the number is out of range"),
        ({"port": 70_000}, "port"),
        ({"host": "nowhere"}, "host: .*IP"),
        ({"ties": 1.5}, "ties"),
        ({"null_keys": float("nan")}, "null_keys"),
        ({"rate_limit": 0}, "rate_limit"),
        ({"churn": Churn(inserts=-1)}, "churn"),
        ({"faults": Faults(2.0)}, "rate"),
        ({"faults": Faults(0.1, kinds="rest")}, "rest"),
    ],
)
def test_wrong_options_say_which(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Emulator(**options)


@pytest.mark.parametrize("options", [{"page_limit": "x"}, {"keys": [3]}, {"agents": {3: 3}}, {"ties": "x"}])
def test_options_of_a_wrong_type_say_which(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(options))):
        Emulator(**options)


def test_a_port_in_use_is_an_os_error() -> None:
    with Emulator() as server, pytest.raises(OSError, match=r"in use"):
        Emulator(port=int(server.url.rsplit(":", 1)[1]))


def test_it_ends_with_its_block_and_with_its_last_reference() -> None:
    with Emulator() as server:
        url = server.url
        page_of(server)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=5)
    assert len(server.requests) == 1
    lost = Emulator()
    url = lost.url
    del lost
    gc.collect()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=5)


def test_a_busy_interpreter_does_not_hold_it_up() -> None:
    """The client below runs in this very thread, in C, with the interpreter locked."""
    with Emulator(latency=0.05) as server:
        client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
        assert client.list(limit=1).total_count == 247


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_lets_go_of_it() -> None:
    with Emulator(sessions=3) as server:
        child = os.fork()
        if child == 0:
            server.close()
            os._exit(7)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 7
        assert page_of(server)["total_count"] == 3


def test_the_fixture_is_there_without_import(blocks_emulator: Emulator) -> None:
    assert page_of(blocks_emulator)["total_count"] == 247


@pytest.mark.blocks_emulator(sessions=12, seed=3)
class TestMarked:
    def test_a_marker_sets_its_options(self, blocks_emulator: Emulator) -> None:
        assert page_of(blocks_emulator)["total_count"] == 12

    @pytest.mark.blocks_emulator(total_count="null")
    def test_the_nearest_marker_adds_to_the_others(self, blocks_emulator: Emulator) -> None:
        page = page_of(blocks_emulator)
        assert (page["total_count"], len(page["sessions"])) == (None, 12)


def serve(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "blocks_sessions", "serve", "--port", "0", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_end(ending: signal.Signals) -> None:
    with serve("--sessions", "33") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        call = "".join(iter(process.stdout.readline, "\n")) + "".join(iter(process.stdout.readline, "\n"))
        match = re.fullmatch(r"Serving (http://127\.0\.0\.1:\d+) \(Ctrl-C ends it\)\. Try:\n", first)
        assert match is not None
        assert f"curl -X POST '{match[1]}/conversation/sessions'" in call
        body = re.search(r"-d '(.*)'", call)
        assert body is not None
        request = urllib.request.Request(
            f"{match[1]}/conversation/sessions", body[1].encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.load(answer)["total_count"] == 33
        begun = time.monotonic()
        process.send_signal(ending)
        rest, errors = process.communicate(timeout=20)
        assert (process.returncode, rest, errors) == (0, "", "")
        assert time.monotonic() - begun < 10


def test_the_command_explains_what_it_cannot_do(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--page-limit", "0"]) == 2
    assert capfd.readouterr().err == "error: page_limit: 0 is not from 1 to 100\n"
    assert main(["serve", "--latency", "soon"]) == 2
    assert "give seconds" in capfd.readouterr().err
    with Emulator() as server:
        assert main(["serve", "--port", server.url.rsplit(":", 1)[1]]) == 1
    assert "--port 0" in capfd.readouterr().err


def test_the_command_shows_its_help_and_its_faults(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    assert "--fault-rate" in capfd.readouterr().out
    assert main(["serve", "--list-faults"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [kind.name for kind in fault_kinds()]


def test_the_command_runs_beside_other_threads(capfd: pytest.CaptureFixture[str]) -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["--version"])))
    thread.start()
    thread.join()
    assert codes == [0]
    assert capfd.readouterr().out.startswith("blocks-sessions ")


DOCUMENT = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")


def test_the_documents_table_of_faults_is_whole() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (yes)? ?\| (.+) \|$", DOCUMENT, re.MULTILINE)
    assert [(name, group, mark == "yes", what) for name, group, mark, what in rows] == list(fault_kinds())


def test_the_documents_first_example_runs() -> None:
    example = re.search(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    exec(compile(example[1], "testing.md", "exec"), {})
