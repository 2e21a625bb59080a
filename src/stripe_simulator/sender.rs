//! The sender of webhooks: one delivery after the other, each when it is due.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

use super::shared::Core;
use super::signature::SignedWebhook;
use super::webhooks::Delivery;

/// The time for an endpoint to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest sleep while a delivery waits for its time.
const LONGEST_SLEEP: u64 = 3_600;

/// Sends webhooks until the simulator stops.
pub(super) async fn run(core: Core) {
    loop {
        let next = core.look(|state| {
            let now = state.time.billing();
            let delivery = state.webhooks.begin_next(now)?;
            let secrets = state
                .webhooks
                .endpoint(&delivery.url)
                .map(|it| it.secrets.clone());
            let signed = state.signed(&delivery.event, &secrets.unwrap_or_default());
            Some((delivery, signed.ok()))
        });
        match next {
            Some((delivery, signed)) => {
                let status = match signed {
                    Some(signed) => deliver(&core, &delivery, signed).await,
                    None => 0,
                };
                core.note_delivery(|state| {
                    let now = state.time.billing();
                    state.webhooks.end(&delivery, status, now);
                });
            }
            None => {
                if !wait(&core).await {
                    return;
                }
            }
        }
    }
}

/// Waits until something may be due; false when the simulator stops.
async fn wait(core: &Core) -> bool {
    let next = core.look(|state| state.webhooks.next_in(state.time.billing()));
    let sleep = Duration::from_secs(next.unwrap_or(LONGEST_SLEEP).clamp(1, LONGEST_SLEEP));
    tokio::select! {
        () = core.stopped() => false,
        _ = timeout(sleep, core.changed()) => true,
    }
}

/// The status of the answer, or 0.
async fn deliver(core: &Core, delivery: &Delivery, signed: SignedWebhook) -> u16 {
    let sent = timeout(PATIENCE, post(core, &delivery.url, signed));
    tokio::select! {
        () = core.stopped() => 0,
        sent = sent => match sent {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => {
                tracing::debug!(%error, url = delivery.url, "a simulated webhook was not delivered");
                0
            }
            Err(_) => 0,
        },
    }
}

async fn post(
    core: &Core,
    url: &str,
    signed: SignedWebhook,
) -> Result<u16, Box<dyn std::error::Error + Send + Sync>> {
    let url = Url::parse(url)?;
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    core.spawn(async move {
        // An error of the connection is one of the request too, which tells of it.
        let _ = connection.await;
    });
    let path = url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    );
    let request = Request::post(path)
        .header(header::HOST, format!("{host}:{port}"))
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header(
            header::USER_AGENT,
            "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        )
        .header("stripe-signature", signed.signature)
        .body(Body::from(signed.body))?;
    Ok(sender.send_request(request).await?.status().as_u16())
}

/// True for an address that webhooks may be sent to: plain HTTP on this machine.
pub(super) fn is_reachable(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_stay_on_this_machine() {
        for here in [
            "http://127.0.0.1:3000/hook",
            "http://[::1]/",
            "http://localhost:1/x?y=1",
        ] {
            assert!(is_reachable(here), "{here}");
        }
        for elsewhere in [
            "https://127.0.0.1/",
            "http://10.0.0.1/",
            "http://example.org/",
            "nowhere",
        ] {
            assert!(!is_reachable(elsewhere), "{elsewhere}");
        }
    }
}
