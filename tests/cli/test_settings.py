"""Every layer of the settings, from flags down to defaults, for the command and for Python."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
from pathlib import Path

import pytest
from command import Command

from blocks_sessions import AsyncSessionsClient, ConfigurationError, SessionsClient
from blocks_sessions.testing import Emulator


def in_force(command: Command, *arguments: str, **variables: str | None) -> dict[str, tuple[str | None, str]]:
    done = command("config", "show", "-o", "json", *arguments, **variables)
    assert done.code == 0, done.err
    return {name: (it["value"], it["from"]) for name, it in json.loads(done.out)["settings"].items()}


def test_flag_named_profile_environment_profile_default(bare: Command) -> None:
    bare.configure(
        """
        [default]
        agent_id = "of default"
        [staging]
        agent_id = "of staging"
        """
    )
    named = ["--profile", "staging"]
    environment = {"BLOCKS_AGENT_ID": "of the environment"}

    def agent(*arguments: str, **variables: str) -> tuple[str | None, str]:
        return in_force(bare, *arguments, **variables)["agent_id"]

    assert agent("--agent", "of a flag", *named, **environment) == ("of a flag", "flag")
    assert agent(*named, **environment) == ("of staging", "profile staging")
    assert agent(**environment) == ("of the environment", "BLOCKS_AGENT_ID")
    assert agent(BLOCKS_PROFILE="staging", **environment) == ("of the environment", "BLOCKS_AGENT_ID")
    assert agent(BLOCKS_PROFILE="staging") == ("of staging", "profile staging")
    assert agent() == ("of default", "profile default")
    assert agent(BLOCKS_AGENT_ID="  ") == ("of default", "profile default")
    bare.configure("[staging]\n")
    assert agent() == (None, "default")


CASES = {
    "base_url": (
        "--base-url",
        '"https://profile.example"',
        "https://profile.example",
        "https://flag.example",
    ),
    "agent_id": ("--agent", '"p"', "p", "f"),
    "consistency": ("--consistency", '"strict"', "strict", "fast"),
    "max_concurrency": ("--max-concurrency", "7", "7", "9"),
    "max_requests_per_second": ("--max-rps", "2.5", "2.5", "3"),
    "timeout": ("--timeout", "12", "attempt 12 s", "15"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_setting_from_a_flag_and_from_a_profile(bare: Command, name: str) -> None:
    flag, written, value, given = CASES[name]
    bare.configure(f"[default]\n{name} = {written}\n")
    assert in_force(bare)[name] == (value, "profile default")
    found, origin = in_force(bare, flag, given)[name]
    assert origin == "flag"
    assert given in str(found)


def test_settings_without_a_flag(bare: Command) -> None:
    bare.configure(
        """
        [default]
        timeout = { attempt = 10, total = 60.5 }
        max_retries = 2
        headers = { x-trace = "abc" }
        proxy = "http://user:hunter2@proxy.example:3128"
        ca_bundle = "roots.pem"
        cache_ttl = 5
        """
    )
    settings = in_force(bare)
    assert settings["timeout"][0] == "attempt 10 s, connect 5 s, total 60.5 s"
    assert settings["max_retries"][0] == "2"
    assert settings["headers"][0] == "x-trace: set"
    assert settings["proxy"][0] == "http://***@proxy.example:3128/"
    assert settings["ca_bundle"][0] == str(bare.config.parent / "roots.pem")
    assert "hunter2" not in bare("config", "show", "-o", "table").out


def test_no_secret_is_shown(bare: Command, tmp_path: Path) -> None:
    (tmp_path / "blocks-sessions").mkdir()
    (tmp_path / "blocks-sessions" / "secret").write_text("from-a-file\n")
    bare.configure(
        """
        [default]
        project_key = "top-secret-1"
        client_id = "me"
        client_secret_file = "secret"
        """
    )
    done = bare("config", "show", "-o", "table", X_BLOCKS_KEY="top-secret-2")
    assert done.code == 0
    assert "top-secret" not in done.out
    assert "from-a-file" not in done.out
    settings = in_force(bare, X_BLOCKS_KEY="top-secret-2")
    assert settings["project_key"] == ("set", "X_BLOCKS_KEY")
    assert settings["client_id"] == ("me", "profile default")
    assert str(settings["client_secret"][0]).startswith("set (from ")
    assert "access_token" not in settings


def test_a_secret_that_others_can_read_is_warned_of(bare: Command) -> None:
    path = bare.configure('[default]\nproject_key = "k"\n', mode=0o644)
    told = bare("config", "show").err
    assert told.startswith("warning: ")
    assert f"chmod 600 '{path}'" in told
    path.chmod(0o600)
    assert bare("config", "show").err == ""
    bare.configure('[default]\nproject_key_file = "k"\nagent_id = "a"\n', mode=0o644)
    assert bare("config", "show").err == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[default]\nagent = "a"', "[default] has an unknown key 'agent'; did you mean 'agent_id'?"),
        ('[default]\nproject_key_fil = "a"', "did you mean 'project_key_file'?"),
        ("[default]\nwhatever = 1", "[default] has an unknown key 'whatever'"),
        ('agent_id = "a"', "'agent_id' belongs to no profile: put [default] above 'agent_id'"),
        ("[default]\nmax_retries = 1.5", "[default] max_retries must be a whole number"),
        ("[default]\nagent_id = 7", "[default] agent_id must be a text in quotes"),
        ("[default]\ntimeout = { atempt = 3 }", "[default] timeout must be seconds, or {"),
        ('[default]\nconsistency = "loose"', "[default] consistency must be strict, checked or fast"),
        ('[default]\nproject_key = "a"\nproject_key_file = "b"', "has both project_key and project_key_file"),
        ('[default]\n\nproject_key = "sec-ret', "line 3 is not valid TOML"),
    ],
)
def test_what_is_wrong_with_the_file(bare: Command, text: str, words: str) -> None:
    path = bare.configure(text)
    done = bare("config", "show")
    assert done.code == 2
    assert done.err.startswith(f"error: {path}: ")
    assert words in done.err
    assert "sec-ret" not in done.err
    assert done.err.count("\n") == 1


def test_a_profile_that_is_missing(bare: Command) -> None:
    assert "does not exist" in bare("config", "show", "--profile", "staging").err
    bare.configure("[default]\n[staging]\n")
    done = bare("config", "show", "--profile", "stagin")
    assert done.code == 2
    assert "did you mean 'staging'?" in done.err
    assert bare("config", "show", BLOCKS_PROFILE="other").err.startswith("error: BLOCKS_PROFILE: ")


def test_the_path(bare: Command) -> None:
    done = bare("config", "path")
    assert done.out == f"{bare.config}\n"
    assert "does not exist yet" in done.err
    bare.configure("[default]\n")
    assert bare("config", "path").err == ""
    home = bare("config", "path", XDG_CONFIG_HOME=None, HOME="/home/somebody").out
    assert home == "/home/somebody/.config/blocks-sessions/config.toml\n"
    assert bare("config", "path", XDG_CONFIG_HOME="relative", HOME="/home/somebody").out == home


def test_a_token_file_is_read_anew_when_it_is_refused(bare: Command, tmp_path: Path) -> None:
    token = tmp_path / "token"
    with Emulator(sessions=3, require_token="let-me-in") as server:
        arguments = ["list", "--agent", "agent_123", "--base-url", server.url, "--token-file", str(token)]
        missing = bare(*arguments, BLOCKS_PROJECT_KEY="demo-key")
        assert missing.code == 4
        assert missing.err == f"error: --token-file: {token} does not exist\n"
        token.write_text("")
        assert bare(*arguments, BLOCKS_PROJECT_KEY="demo-key").code == 4
        token.write_text("let-me-in\n")
        assert bare(*arguments, BLOCKS_PROJECT_KEY="demo-key").code == 0
        # A flag decides how the client shows who it is.
        crowd = {"BLOCKS_CLIENT_ID": "a", "BLOCKS_CLIENT_SECRET": "b"}
        assert bare(*arguments, BLOCKS_PROJECT_KEY="demo-key", **crowd).code == 0


def test_the_two_halves_of_client_credentials_may_stand_apart(bare: Command) -> None:
    bare.configure('[default]\nclient_id = "me"\naccess_token_file = "none"\n')
    both = in_force(bare)
    assert {"client_id", "access_token"} <= both.keys()
    bare.configure('[default]\nclient_id = "me"\n')
    settings = in_force(bare, BLOCKS_CLIENT_SECRET="s")
    assert settings["client_id"] == ("me", "profile default")
    assert settings["client_secret"] == ("set", "BLOCKS_CLIENT_SECRET")
    # The environment shows who it is by a token: the profile below it has no say in that.
    settings = in_force(bare, BLOCKS_ACCESS_TOKEN="t")
    assert settings["access_token"] == ("set", "BLOCKS_ACCESS_TOKEN")
    assert "client_id" not in settings


@pytest.fixture
def home(bare: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(bare.home))
    return bare


def profile(home: Command, url: str) -> None:
    secret = home.home / "token"
    secret.write_text("let-me-in\n")
    home.configure(
        f"""
        [default]
        project_key = "demo-key"
        agent_id = "agent_of_default"
        [staging]
        base_url = "{url}"
        agent_id = "agent_123"
        access_token_file = "{secret}"
        max_retries = 1
        timeout = {{ attempt = 9 }}
        consistency = "fast"
        """
    )


def test_from_profile_reads_the_same(home: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKS_AGENT_ID", "agent_of_environment")
    with Emulator(sessions=247, require_token="let-me-in") as server:
        profile(home, server.url)
        with SessionsClient.from_profile("staging") as client:
            assert len(client.collect()) == 247
            copy = pickle.loads(pickle.dumps(client))
            assert copy.list(limit=1).total_count == 247

        async def total() -> int:
            async with AsyncSessionsClient.from_profile("staging") as client:
                return len(await client.collect())

        assert asyncio.run(total()) == 247
        monkeypatch.setenv("BLOCKS_PROFILE", "staging")
        with pytest.raises(ConfigurationError, match="no project key"):
            # In place of [default], and not over it.
            SessionsClient.from_profile()
        monkeypatch.setenv("BLOCKS_PROJECT_KEY", "demo-key")
        with SessionsClient.from_profile() as client:
            assert "agent_of_environment" in repr(client)
        with SessionsClient.from_profile(
            "staging", agent_id="given", base_url="http://127.0.0.1:9"
        ) as client:
            assert repr(client) == "SessionsClient(base_url='http://127.0.0.1:9', agent_id='given')"
    with pytest.raises(ConfigurationError, match="there is no profile 'nowhere'"):
        SessionsClient.from_profile("nowhere")
    with pytest.raises(TypeError, match="unexpected keyword argument 'agent'"):
        SessionsClient.from_profile("staging", agent="a")


def test_a_profile_masks_with_a_key_from_a_file(home: Command) -> None:
    key = home.home / "mask-key"
    key.write_text(bytes(range(32)).hex())
    key.chmod(0o600)
    token = "email_cqwc_cravoxlx6j76qlmaafkk"
    rows: list[dict[str, object]] = [{"session_id": "s", "user_info": {"email": "jane@example.com"}}]
    with Emulator(sessions=rows) as server:
        home.configure(
            f"""
            [default]
            project_key = "demo-key"
            agent_id = "agent_123"
            base_url = "{server.url}"
            mask = "gdpr"
            mask_key_file = "{key}"
            """
        )
        assert json.loads(home("list").out)["user_info"] == {"email": token}
        with SessionsClient.from_profile() as client:
            assert client.list()[0]["user_info"] == {"email": token}
            assert pickle.loads(pickle.dumps(client)).list()[0]["user_info"] == {"email": token}

        async def listed() -> object:
            async with AsyncSessionsClient.from_profile() as client:
                return (await client.list())[0]["user_info"]

        assert asyncio.run(listed()) == {"email": token}
    assert in_force(home)["mask"] == ("gdpr", "profile default")
    assert in_force(home, "--mask", "gdpr", BLOCKS_MASK="training")["mask"] == ("training", "BLOCKS_MASK")


def test_from_profile_warns_at_the_callers_line(home: Command) -> None:
    profile(home, "http://127.0.0.1:9")
    os.chmod(home.config, 0o644)
    with pytest.warns(UserWarning, match="chmod 600") as caught:
        SessionsClient.from_profile("staging")
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="chmod 600") as caught:
        AsyncSessionsClient.from_profile("staging")
    assert caught[0].filename == __file__


@pytest.mark.skipif(os.name == "nt", reason="text there")
@pytest.mark.parametrize(
    ("name", "code"),
    [("BLOCKS_PROFILE", 2), ("BLOCKS_API_URL", 2), ("BLOCKS_AGENT_ID", 2), ("BLOCKS_PROJECT_KEY", 2)],
)
def test_a_variable_that_is_no_utf_8_is_named(blocks: Command, name: str, code: int) -> None:
    done = blocks("list", "-n", "1", **{name: os.fsdecode(b"\xff")})
    assert (done.code, done.out) == (code, "")
    assert f"{name}: the environment variable is not UTF-8" in done.err


@pytest.mark.skipif(os.name == "nt", reason="text there")
def test_a_folder_of_settings_may_have_any_name(blocks: Command, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.makedirs(folder + b"/blocks-sessions")
    with open(folder + b"/blocks-sessions/config.toml", "w", encoding="utf-8") as file:
        file.write('[default]\nagent_id = "found"\n')
    found = in_force(blocks, XDG_CONFIG_HOME=os.fsdecode(folder), BLOCKS_AGENT_ID=None)
    assert found["agent_id"] == ("found", "profile default")
