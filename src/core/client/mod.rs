//! One call made reliable, and what a client's calls share.
//!
//! [`Client`] is a cheap handle on its `ClientState`: settings, connections, limiter, retry budget,
//! credentials, cached answers. [`Client::list`] makes a `call::Call`, the loop of attempts: token, permit,
//! one attempt over [`transport`](super::http::transport), and what
//! [`retry::decide`](super::http::retry::decide) says of a failure. A failed attempt is an `AttemptError`; the last one becomes the
//! [`Error`](super::error::Error) that users read (`messages`; a status is judged in `status_error`).
//!
//! It promises: at most `timeout.total` for a call, no secret in what it tells, and that dropping a call's
//! future aborts its request. It must not know listings, Arrow, or Python.

mod attempt;
mod attempt_error;
mod cache;
mod call;
pub mod call_log;
pub mod caller;
mod messages;
pub mod parker;
pub mod request;
pub mod response;
mod state;
mod status_error;
mod target;

use std::sync::Arc;

use self::call::Call;
use self::request::{CallOptions, ListRequest};
use self::response::Response;
use self::state::ClientState;
use self::target::Target;
use crate::core::config::ClientConfig;
use crate::core::error::{Error, Result};
use crate::core::http::transport::{Exchange, Transport};

/// Lists sessions, one page a call. Cheap to clone: all clones are one client.
#[derive(Clone)]
pub struct Client {
    state: Arc<ClientState>,
}

impl Client {
    pub fn new(config: ClientConfig) -> Result<Self> {
        Ok(Self { state: Arc::new(ClientState::new(config)?) })
    }

    pub fn config(&self) -> &ClientConfig {
        &self.state.config
    }

    /// A client with other settings, which shares whatever they leave valid.
    pub fn with_config(&self, config: ClientConfig) -> Result<Self> {
        Ok(Self { state: Arc::new(self.state.with_config(config)?) })
    }

    /// One page, reliably.
    ///
    /// # Errors
    /// Every way in which a call can fail: see [`Error`](super::error::Error).
    pub async fn list(&self, request: &ListRequest, options: &CallOptions) -> Result<Response> {
        let state = &*self.state;
        let transport = state.transport()?;
        transport.ready()?;
        request.check(state.config.agent_id.as_deref())?;
        match &state.answers {
            Some(answers) if options.cached => {
                let body = request.body(state.config.agent_id.as_deref(), state.config.project_key.expose());
                let key = [&*body, &options.headers.as_bytes()].concat().into();
                let token = || state.credentials.secret();
                let transport = &transport;
                let fetch = || async move {
                    // On the heap, as below: the state of a call is some 16 KB, and would be moved with each future
                    // that it is a part of.
                    let call = Box::pin(state.page_call(transport, request, options)?.run(Call::page));
                    state.masked(call.await?).await
                };
                // On the heap too: few clients keep answers, and all would move what it takes to wait for one.
                state.unless_closed(Box::pin(answers.get(key, token, fetch))).await
            }
            _ => {
                let call = Box::pin(state.page_call(&transport, request, options)?.run(Call::page));
                state.masked(state.unless_closed(call).await?).await
            }
        }
    }

    /// One page, and what `judge` makes of it as it was sent: the page that is handed on may be masked, while
    /// proofs and conditions are about what the service has. What `judge` returns is to hold no text of it.
    ///
    /// # Errors
    /// As [`Client::list`].
    pub async fn list_judged<T>(
        &self,
        request: &ListRequest,
        options: &CallOptions,
        judge: impl FnOnce(&Response) -> T,
    ) -> Result<(Response, T)> {
        let state = &*self.state;
        if state.config.mask.is_none() {
            let response = self.list(request, options).await?;
            let judged = judge(&response);
            return Ok((response, judged));
        }
        // What is kept in memory is masked, and no longer what was sent.
        let transport = state.transport()?;
        transport.ready()?;
        request.check(state.config.agent_id.as_deref())?;
        let call = Box::pin(state.page_call(&transport, request, options)?.run(Call::page));
        let sent = state.unless_closed(call).await?;
        let judged = judge(&sent);
        Ok((state.masked(sent).await?, judged))
    }

    /// Whether the service is there and takes the credentials: one page of one session where the client has an
    /// agent, else what the service says at `ping`.
    ///
    /// # Errors
    /// What any call would fail with.
    pub async fn ping(&self, options: &CallOptions) -> Result<()> {
        let request = ListRequest { limit: 1, ..ListRequest::default() };
        let state = &*self.state;
        if state.config.agent_id.is_some() {
            return self.list(&request, options).await.map(drop);
        }
        let transport = state.transport()?;
        transport.ready()?;
        let call = Call::new(state, &transport, Target::ping(&state.config), options)?;
        let accept = |call: &Call<'_>, exchange: &Exchange| {
            call.succeeded(exchange);
            Ok(())
        };
        match state.unless_closed(Box::pin(call.run(accept))).await {
            // There is no such place: whether the credentials are taken, only a list tells, and that needs an agent.
            Err(Error::Status(refusal)) if matches!(refusal.status_code, Some(404 | 405)) => {
                request.check(None)
            }
            answered => answered,
        }
    }

    /// Any later call fails, and so do those under way; connections are closed.
    pub fn close(&self) {
        self.state.close();
    }

    /// Fails if the client is closed, as any call would.
    pub fn check_open(&self) -> Result<()> {
        self.state.transport().map(drop)
    }

    pub fn is_closed(&self) -> bool {
        self.state.is_closed()
    }
}

impl ClientState {
    fn page_call<'c>(
        &'c self,
        transport: &'c Transport,
        request: &ListRequest,
        options: &CallOptions,
    ) -> Result<Call<'c>> {
        Call::new(self, transport, Target::page(&self.config, &self.endpoint, request), options)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", crate::core::config::place(&self.state.config.base_url))
    }
}
