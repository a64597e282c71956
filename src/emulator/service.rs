//! From a request to an answer: the routes, and what is checked in which order.
//! It knows no socket: how an answer travels is `delivery`'s, what is in it the others'.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::Bytes;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderName, HeaderValue, VARY,
};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

use crate::emulator::answer::Answer;
use crate::emulator::check::{Flaw, Refusal, Wanted, read_body};
use crate::emulator::clock::Clock;
use crate::emulator::details;
use crate::emulator::faults::plan::{Cut, Delivery, spoil};
use crate::emulator::faults::{self, Drawer, Drawn, Faults};
use crate::emulator::options::{EmulatorOptions, check_latency, check_rate_limit};
use crate::emulator::plant;
use crate::emulator::rng::Rng;
use crate::emulator::server::connection::Connection;
use crate::emulator::server::delivery::{AnswerBody, Gauge, deliver};
use crate::emulator::server::record::Log;
use crate::emulator::store::Store;
use crate::emulator::tokens::Tokens;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const BLOCKS_KEY: &str = "x-blocks-key";
const ID_SALT: u64 = 0x1d;
/// Less is not worth packing.
const LEAST_GZIP: usize = 512;

pub(super) struct Service {
    pub(super) store: Store,
    pub(super) tokens: Tokens,
    pub(super) log: Log,
    pub(super) gauge: Arc<Gauge>,
    pub(super) clock: Arc<Clock>,
    options: EmulatorOptions,
    /// The marks that were planted: kind and value.
    marks: Mutex<BTreeSet<(String, String)>>,
    // What can be changed while serving. The latency is in microseconds.
    latency: AtomicU64,
    faults: ArcSwap<Vec<Drawer>>,
    limiter: ArcSwapOption<DefaultDirectRateLimiter>,
}

enum Route {
    Sessions,
    Token,
    Ping,
    MethodNotAllowed,
    NotFound,
}

impl Service {
    /// # Errors
    /// Every fault of the options, in words.
    pub(super) fn new(options: EmulatorOptions) -> Result<Self, String> {
        let wrong = options.check();
        if !wrong.is_empty() {
            return Err(wrong.join(" "));
        }
        let clock = Arc::new(Clock::new(options.now));
        Ok(Self {
            store: Store::new(&options, Arc::clone(&clock))?,
            clock,
            tokens: Tokens::new(&options),
            log: Log::new(),
            marks: Mutex::default(),
            gauge: Arc::default(),
            latency: AtomicU64::new(whole_micros(options.latency)),
            faults: ArcSwap::from_pointee(options.faults.iter().map(Drawer::new).collect()),
            limiter: ArcSwapOption::new(options.rate_limit.and_then(limiter)),
            options,
        })
    }

    pub(super) fn latency(&self) -> Duration {
        Duration::from_micros(self.latency.load(Ordering::Relaxed))
    }

    /// # Errors
    /// It is longer than anybody waits.
    pub(super) fn set_latency(&self, latency: Duration) -> Result<(), String> {
        check_latency(latency).map_or(Ok(()), Err)?;
        self.latency.store(whole_micros(latency), Ordering::Relaxed);
        Ok(())
    }

    /// # Errors
    /// What is wrong with one of them.
    pub(super) fn set_faults(&self, faults: &[Faults]) -> Result<(), String> {
        faults.iter().find_map(Faults::check).map_or(Ok(()), Err)?;
        self.faults.store(Arc::new(faults.iter().map(Drawer::new).collect()));
        Ok(())
    }

    /// # Errors
    /// It is out of range.
    pub(super) fn set_rate_limit(&self, per_second: Option<f64>) -> Result<(), String> {
        per_second.and_then(check_rate_limit).map_or(Ok(()), Err)?;
        self.limiter.store(per_second.and_then(limiter));
        Ok(())
    }

    pub(super) async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Connection,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let in_flight = self.gauge.enter();
        let (parts, body) = request.into_parts();
        let number = self.log.open(&parts, connection.number);
        if connection.is_stale() {
            connection.cut(Cut::Close);
            return std::future::pending().await;
        }
        let (answer, delivery, fault) = match Limited::new(body, self.options.max_body).collect().await {
            Ok(body) => {
                let body = body.to_bytes();
                self.log.body(number, &body);
                self.reply(number, &parts, &body).await
            }
            Err(error) if error.is::<LengthLimitError>() => {
                (Answer::proxy(StatusCode::PAYLOAD_TOO_LARGE), Delivery::Whole, None)
            }
            // The client went away.
            Err(_) => return std::future::pending().await,
        };
        let answered = !matches!(delivery, Delivery::Nothing(_) | Delivery::Stall);
        self.log.close(number, answered.then_some(answer.status.as_u16()), fault);
        let answer = self.planted(answer, number);
        let mut answer = pack(answer, &delivery, &parts).with(REQUEST_ID, &self.request_id(number));
        if let Some(date) = self.clock.date() {
            answer = answer.with(DATE, &httpdate::fmt_http_date(date));
        }
        deliver(answer, delivery, connection, in_flight).await
    }

    /// The answer with marks in it, where that was asked for.
    fn planted(&self, answer: Answer, number: u64) -> Answer {
        let Some(seed) = self.options.plant else { return answer };
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        plant::into(answer, seed, number, &mut marks)
    }

    /// Each kind and mark that was sent so far.
    pub(super) fn marks(&self) -> Vec<(String, String)> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    async fn reply(
        &self,
        number: u64,
        parts: &Parts,
        body: &Bytes,
    ) -> (Answer, Delivery, Option<&'static str>) {
        let answer = match route(parts) {
            Route::Sessions => match self.wait_for_quota() {
                Some(seconds) => Answer::too_many(seconds),
                None => return self.spoiled_page(number, parts, body).await,
            },
            Route::Token => match self.refuse_tenant(parts, true) {
                Some(refusal) => refusal,
                None => self.tokens.grant(header(parts, CONTENT_TYPE.as_str()), body),
            },
            Route::Ping => {
                let token = || self.tokens.refuse(header(parts, AUTHORIZATION.as_str()));
                let pong = || Answer::json(StatusCode::OK, Bytes::from_static(b"\"pong\""));
                self.refuse_tenant(parts, true).or_else(token).unwrap_or_else(pong)
            }
            Route::MethodNotAllowed => Answer::method_not_allowed(),
            Route::NotFound => Answer::not_found(),
        };
        (answer, Delivery::Whole, None)
    }

    async fn spoiled_page(
        &self,
        number: u64,
        parts: &Parts,
        body: &Bytes,
    ) -> (Answer, Delivery, Option<&'static str>) {
        let latency = self.latency();
        if latency > Duration::ZERO {
            tokio::time::sleep(latency).await;
        }
        let good = self.page(number, parts, body);
        match faults::draw(&self.faults.load(), self.options.seed, number) {
            Some(drawn @ Drawn { kind, .. }) => {
                let now = self.clock.system_time();
                let (answer, delivery) = spoil(drawn, good, &self.request_id(number), now);
                (answer, delivery, Some(kind.name))
            }
            None => (good, Delivery::Whole, None),
        }
    }

    /// The answer of a service that works, its checks in their order: tenant, token, body, agent.
    fn page(&self, number: u64, parts: &Parts, body: &Bytes) -> Answer {
        if let Some(refusal) = self.refuse_tenant(parts, false) {
            return refusal;
        }
        if let Some(refusal) = self.tokens.refuse(header(parts, AUTHORIZATION.as_str())) {
            return refusal;
        }
        let flaws = match read_body(header(parts, CONTENT_TYPE.as_str()), body) {
            Ok(wanted) => match self.wanted_page(&wanted, number) {
                Ok(page) => return Answer::json(StatusCode::OK, page),
                Err(flaws) => flaws,
            },
            Err(Refusal::NotText) => {
                return Answer::detail(StatusCode::BAD_REQUEST, "There was an error parsing the body");
            }
            Err(Refusal::Flaws(flaws)) => flaws,
        };
        Answer::json(StatusCode::UNPROCESSABLE_ENTITY, details::body(&flaws, self.options.error_style))
    }

    fn wanted_page(&self, wanted: &Wanted, number: u64) -> Result<Bytes, Vec<Flaw>> {
        let mut flaws = Vec::new();
        if !self.store.knows(&wanted.agent) {
            flaws.push(Flaw::UnknownAgent);
        }
        if !self.options.keys.contains(&wanted.key) {
            flaws.push(Flaw::WrongKey);
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let page = self.store.page(&wanted.agent, wanted.limit, wanted.offset, number);
        page.ok_or_else(|| vec![Flaw::UnknownAgent])
    }

    /// The page's own call sends no key, so a missing one passes where it is not needed.
    fn refuse_tenant(&self, parts: &Parts, needed: bool) -> Option<Answer> {
        let sent = parts.headers.get(BLOCKS_KEY);
        let known = match sent {
            Some(key) => self.options.keys.iter().any(|known| known.as_bytes() == key.as_bytes()),
            None => !needed,
        };
        (!known).then(Answer::no_tenant)
    }

    /// The seconds after which there is room again, if there is none now.
    fn wait_for_quota(&self) -> Option<u64> {
        let refused = self.limiter.load().as_ref()?.check().err()?;
        let wait = refused.wait_time_from(DefaultClock::default().now());
        Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }

    fn request_id(&self, number: u64) -> String {
        let mut rng = Rng::new(&[self.options.seed, ID_SALT, number]);
        format!("{:016x}{:016x}", rng.next(), rng.next())
    }
}

fn whole_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn limiter(per_second: f64) -> Option<Arc<DefaultDirectRateLimiter>> {
    quota(per_second).map(|quota| Arc::new(RateLimiter::direct(quota)))
}

fn quota(per_second: f64) -> Option<Quota> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
    let burst = std::num::NonZeroU32::new(per_second.ceil().clamp(1.0, 1e6) as u32)?;
    Some(Quota::with_period(Duration::try_from_secs_f64(per_second.recip()).ok()?)?.allow_burst(burst))
}

fn route(parts: &Parts) -> Route {
    let path = parts.uri.path();
    let route = if path.ends_with("/conversation/sessions") {
        Route::Sessions
    } else if path.ends_with("/authentication/v1/OAuth/Token") {
        Route::Token
    } else if path.ends_with("/ping") {
        Route::Ping
    } else {
        return Route::NotFound;
    };
    let method = if matches!(route, Route::Ping) { Method::GET } else { Method::POST };
    if parts.method == method { route } else { Route::MethodNotAllowed }
}

fn header<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// Packs the body with gzip if the client asked for it.
fn pack(answer: Answer, delivery: &Delivery, parts: &Parts) -> Answer {
    let wanted = header(parts, ACCEPT_ENCODING.as_str()).is_some_and(accepts_gzip);
    let can = matches!(delivery, Delivery::Whole | Delivery::WholeThen(_))
        && answer.body.len() >= LEAST_GZIP
        && !answer.headers.contains_key(CONTENT_ENCODING);
    let Some(packed) = (wanted && can).then(|| gzip(&answer.body)).flatten() else { return answer };
    let mut answer = Answer { body: packed, ..answer };
    answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answer
}

fn accepts_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !matches!(weight.trim(), "q=0" | "q=0.0")
    })
}

fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder =
        flate2::write::GzEncoder::new(Vec::with_capacity(body.len() / 4), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
