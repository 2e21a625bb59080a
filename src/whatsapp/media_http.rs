//! HTTP client for WhatsApp's media hosts, or for the simulator in their place.

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;
use whatsapp_rust::anyhow::Result;
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient};
use whatsapp_rust::wacore::net::UploadBody;

/// The library's HTTP client. The library requests `https://host/path` from the host that WhatsApp names; with a base
/// URL, the request goes to the simulator there instead. Clones share their connections.
///
/// Responses are read whole rather than streamed: only then does the library report by type that a file is not the one
/// that was sent, and it is read into memory either way.
#[derive(Debug, Clone)]
pub(super) struct MediaHttpClient {
    client: UreqHttpClient,
    base_url: Option<Arc<str>>,
}

impl MediaHttpClient {
    /// Makes a client that reads at most `max_bytes` of a response. With `base_url`, every request goes there.
    pub(super) fn new(base_url: Option<&Url>, max_bytes: u64) -> Self {
        Self {
            client: UreqHttpClient::new().with_max_body_bytes(max_bytes),
            base_url: base_url.map(|url| url.as_str().trim_end_matches('/').into()),
        }
    }

    fn redirect(&self, mut request: HttpRequest) -> HttpRequest {
        if let (Some(base), Some(rest)) = (&self.base_url, request.url.strip_prefix("https://")) {
            let path = rest.find('/').map_or("", |at| &rest[at..]);
            request.url = format!("{base}{path}");
        }
        request
    }
}

#[async_trait]
impl HttpClient for MediaHttpClient {
    async fn execute(&self, request: HttpRequest) -> Result<HttpResponse> {
        self.client.execute(self.redirect(request)).await
    }

    fn supports_upload_streaming(&self) -> bool {
        self.client.supports_upload_streaming()
    }

    fn execute_upload(
        &self,
        request: HttpRequest,
        body: UploadBody,
        content_length: u64,
    ) -> Result<HttpResponse> {
        self.client
            .execute_upload(self.redirect(request), body, content_length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested(base_url: Option<&str>, url: &str) -> String {
        let base_url: Option<Url> = base_url.map(|url| url.parse().unwrap());
        let client = MediaHttpClient::new(base_url.as_ref(), 1);
        client.redirect(HttpRequest::get(url)).url
    }

    #[test]
    fn a_request_goes_to_whatsapp_s_host_by_default() {
        let url = "https://mmg.whatsapp.net/v/t62.7118-24/1.enc?ccb=11-4&hash=x";

        assert_eq!(requested(None, url), url);
    }

    #[test]
    fn a_request_goes_to_the_simulator_in_place_of_every_host() {
        let url = "https://mmg.whatsapp.net/v/t62.7118-24/1.enc?ccb=11-4&hash=x";

        assert_eq!(
            requested(Some("http://127.0.0.1:3100"), url),
            "http://127.0.0.1:3100/v/t62.7118-24/1.enc?ccb=11-4&hash=x"
        );
    }
}
