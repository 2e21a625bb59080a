//! The control API: JSON over HTTP, a thin layer over the methods of [`Simulator`].

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::SimulatorError;
use super::event::Event;
use super::faults::Fault;
use super::groups::GroupInfo;
use super::presence::SentPresence;
use super::sent::SentMessage;
use super::world::Addressing;
use super::{PhoneInfo, Simulator};

/// The routes under `/control`.
pub(super) fn routes(simulator: Simulator) -> Router {
    Router::new()
        .route("/phones", get(phones).post(create_phone))
        .route("/phones/{number}/scan", post(scan))
        .route("/phones/{number}/link-code", post(link_code))
        .route("/phones/{number}/unlink", post(unlink))
        .route("/phones/{number}/contacts", post(add_contact))
        .route("/phones/{number}/groups", get(groups).post(create_group))
        .route("/phones/{number}/events", post(perform))
        .route("/phones/{number}/faults", post(fail))
        .route("/phones/{number}/sent", get(sent))
        .route("/phones/{number}/presences", get(presences))
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .with_state(simulator)
}

/// A refusal as JSON.
struct Refusal(StatusCode, String);

impl From<SimulatorError> for Refusal {
    fn from(error: SimulatorError) -> Self {
        let status = match &error {
            SimulatorError::Unknown { .. } => StatusCode::NOT_FOUND,
            SimulatorError::Invalid { .. } | SimulatorError::Stanza(_) => StatusCode::BAD_REQUEST,
            SimulatorError::Conflict(_) => StatusCode::CONFLICT,
            SimulatorError::Crypto { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            SimulatorError::NotLoopback { .. }
            | SimulatorError::Listen { .. }
            | SimulatorError::Storage { .. }
            | SimulatorError::Snapshot { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

/// A JSON body, whatever its content type says, whose refusal is JSON too.
struct Body<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let refused = |detail: String| {
            Refusal(
                StatusCode::BAD_REQUEST,
                format!("the body is not what this address takes: {detail}"),
            )
        };
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| refused(rejection.body_text()))?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|error| refused(error.to_string()))
    }
}

type Answer = Result<Json<Value>, Refusal>;

async fn nowhere() -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        "there is nothing here: begin with GET /control/phones".to_owned(),
    )
}

async fn wrong_method() -> Refusal {
    Refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address does not take this method: reading is GET, doing is POST".to_owned(),
    )
}

/// The answer of a request that returns no value.
fn done() -> Json<Value> {
    Json(json!({}))
}

async fn phones(State(simulator): State<Simulator>) -> Json<Vec<PhoneInfo>> {
    Json(simulator.phones().await)
}

#[derive(Deserialize)]
struct NewPhone {
    number: String,
    name: String,
    #[serde(default)]
    addressing: Addressing,
}

async fn create_phone(
    State(simulator): State<Simulator>,
    Body(phone): Body<NewPhone>,
) -> Result<Json<PhoneInfo>, Refusal> {
    let NewPhone {
        number,
        name,
        addressing,
    } = phone;
    let phone = simulator
        .create_phone_with_addressing(&number, &name, addressing)
        .await?;
    Ok(Json(phone))
}

async fn scan(State(simulator): State<Simulator>, Path(number): Path<String>, qr: String) -> Answer {
    simulator.scan(&number, &qr).await?;
    Ok(done())
}

async fn link_code(State(simulator): State<Simulator>, Path(number): Path<String>, code: String) -> Answer {
    simulator.enter_code(&number, &code).await?;
    Ok(done())
}

async fn unlink(State(simulator): State<Simulator>, Path(number): Path<String>) -> Answer {
    simulator.unlink(&number).await?;
    Ok(done())
}

#[derive(Deserialize)]
struct NewContact {
    number: String,
    name: String,
}

async fn add_contact(
    State(simulator): State<Simulator>,
    Path(phone): Path<String>,
    Body(contact): Body<NewContact>,
) -> Answer {
    let jid = simulator
        .add_contact(&phone, &contact.number, &contact.name)
        .await?;
    Ok(Json(json!({ "number": contact.number, "lid": jid })))
}

#[derive(Deserialize)]
struct NewGroup {
    #[serde(alias = "name")]
    subject: String,
    members: Vec<String>,
    #[serde(default)]
    admins: Vec<String>,
}

async fn groups(
    State(simulator): State<Simulator>,
    Path(phone): Path<String>,
) -> Result<Json<Vec<GroupInfo>>, Refusal> {
    Ok(Json(simulator.group_infos(&phone).await?))
}

async fn create_group(
    State(simulator): State<Simulator>,
    Path(phone): Path<String>,
    Body(group): Body<NewGroup>,
) -> Answer {
    let members: Vec<&str> = group.members.iter().map(String::as_str).collect();
    let admins: Vec<&str> = group.admins.iter().map(String::as_str).collect();
    let id = simulator
        .create_group_with_admins(&phone, &group.subject, &members, &admins)
        .await?;
    Ok(Json(json!({ "id": id })))
}

async fn perform(
    State(simulator): State<Simulator>,
    Path(phone): Path<String>,
    Body(event): Body<Event>,
) -> Answer {
    let id = simulator.perform(&phone, event).await?;
    Ok(Json(json!({ "messageId": id })))
}

async fn fail(
    State(simulator): State<Simulator>,
    Path(phone): Path<String>,
    Body(fault): Body<Fault>,
) -> Answer {
    simulator.fail(&phone, fault).await?;
    Ok(done())
}

async fn sent(
    State(simulator): State<Simulator>,
    Path(phone): Path<String>,
) -> Result<Json<Vec<SentMessage>>, Refusal> {
    Ok(Json(simulator.sent(&phone).await?))
}

async fn presences(
    State(simulator): State<Simulator>,
    Path(phone): Path<String>,
) -> Result<Json<Vec<SentPresence>>, Refusal> {
    Ok(Json(simulator.presences(&phone).await?))
}
