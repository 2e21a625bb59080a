//! The API over HTTP: who may call, keys of idempotency, failures on command, and the form of answers.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, OriginalUri, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};
use tokio::sync::futures::Notified;

use super::event::{API_VERSION, Caller};
use super::expand;
use super::faults::ApiFault;
use super::form;
use super::idempotency::Answer;
use super::ids;
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::requests::AnsweredRequest;
use super::routes;
use super::shared::Core;
use super::state::State;

/// The largest body.
const BODY_LIMIT: usize = 1 << 20;

/// The routes under `/v1`.
pub(super) fn routes(core: Core) -> Router {
    Router::new()
        .route("/v1/{*path}", any(serve))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(core)
}

/// Answers a call that was let in, with its expansions.
pub(super) fn execute(
    state: &mut State,
    method: &str,
    path: &str,
    mut params: Map<String, Value>,
) -> Result<Value> {
    let wanted = Map::from_iter(params.remove("expand").map(|paths| ("expand".to_owned(), paths)));
    let expansions = Params::new(wanted).texts("expand")?;
    let parts: Vec<&str> = path
        .trim_start_matches("/v1")
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let mut answer = routes::answer(state, (method, &parts), Params::new(params))?;
    expand::expand(state, &mut answer, &expansions)?;
    Ok(answer)
}

/// A request that has been read.
struct Call {
    method: String,
    path: String,
    params: Map<String, Value>,
    key: Option<String>,
    request_id: String,
}

async fn serve(
    Shared(core): Shared<Core>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let mut call = Call {
        method: method.to_string(),
        path: uri.path().to_owned(),
        params: Map::new(),
        key: key.filter(|_| method == Method::POST).map(str::to_owned),
        request_id: format!("req_{}", &ids::token()[..14]),
    };
    let admitted = authorize(&core, &headers)
        .and_then(|()| check_headers(&headers))
        .and_then(|()| read_params(uri.query(), &body));
    let answer = match admitted {
        Err(refusal) => Answered::refused(&refusal),
        Ok(params) => {
            call.params = params;
            admit(&core, &call).await
        }
    };
    log(&core, &call, &answer);
    respond(&call, &answer)
}

/// Refuses a caller without the secret key.
fn authorize(core: &Core, headers: &HeaderMap) -> Result<()> {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|given| given.to_str().ok());
    let (scheme, value) = given.and_then(|given| given.split_once(' ')).unwrap_or_default();
    let key = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(value.trim().to_owned()),
        "basic" => BASE64_STANDARD.decode(value.trim()).ok().and_then(|pair| {
            let pair = String::from_utf8(pair).ok()?;
            Some(pair.split(':').next().unwrap_or_default().to_owned())
        }),
        _ => None,
    };
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        let message = "You did not provide an API key. You need to provide your API key in the Authorization header, \
                       using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
        return Err(Refusal::invalid(message).with_status(401));
    };
    if key == core.secret_key() {
        return Ok(());
    }
    let shown: String = key.chars().take(7).collect();
    Err(Refusal::invalid(format!("Invalid API Key provided: {shown}****")).with_status(401))
}

/// Refuses another version of the API, and bodies that are no forms.
fn check_headers(headers: &HeaderMap) -> Result<()> {
    if let Some(version) = headers
        .get("stripe-version")
        .and_then(|version| version.to_str().ok())
        && version != API_VERSION
    {
        return Err(Refusal::invalid(format!(
            "Invalid Stripe API version: {version}. The simulator speaks {API_VERSION} alone."
        )));
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| !kind.starts_with("application/x-www-form-urlencoded")) {
        return Err(Refusal::invalid(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded).",
        ));
    }
    Ok(())
}

fn read_params(query: Option<&str>, body: &[u8]) -> Result<Map<String, Value>> {
    let mut params = form::parse(query.unwrap_or_default().as_bytes())?;
    params.extend(form::parse(body)?);
    Ok(params)
}

/// An answer on its way out.
struct Answered {
    status: u16,
    body: Value,
    is_replay: bool,
    /// True when the connection breaks instead.
    is_lost: bool,
}

impl Answered {
    fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            body,
            is_replay: false,
            is_lost: false,
        }
    }

    fn refused(refusal: &Refusal) -> Self {
        Self::new(refusal.status, refusal.body())
    }
}

/// Lets a call fail where that was commanded, repeats an earlier answer, or executes it.
async fn admit(core: &Core, call: &Call) -> Answered {
    let fault = core.look(|state| state.faults.next(&call.method, &call.path));
    match fault {
        Some(ApiFault::RateLimit) => return Answered::refused(&too_many()),
        Some(ApiFault::ServerError) => return Answered::refused(&Refusal::server()),
        Some(ApiFault::ServerErrorAfterwards | ApiFault::LostAnswer | ApiFault::Stall) | None => {}
    }
    let release = core.release();
    let Some(key) = &call.key else {
        stall(core, fault, release).await;
        return execute_with(core, call, fault);
    };
    let claimed = core.look(|state| {
        let now = state.time.server();
        state.keys.claim(key, &call.path, &call.params, now)
    });
    match claimed {
        Err(refusal) => Answered::refused(&refusal),
        Ok(Some(answer)) => Answered {
            is_replay: true,
            ..Answered::new(answer.status, answer.body)
        },
        Ok(None) => {
            let claim = Claim { core, key };
            stall(core, fault, release).await;
            let answer = execute_with(core, call, fault);
            drop(claim);
            answer
        }
    }
}

/// A key in use. It is freed at the end unless an answer was kept, also when the caller hangs up.
struct Claim<'a> {
    core: &'a Core,
    key: &'a str,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.core.look(|state| state.keys.free(self.key));
    }
}

async fn stall(core: &Core, fault: Option<ApiFault>, release: Notified<'_>) {
    if fault == Some(ApiFault::Stall) {
        tokio::select! {
            () = release => {}
            () = core.stopped() => {}
        }
    }
}

fn execute_with(core: &Core, call: &Call, fault: Option<ApiFault>) -> Answered {
    core.act(|state| {
        state.caller = Some(Caller {
            request: Some(call.request_id.clone()),
            idempotency_key: call.key.clone(),
        });
        let done = execute(state, &call.method, &call.path, call.params.clone());
        state.caller = None;
        let mut answer = match &done {
            Ok(body) => Answered::new(200, body.clone()),
            Err(refusal) => Answered::refused(refusal),
        };
        if fault == Some(ApiFault::ServerErrorAfterwards) {
            answer = Answered::refused(&Refusal::server());
        }
        // A refusal of the parameters is not kept: the call had not begun.
        let has_begun = done
            .as_ref()
            .map_or_else(|refusal| refusal.status == 402, |_| true);
        if let Some(key) = call.key.as_ref().filter(|_| has_begun) {
            let kept = Answer {
                status: answer.status,
                body: answer.body.clone(),
            };
            state.keys.keep(key, kept);
        }
        answer.is_lost = fault == Some(ApiFault::LostAnswer);
        answer
    })
}

fn too_many() -> Refusal {
    Refusal::invalid(
        "Request rate limit exceeded. Learn more about rate limits here https://docs.stripe.com/rate-limits.",
    )
    .code("rate_limit")
    .with_status(429)
}

fn log(core: &Core, call: &Call, answer: &Answered) {
    let answered = AnsweredRequest {
        method: call.method.clone(),
        path: call.path.clone(),
        params: Value::Object(call.params.clone()),
        idempotency_key: call.key.clone(),
        status: if answer.is_lost { 0 } else { answer.status },
        is_replay: answer.is_replay,
    };
    core.look(|state| state.requests.push(answered));
}

fn respond(call: &Call, answer: &Answered) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = if answer.is_lost {
        let broken = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("the answer is lost"))]);
        Body::from_stream(broken).into_response()
    } else {
        // As Stripe does, with a body that a person can read.
        let body = format!("{:#}\n", answer.body);
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("request-id", &call.request_id);
    set("stripe-version", API_VERSION);
    if let Some(key) = &call.key {
        set("idempotency-key", key);
    }
    if answer.is_replay {
        set("idempotent-replayed", "true");
    }
    match answer.status {
        429 => set("retry-after", "1"),
        409 => set("stripe-should-retry", "true"),
        _ => {}
    }
    response
}
