//! A GraphQL client over HTTP.
//!
//! ```ignore
//! let api = GraphqlClient::new(address);
//! let reply = api.run("{ serverInfo { version } }", json!({})).await;
//! assert_eq!(reply.data("/serverInfo/version"), "0.1.0");
//!
//! let alice = api.signed_in(&access_token);
//! let reply = alice.run("mutation($input: LinkAccountInput!) { linkAccount(input: $input) { … } }", json!({…})).await;
//! ```

use std::net::SocketAddr;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::http;

/// Sends operations to one server, as one viewer or as nobody. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct GraphqlClient {
    http: reqwest::Client,
    address: SocketAddr,
    token: Option<String>,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The HTTP headers.
    pub(crate) headers: HeaderMap,
    /// The whole body; null when it was no JSON.
    pub(crate) body: Value,
}

impl GraphqlClient {
    /// A client of the server at `address`, who is not signed in.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            http: http::client(),
            address,
            token: None,
        }
    }

    /// The same client, signed in by an access token.
    pub(crate) fn signed_in(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Runs a query or a mutation. `variables` is an object; `json!({})` for none.
    pub(crate) async fn run(&self, query: &str, variables: Value) -> Reply {
        let body = json!({ "query": query, "variables": variables });
        Reply::read(self.request(Method::POST, "/graphql").json(&body)).await
    }

    /// Any request at all, with this client's token; send it and read it with [`Reply::read`].
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("http://{}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

impl Reply {
    /// Sends a request and reads the whole answer.
    pub(crate) async fn read(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
        Self {
            status,
            headers,
            body,
        }
    }

    /// What is at `pointer` (as `/viewer/email`; the empty text for all) in the data of an operation that must have
    /// succeeded.
    #[track_caller]
    pub(crate) fn data(&self, pointer: &str) -> &Value {
        assert!(self.body.get("errors").is_none(), "{:#}", self.body);
        let found = self.body["data"].pointer(pointer);
        found.unwrap_or_else(|| panic!("no {pointer} in the data of {:#}", self.body))
    }

    /// The code of the first error of an operation that must have failed.
    #[track_caller]
    pub(crate) fn error_code(&self) -> &str {
        let code = self.body["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("no coded error in {:#}", self.body))
    }
}

/// The fields of `one`, with those of `other` put over them.
pub(crate) fn merged(mut one: Value, other: &Value) -> Value {
    let fields = one.as_object_mut().unwrap();
    fields.extend(other.as_object().unwrap().clone());
    one
}

/// The mistakes that an error lists, each as its code, its path and its plan; `error` is as clients read it.
pub(crate) fn field_errors(error: &Value) -> Value {
    let listed = error["extensions"]["errors"].as_array();
    let listed = listed.unwrap_or_else(|| panic!("no list of mistakes in {error:#}"));
    let told = |mistake: &Value| json!([mistake["code"], mistake["path"], mistake["requiredPlan"]]);
    listed.iter().map(told).collect()
}

/// The nodes of a connection.
pub(crate) fn nodes(connection: &Value) -> Vec<Value> {
    let edges = connection["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"].clone()).collect()
}

/// The errors of a payload, each by its code and its place in the input, such as `INVALID_INPUT quietHours.from`.
pub(crate) fn mistakes(payload: &Value) -> Vec<String> {
    let errors = payload["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| {
            let path = error["path"].as_array().unwrap();
            let path: Vec<_> = path.iter().map(|name| name.as_str().unwrap()).collect();
            format!("{} {}", error["code"].as_str().unwrap(), path.join("."))
        })
        .collect()
}
