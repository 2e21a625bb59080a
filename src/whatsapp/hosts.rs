//! WhatsApp's media hosts over HTTP, or the simulator in their place.

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;
use whatsapp_rust::anyhow::Result;
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient};
use whatsapp_rust::wacore::net::UploadBody;

/// The library's HTTP client. The library asks `https://host/path` of whatever host WhatsApp names; a simulator that
/// listens elsewhere is asked in its place. Clones share their connections.
///
/// Answers are read whole rather than streamed: only then does the library say by type that a file was not the one that
/// was sent, and it is read into memory either way.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    client: UreqHttpClient,
    instead: Option<Arc<str>>,
}

impl Hosts {
    /// Reads at most `most_bytes` of an answer. With `instead`, every host is asked there.
    pub(super) fn new(instead: Option<&Url>, most_bytes: u64) -> Self {
        Self {
            client: UreqHttpClient::new().with_max_body_bytes(most_bytes),
            instead: instead.map(|url| url.as_str().trim_end_matches('/').into()),
        }
    }

    fn redirect(&self, mut request: HttpRequest) -> HttpRequest {
        if let (Some(base), Some(rest)) = (&self.instead, request.url.strip_prefix("https://")) {
            let path = rest.find('/').map_or("", |at| &rest[at..]);
            request.url = format!("{base}{path}");
        }
        request
    }
}

#[async_trait]
impl HttpClient for Hosts {
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

    fn asked(instead: Option<&str>, url: &str) -> String {
        let instead: Option<Url> = instead.map(|url| url.parse().unwrap());
        let hosts = Hosts::new(instead.as_ref(), 1);
        hosts.redirect(HttpRequest::get(url)).url
    }

    #[test]
    fn whatsapp_s_hosts_are_asked_as_they_are_named() {
        let url = "https://mmg.whatsapp.net/v/t62.7118-24/1.enc?ccb=11-4&hash=x";

        assert_eq!(asked(None, url), url);
    }

    #[test]
    fn the_simulator_is_asked_in_place_of_every_host() {
        let url = "https://mmg.whatsapp.net/v/t62.7118-24/1.enc?ccb=11-4&hash=x";

        assert_eq!(
            asked(Some("http://127.0.0.1:3100"), url),
            "http://127.0.0.1:3100/v/t62.7118-24/1.enc?ccb=11-4&hash=x"
        );
    }
}
