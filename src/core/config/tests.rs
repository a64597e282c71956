//! What a user of the settings sees: what wins, and every fault's own words.

use super::*;

fn given(settings: Settings, env: &[(&str, &str)]) -> Result<ClientConfig> {
    let env: Vec<(String, String)> = env.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    settings.resolve(&move |name| env.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
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
    let token = Some(TokenSetting::Fixed("s3cret\n".into()));
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
        "proxy must be",
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
    assert_eq!((proxy.place().as_str(), proxy.no_proxy()), ("proxy:3128", Some("other.example")));
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
fn loopback() {
    for (url, expected) in [
        ("http://127.0.0.1:8", true),
        ("http://127.3.2.1", true),
        ("http://[::1]:8", true),
        ("http://localhost", true),
        ("http://a.localhost", true),
        ("http://10.0.0.1", false),
        ("http://localhost.example", false),
    ] {
        let config = given(Settings { base_url: Some(url.into()), ..keyed() }, &[]).unwrap();
        assert_eq!(config.is_loopback(), expected, "{url}");
    }
}
