//! The vendor's call by which a machine gets a token: client credentials in a multipart form.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use reqwest::multipart::Form;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{NoToken, Tell, Token, TokenCall};
use crate::core::config::secret::Secret;
use crate::core::config::{ClientConfig, header_value};
use crate::core::http::transport::{Body, Exchange, Transport};
use crate::core::http::transport_error::{TransportError, TransportErrorKind};

const PATH: &str = "authentication/v1/OAuth/Token";
/// A token is renewed so long before its end, or a tenth of its life if that is less.
const MARGIN: Duration = Duration::from_secs(60);

pub(in crate::core) async fn fetch(
    transport: &Transport,
    config: &ClientConfig,
    client: (&Secret, &Secret),
    tell: Tell<'_>,
) -> Result<Token, NoToken> {
    let granted = call(transport, config, config.endpoint(PATH), client, tell).await;
    let elsewhere =
        matches!(&granted, Err(NoToken::Refused(answer)) if answer.status == StatusCode::NOT_FOUND);
    if !elsewhere || matches!(config.base_url.path(), "" | "/") {
        return granted;
    }
    // The base's path may lead to one of the vendor's services only; this is another one.
    let mut root = config.base_url.clone();
    root.set_path(PATH);
    call(transport, config, root, client, tell).await
}

/// One call for a token, and what came of it.
async fn call(
    transport: &Transport,
    config: &ClientConfig,
    url: Url,
    client: (&Secret, &Secret),
    tell: Tell<'_>,
) -> Result<Token, NoToken> {
    let (asked, path) = (Instant::now(), url.path().to_owned());
    let answer = send(transport, config, url, client).await.map(Arc::new);
    let token = match &answer {
        Ok(answer) => read(answer),
        Err(failure) => Err(failure.clone()),
    };
    let (answer, failure) = (answer.as_deref().ok(), token.as_ref().err());
    tell(TokenCall { path: Some(&path), answer, failure, elapsed: asked.elapsed() });
    token
}

async fn send(
    transport: &Transport,
    config: &ClientConfig,
    url: Url,
    (id, secret): (&Secret, &Secret),
) -> Result<Exchange, NoToken> {
    let form = Form::new()
        .text("grant_type", "client_credential")
        .text("client_id", id.expose().to_owned())
        .text("client_secret", secret.expose().to_owned());
    let mut request = transport.form(url, form).map_err(NoToken::Transport)?;
    if let Some(Ok(key)) = config.blocks_key.as_ref().map(|key| header_value("", key.expose())) {
        request.headers_mut().insert("x-blocks-key", key);
    }
    let (attempt, connect) = (config.timeout.attempt, config.timeout.connect);
    match tokio::time::timeout(attempt, transport.send(request, connect)).await {
        Ok(sent) => sent.map_err(NoToken::Transport),
        Err(_) => Err(NoToken::Transport(TransportError::new(
            TransportErrorKind::AttemptTimeout,
            format!("no access token within {} s", attempt.as_secs_f64()),
        ))),
    }
}

fn read(exchange: &Arc<Exchange>) -> Result<Token, NoToken> {
    let answer: Option<Value> = match &exchange.body {
        Body::Whole(body) if exchange.status.is_success() => serde_json::from_slice(body).ok(),
        _ => None,
    };
    let token = answer.as_ref().and_then(|answer| answer.get("access_token")?.as_str()).map(str::trim);
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Err(NoToken::Refused(exchange.clone()));
    };
    let life = answer.as_ref().and_then(|answer| seconds(answer.get("expires_in")?));
    let renew_from =
        life.and_then(|life| Instant::now().checked_add(life.saturating_sub(MARGIN.min(life / 10))));
    Token::new("the access token that the service gave", &token.into(), renew_from).map_err(NoToken::Error)
}

/// A number of seconds, also where it was sent as text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|life| !life.is_zero())
}
