"""Every exit code, and the one line that goes with it."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from command import Command

from blocks_sessions.testing import Emulator, Faults


def test_done_is_0(blocks: Command) -> None:
    assert blocks("list").code == 0
    assert blocks("list", "--consistency", "strict").code == 0
    fast = blocks("list", "--consistency", "fast")
    assert (fast.code, fast.err) == (0, "247 sessions, not proven (fast)\n")


def test_a_failure_is_1(blocks: Command) -> None:
    done = blocks("list", "--agent", "agent_404")
    assert (done.code, done.out) == (1, "")
    sentence = "error: 422: body.agent_id: Agent not found or access denied (value_error.notfound). "
    assert done.err.startswith(f"{sentence}Check agent_id")
    assert done.err.count("\n") == 1
    refused = blocks("list", "--base-url", "http://127.0.0.1:9", "--timeout", "2")
    assert refused.code == 1
    assert refused.err.startswith("error: could not connect to 127.0.0.1:9")
    assert refused.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], "'list'"),
        (["list", "--agnt", "x"], "'--agent'"),
        (["list", "-o", "xml"], "jsonl"),
        (["list", "-n", "-1"], "give a whole number, 0 or more"),
        (["list", "-n", "many"], "invalid value 'many'"),
        (["list", "--agent", " "], "it must not be empty"),
        (["list", "--base-url", "nowhere"], "--base-url must be a whole address"),
        (["list", "--timeout", "0"], "give a time above 0"),
        (["list", "--timeout", "soon"], "give a time"),
        (["list", "--max-concurrency", "0"], "give a whole number from 1 to 1,000"),
        (["list", "--max-rps", "-1"], "give a number above 0"),
        (["list", "--consistency", "loose"], "strict"),
        (["list", "--profile", "nowhere"], "there is no profile 'nowhere'"),
        (["list", "--mask-key-file", "/nowhere"], "there is none: add --mask"),
        (["serve", "--port", "0", "--fault", "no\x1b[31mne"], 'there is no kind "no\\u{1b}[31mne"'),
        (["serve", "--port", "0", "--page-limit", "0"], "page_limit: 0 is not from 1 to 100"),
        (["list", "-n", "a\x07b"], "invalid value 'a\\u{7}b'"),
        (["li\x9bst"], "'li\\u{9b}st'"),
        (["config"], "show"),
        (["man", "lst"], "did you mean 'list'?"),
        (["completion", "tcsh"], "invalid value 'tcsh'"),
    ],
)
def test_usage_is_2(blocks: Command, arguments: list[str], words: str) -> None:
    done = blocks(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_no_agent_is_2_and_says_where_to_name_one(blocks: Command) -> None:
    done = blocks("list", BLOCKS_AGENT_ID=None)
    assert done.code == 2
    assert "--agent" in done.err
    assert "BLOCKS_AGENT_ID" in done.err
    assert "config.toml" in done.err


@pytest.mark.parametrize("consistency", ["checked", "strict"])
def test_unproven_is_3(blocks: Command, consistency: str) -> None:
    with Emulator(sessions=250) as server:
        rows: list[dict[str, object]] = [dict(session) for session in server.sessions()]
    # Without an id nothing tells whether it was seen before.
    del rows[120]["session_id"]
    with Emulator(sessions=rows) as server:
        done = blocks("list", "--consistency", consistency, BLOCKS_API_URL=server.url)
        counted = blocks("count", "--where", "true", BLOCKS_API_URL=server.url)
    assert (counted.code, len(counted.out.split())) == (3, 1)
    assert len(done.lines) >= 250
    assert done.code == 3, done.err
    assert "proven" in done.err
    assert done.err.startswith("error: ") is (consistency == "strict")


def test_credentials_are_4(blocks: Command, bare: Command) -> None:
    missing = bare("list", BLOCKS_AGENT_ID="a")
    assert missing.code == 4
    assert "BLOCKS_PROJECT_KEY" in missing.err
    assert "config.toml" in missing.err
    wrong = blocks("list", BLOCKS_PROJECT_KEY="wrong-key")
    assert wrong.code == 4
    assert "wrong-key" not in wrong.err
    with Emulator(sessions=3, require_token="let-me-in") as guarded:
        without = blocks("list", BLOCKS_API_URL=guarded.url)
        refused = blocks("list", BLOCKS_API_URL=guarded.url, BLOCKS_ACCESS_TOKEN="not-this-one")
        admitted = blocks("list", BLOCKS_API_URL=guarded.url, BLOCKS_ACCESS_TOKEN="let-me-in")
    assert (without.code, refused.code, admitted.code) == (4, 4, 0)
    assert without.err.startswith("error: 401")
    assert "not-this-one" not in refused.err


def test_403_is_4(blocks: Command) -> None:
    with Emulator(sessions=3, faults=Faults(rate=1.0, kinds=["status_403"])) as server:
        assert blocks("list", BLOCKS_API_URL=server.url).code == 4


def test_ctrl_c_is_130_and_says_what_was_written(blocks: Command) -> None:
    with Emulator(sessions=20_000, latency=0.05) as server:
        process = blocks.start("list", BLOCKS_API_URL=server.url)
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"interrupted: " in err
    assert b"sessions were written" in err
    # Whole lines, and nothing twice.
    assert out.endswith(b"\n")
    assert all(json.loads(line) for line in out.splitlines())


def test_ctrl_c_in_a_terminal(blocks: Command) -> None:
    with Emulator(sessions=20_000, latency=0.05) as server:
        screen = blocks.terminal("list", BLOCKS_API_URL=server.url)
        screen.read(until="session_abc123")
        screen.press(b"\x03")
        done = screen.end()
    assert done.code == 130
    assert "interrupted" in done.out


def test_sigterm_is_143(blocks: Command) -> None:
    with Emulator(sessions=20_000, latency=0.05) as server:
        process = blocks.start("list", BLOCKS_API_URL=server.url)
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        _, err = process.communicate(timeout=10)
    assert process.returncode == 143
    assert b"terminated: " in err


def test_ctrl_c_while_nobody_reads_the_output(blocks: Command) -> None:
    with Emulator(sessions=20_000) as server:
        process = blocks.start("list", BLOCKS_API_URL=server.url)
        wait_for(lambda: len(server.requests) > 1)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        process.communicate()


def test_a_second_ctrl_c_ends_it_where_it_stands(blocks: Command) -> None:
    with Emulator(sessions=20_000) as server:
        process = blocks.start("list", BLOCKS_API_URL=server.url)
        wait_for(lambda: len(server.requests) > 1)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        process.communicate()


def test_ctrl_c_before_the_first_answer(blocks: Command) -> None:
    with Emulator(sessions=10, latency=20) as server:
        process = blocks.start("list", BLOCKS_API_URL=server.url)
        wait_for(lambda: len(server.requests) > 0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, b"", b"interrupted\n")


def test_in_the_background_of_a_script_ctrl_c_is_for_others(blocks: Command) -> None:
    with Emulator(sessions=500, latency=0.2) as server:
        # bash starts a job of a script with SIGINT ignored.
        line = "blocks list > /dev/null & job=$!; sleep 0.7; kill -INT $job; wait $job"
        assert blocks.shell(line, BLOCKS_API_URL=server.url).code == 0


def wait_for(condition: object, patience: float = 20) -> None:
    assert callable(condition)
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_errors_as_json(blocks: Command) -> None:
    done = blocks("list", "--agent", "agent_404", "--json-errors")
    assert done.code == 1
    error = json.loads(done.err)
    assert error["error"] == "AgentNotFoundError"
    assert error["message"].startswith("422: body.agent_id")
    assert (error["exit_code"], error["status_code"]) == (1, 422)
    wrong = blocks("list", "--agnt", "x", "--json-errors")
    assert (wrong.code, json.loads(wrong.err)["exit_code"]) == (2, 2)
    assert "--agnt" in json.loads(wrong.err)["message"]


def test_a_message_of_the_service_cannot_draw(blocks: Command, tmp_path: Path) -> None:
    with Emulator(sessions=3) as server:
        done = blocks("list", "--agent", "a\x1b[31m\nb", BLOCKS_API_URL=server.url)
    assert done.code == 1
    assert "\x1b" not in done.err
    assert done.err.count("\n") == 1
