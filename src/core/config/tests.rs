//! What a user of the settings sees: what wins, and every fault's own words.

use super::*;

fn given(settings: Settings, env: &[(&str, &str)]) -> Result<ClientConfig> {
    let env: Vec<(String, String)> = env.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    settings.resolve(&move |name| env.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone().into()))
}

fn keyed() -> Settings {
    Settings { project_key: Some("demo-key".into()), ..Settings::default() }
}

fn fault(settings: Settings, env: &[(&str, &str)]) -> String {
    match given(settings, env) {
        Err(Error::Configuration(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn defaults() {
    let config = given(keyed(), &[]).unwrap();
    assert_eq!(
        config.endpoint("conversation/sessions").as_str(),
        "https://api.seliseblocks.com/conversation/sessions"
    );
    assert_eq!(config.blocks_key.unwrap().expose(), "demo-key");
    assert_eq!((config.max_retries, config.max_concurrency, config.timeout), (4, 4, Timeout::default()));
}

#[test]
fn the_environment_fills_what_was_not_given() {
    let env = [("BLOCKS_PROJECT_KEY", "slug"), ("X_BLOCKS_KEY", "header-key"), ("BLOCKS_AGENT_ID", "a")];
    let config = given(Settings::default(), &env).unwrap();
    assert_eq!(config.project_key.expose(), "slug");
    assert_eq!(config.blocks_key.unwrap().expose(), "header-key");
    assert_eq!(config.agent_id.as_deref(), Some("a"));
    let both = given(Settings::default(), &[("X_BLOCKS_KEY", "one")]).unwrap();
    assert_eq!((both.project_key.expose(), both.blocks_key.unwrap().expose()), ("one", "one"));
    let none = given(Settings { blocks_key: Some(String::new()), ..keyed() }, &env).unwrap();
    assert!(none.blocks_key.is_none());
}

#[test]
fn a_base_url_keeps_its_path() {
    for base in ["https://x.example/blocksai-api/v1", "https://x.example/blocksai-api/v1/"] {
        let config = given(Settings { base_url: Some(base.into()), ..keyed() }, &[]).unwrap();
        assert_eq!(
            config.endpoint("conversation/sessions").as_str(),
            "https://x.example/blocksai-api/v1/conversation/sessions"
        );
    }
}

#[test]
fn every_fault_at_once() {
    let settings = Settings {
        base_url: Some("api.example".into()),
        client_id: Some("id".into()),
        timeout: Some(TimeoutSetting::Attempt(0.0)),
        max_retries: Some(-1),
        max_concurrency: Some(0),
        cache_ttl: Some(f64::INFINITY),
        max_requests_per_second: Some(f64::NAN),
        headers: vec![("bad name".into(), "x".into())],
        ..Settings::default()
    };
    let message = fault(settings, &[]);
    for part in [
        "no project key: pass project_key, or set BLOCKS_PROJECT_KEY",
        "base_url must be a whole address",
        "client_id needs client_secret",
        "timeout must be a number of seconds above 0, not 0",
        "max_retries must be 0 or more, not -1",
        "max_concurrency must be between 1 and 1000, not 0",
        "max_requests_per_second must be a number above 0",
        "cache_ttl must be a number of seconds above 0, not inf",
        "\"bad name\" is no name of a header",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn no_fault_shows_a_secret() {
    let headers = vec![("x-token".to_owned(), "s3cret\r\nx: y".to_owned())];
    let token = Some(TokenSetting::Fixed("s3\ncret".into()));
    let settings = Settings {
        blocks_key: Some("s3cret\u{e9}".into()),
        access_token: token,
        headers,
        base_url: Some("https://user:s3cret@x.example".into()),
        proxy: Some("ftp://user:s3cret@proxy".into()),
        ..keyed()
    };
    let message = fault(settings, &[]);
    assert!(!message.contains("s3cret"), "{message}");
    for part in [
        "blocks_key cannot be sent",
        "access_token cannot be sent",
        "x-token",
        "base_url must hold no user",
        "proxy is no address",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn credentials_exclude_each_other() {
    let both = Settings {
        access_token: Some(TokenSetting::Fixed("t".into())),
        client_id: Some("i".into()),
        client_secret: Some("s".into()),
        ..keyed()
    };
    assert!(fault(both, &[]).contains("exclude each other"));
    let env = [("BLOCKS_ACCESS_TOKEN", "t"), ("BLOCKS_CLIENT_ID", "i"), ("BLOCKS_CLIENT_SECRET", "s")];
    assert!(fault(keyed(), &env).contains("exclude each other"));
    let token = Settings { access_token: Some(TokenSetting::Fixed("t".into())), ..keyed() };
    assert!(matches!(given(token, &env).unwrap().identity, Identity::Token(_)));
    let client = Settings { client_id: Some("i".into()), ..keyed() };
    assert!(matches!(given(client, &env).unwrap().identity, Identity::Client { .. }));
}

#[test]
fn proxies() {
    let env = [("HTTPS_PROXY", "http://u:p%40ss@proxy:3128"), ("NO_PROXY", "other.example")];
    let config = given(keyed(), &env).unwrap();
    let proxy = config.proxy.clone().unwrap();
    assert_eq!(proxy.place(), "proxy:3128");
    assert!(!format!("{config:?}").contains("p%40ss"), "{config:?}");
    assert_eq!(config.redactor().redact("p@ss p@ssed p%40ss"), "*** p@ssed ***");
    let local = Settings { base_url: Some("https://127.0.0.1:1".into()), ..keyed() };
    assert!(given(local.clone(), &env).unwrap().proxy.is_none());
    let asked = Settings { proxy: Some("proxy.example:8080".into()), ..local };
    assert_eq!(given(asked, &env).unwrap().proxy.unwrap().place(), "proxy.example:8080");
}

#[test]
fn debug_shows_no_secret() {
    let settings = Settings {
        project_key: Some("s3cret-a".into()),
        blocks_key: Some("s3cret-b".into()),
        access_token: Some(TokenSetting::Fixed("s3cret-c".into())),
        headers: vec![("x-api-key".into(), "s3cret-d".into())],
        ..Settings::default()
    };
    let config = given(settings, &[]).unwrap();
    assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
    assert_eq!(config.redactor().redact("s3cret-a s3cret-b s3cret-c s3cret-d"), "*** *** *** ***");
}

#[test]
fn the_environments_proxy_has_exceptions() {
    let proxied = |no_proxy: &str| {
        let env = [("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", no_proxy)];
        given(keyed(), &env).unwrap().proxy.is_some()
    };
    assert!(proxied("") && proxied("other.example"));
    for excepted in ["*", "seliseblocks.com", ".seliseblocks.com", "a.example,*.seliseblocks.com"] {
        assert!(!proxied(excepted), "{excepted}");
    }
    // What the caller asks for has none.
    let asked = Settings { proxy: Some("http://proxy:3128".into()), ..keyed() };
    assert!(given(asked, &[("NO_PROXY", "*")]).unwrap().proxy.is_some());
}

/// A piece of a password must never become the host that everything is sent to.
#[test]
fn a_password_that_is_not_encoded_is_refused_and_not_shown() {
    for proxy in [
        "http://user:p@ss#w@host:3128",
        "http://user:s3cret/w@host:3128",
        "http://user:12/s3cret@host:3128",
        "http://user:s3cret?x@host:3128",
        "user:s3cret#x@host:3128",
        "socks5://user:s3cret#x@host:1080",
        "http://user:s3cret@host:port",
    ] {
        let message = fault(Settings { proxy: Some(proxy.into()), ..keyed() }, &[]);
        assert!(message.contains("percent-encode"), "{proxy}: {message}");
        assert!(!message.contains("s3cret") && !message.contains("p@ss"), "{message}");
        let message = fault(keyed(), &[("HTTPS_PROXY", proxy)]);
        assert!(message.starts_with("HTTPS_PROXY is no address"), "{message}");
    }
    for proxy in ["http://host:3128/", "http://user:p%23%2F@host:3128", "http://user:p@ss@host:3128"] {
        let config = given(Settings { proxy: Some(proxy.into()), ..keyed() }, &[]).unwrap();
        assert_eq!(config.proxy.unwrap().place(), "host:3128", "{proxy}");
    }
}

#[test]
fn keys_are_sent_without_what_stands_around_them() {
    let env = [("BLOCKS_PROJECT_KEY", " slug\r\n"), ("X_BLOCKS_KEY", "\tkey "), ("BLOCKS_AGENT_ID", "a\r")];
    let config = given(Settings::default(), &env).unwrap();
    assert_eq!((config.project_key.expose(), config.agent_id.as_deref()), ("slug", Some("a")));
    assert_eq!(config.blocks_key.unwrap().expose(), "key");
    let direct = Settings { project_key: Some("k\n".into()), ..Settings::default() };
    let config = given(direct, &[]).unwrap();
    assert_eq!((config.project_key.expose(), config.blocks_key.unwrap().expose()), ("k", "k"));
    let client = [("BLOCKS_CLIENT_ID", "i\n"), ("BLOCKS_CLIENT_SECRET", " s")];
    match given(keyed(), &client).unwrap().identity {
        Identity::Client { id, secret } => assert_eq!((id.expose(), secret.expose()), ("i", "s")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_may_come_with_its_scheme() {
    for token in ["abc", "Bearer abc", "bearer  abc\n", " BEARER\tabc"] {
        let settings = Settings { access_token: Some(TokenSetting::Fixed(token.into())), ..keyed() };
        match given(settings, &[]).unwrap().identity {
            Identity::Token(found) => assert_eq!(found.expose(), "abc", "{token}"),
            other => panic!("{other:?}"),
        }
    }
    for empty in ["Bearer ", "bearer", " "] {
        let settings = Settings { access_token: Some(TokenSetting::Fixed(empty.into())), ..keyed() };
        assert!(fault(settings, &[]).contains("must not be empty"), "{empty}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_cannot_be_used_is_named() {
    use std::os::unix::ffi::OsStringExt;
    for (name, settings) in [
        ("BLOCKS_API_URL", keyed()),
        ("BLOCKS_PROJECT_KEY", Settings::default()),
        ("X_BLOCKS_KEY", keyed()),
        ("BLOCKS_AGENT_ID", keyed()),
        ("BLOCKS_ACCESS_TOKEN", keyed()),
        ("BLOCKS_CLIENT_ID", keyed()),
        ("BLOCKS_CLIENT_SECRET", keyed()),
        ("HTTPS_PROXY", keyed()),
        ("all_proxy", keyed()),
    ] {
        let env = move |asked: &str| (asked == name).then(|| OsString::from_vec(b"a\xff".to_vec()));
        let Err(Error::Configuration(message)) = settings.resolve(&env) else { panic!("{name}") };
        assert_eq!(
            message,
            format!("{name}: the environment variable is not UTF-8; set it anew, or unset it")
        );
    }
    // What is given needs no variable.
    let given = Settings { base_url: Some("https://x.example".into()), ..keyed() };
    let env = |asked: &str| (asked == "BLOCKS_API_URL").then(|| OsString::from_vec(vec![0xff]));
    assert!(given.resolve(&env).is_ok());
    // A path may be anything that the system takes.
    let env = |asked: &str| (asked == "SSL_CERT_FILE").then(|| OsString::from_vec(b"/a\xff".to_vec()));
    assert!(keyed().resolve(&env).unwrap().ssl_cert_file.is_some());
}

#[test]
fn no_number_is_taken_for_no_limit() {
    let rates = [0.0, -0.0, -1.0, 1e-7, f64::MIN_POSITIVE, 1e-300, 1e7, f64::MAX, f64::INFINITY, f64::NAN];
    for rate in rates {
        let settings = Settings { max_requests_per_second: Some(rate), ..keyed() };
        assert!(fault(settings, &[]).contains("max_requests_per_second must be"), "{rate}");
    }
    for seconds in [0.0, -1.0, 1e-10, 3.2e7, 1e11, 1e300, f64::MAX, f64::INFINITY, f64::NAN] {
        let settings = Settings { cache_ttl: Some(seconds), ..keyed() };
        assert!(fault(settings, &[]).contains("cache_ttl must be"), "{seconds}");
        let settings = Settings { timeout: Some(TimeoutSetting::Attempt(seconds)), ..keyed() };
        assert!(fault(settings, &[]).contains("timeout must be"), "{seconds}");
        let timeout = Timeout::from_seconds(seconds, 1.0, seconds).map(drop).unwrap_err().to_string();
        assert!(timeout.contains("timeout.attempt must be") && timeout.contains("timeout.total must be"));
    }
    let huge = Timeout { attempt: Duration::MAX, connect: Duration::ZERO, total: Duration::MAX };
    let huge = huge.check().unwrap_err();
    assert_eq!(huge.matches("timeout.").count(), 3, "{huge}");
    for number in [i64::MIN, -1, 0, 10_001, i64::MAX] {
        let settings = Settings { max_connections: Some(number), ..keyed() };
        assert!(fault(settings, &[]).contains("max_connections must be between 1 and 10000"), "{number}");
    }
    for number in [i64::MIN, -1] {
        let settings = Settings { retry_budget: Some(number), ..keyed() };
        assert!(fault(settings, &[]).contains("retry_budget must be 0 or more"), "{number}");
    }
    for (number, expected) in [(0, 0), (7, 7), (i64::MAX, u32::MAX)] {
        let settings = Settings { retry_budget: Some(number), ..keyed() };
        assert_eq!(given(settings, &[]).unwrap().retry_budget, expected);
    }
    let consistency = fault(Settings { consistency: Some("perfect".into()), ..keyed() }, &[]);
    assert!(consistency.contains("consistency must be"), "{consistency}");
    let beyond = fault(Settings { max_concurrency: Some(i64::MAX), ..keyed() }, &[]);
    assert!(beyond.contains("not a number beyond 64 bits"), "{beyond}");
}
