//! A client of the control API, for programs whose simulator is another process.

use std::io;
use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

use super::PhoneInfo;
use super::event::Event;

/// The maximum length of an answer, such as the list of tens of thousands of phones.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// Error of a request to the control API.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody listens.
    #[error("no simulator listens on {address}")]
    Unreachable {
        /// The address that was asked.
        address: SocketAddr,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The connection broke off.
    #[error("the connection with the simulator broke off")]
    Broken(#[from] hyper::Error),
    /// The answer ended early.
    #[error("the answer of the simulator ended early")]
    Cut(#[from] axum::Error),
    /// The answer is not what the API promises.
    #[error("the answer of the simulator cannot be read")]
    Malformed(#[from] serde_json::Error),
    /// The number of the phone cannot be written in an address.
    #[error("the number of the phone is none")]
    Number(#[from] axum::http::Error),
    /// The simulator refused.
    #[error("the simulator refused: {0}")]
    Refused(String),
}

/// One connection with a simulator. Requests on it follow each other.
pub struct ControlClient {
    address: SocketAddr,
    sender: SendRequest<Body>,
    _connection: AbortOnDropHandle<()>,
}

impl ControlClient {
    /// Connects with the simulator at `address`.
    ///
    /// # Errors
    /// [`ControlError::Unreachable`] or [`ControlError::Broken`].
    pub async fn connect(address: SocketAddr) -> Result<Self, ControlError> {
        let unreachable = |source| ControlError::Unreachable { address, source };
        let stream = TcpStream::connect(address).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(async move {
            // An error of the connection is one of the request too, which tells of it.
            let _ = connection.await;
        });
        Ok(Self {
            address,
            sender,
            _connection: AbortOnDropHandle::new(connection),
        })
    }

    /// All phones, in the order of their numbers.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn phones(&mut self) -> Result<Vec<PhoneInfo>, ControlError> {
        self.ask(Method::GET, "/control/phones", String::new()).await
    }

    /// Makes a phone.
    ///
    /// # Errors
    /// [`ControlError`]; refused where the phone exists.
    pub async fn create_phone(&mut self, number: &str, name: &str) -> Result<PhoneInfo, ControlError> {
        let body = json!({ "number": number, "name": name }).to_string();
        self.ask(Method::POST, "/control/phones", body).await
    }

    /// Adds a contact to the address book of a phone.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn add_contact(&mut self, phone: &str, number: &str, name: &str) -> Result<(), ControlError> {
        let body = json!({ "number": number, "name": name }).to_string();
        let _: Value = self.post(phone, "contacts", body).await?;
        Ok(())
    }

    /// Scans a client's QR code with a phone.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn scan(&mut self, phone: &str, qr: &str) -> Result<(), ControlError> {
        let _: Value = self.post(phone, "scan", qr.to_owned()).await?;
        Ok(())
    }

    /// Lets something happen in the world of a phone; answers with the id of the message.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn perform(&mut self, phone: &str, event: &Event) -> Result<String, ControlError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Performed {
            message_id: String,
        }

        let body = serde_json::to_string(event)?;
        let Performed { message_id } = self.post(phone, "events", body).await?;
        Ok(message_id)
    }

    async fn post<T: DeserializeOwned>(
        &mut self,
        phone: &str,
        what: &str,
        body: String,
    ) -> Result<T, ControlError> {
        self.ask(Method::POST, &format!("/control/phones/{phone}/{what}"), body)
            .await
    }

    async fn ask<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<T, ControlError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.address.to_string())
            .body(Body::from(body))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let is_success = response.status().is_success();
        let answer = to_bytes(Body::new(response.into_body()), MAX_ANSWER_BYTES).await?;
        if is_success {
            return Ok(serde_json::from_slice(&answer)?);
        }
        let refusal: Value = serde_json::from_slice(&answer)?;
        let reason = refusal["error"].as_str().unwrap_or_default();
        Err(ControlError::Refused(reason.to_owned()))
    }
}
