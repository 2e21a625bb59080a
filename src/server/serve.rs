use std::convert::Infallible;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::connections::{Admission, Connection, Refused};
use super::{ConnectionLimits, Lifetime};
use crate::metrics::Metrics;

/// Time for which a shutdown waits for requests that are being answered and sockets that are being closed.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The time until the next try when the machine has no descriptor or memory for another connection.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);

/// The interval at which refused connections are logged.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// The buffer of a connection, which a request's head must fit in.
const BUFFER_BYTES: usize = 128 * 1024;

/// Serves `router` until `lifetime` ends: then accepts no more connections, closes the sockets with 1001, and returns
/// when all requests are answered and all running mutations are done, or after ten seconds.
///
/// # Errors
/// An error of the listener.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    lifetime: Lifetime,
    metrics: Metrics,
) -> io::Result<()> {
    let connections = TaskTracker::new();
    let drained = async {
        accept(
            listener,
            router,
            limits,
            &lifetime.shutdown,
            &connections,
            &metrics,
        )
        .await;
        connections.close();
        connections.wait().await;
        lifetime.sockets.close();
        lifetime.sockets.wait().await;
        lifetime.mutations.close();
        lifetime.mutations.wait().await;
    };
    let timed_out = async {
        lifetime.shutdown.cancelled().await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        () = drained => {}
        () = timed_out => {
            tracing::warn!("some requests were not answered within {} s of the shutdown", DRAIN_TIMEOUT.as_secs());
        }
    }
    Ok(())
}

/// Accepts connections until the shutdown, each served in a task of its own.
async fn accept(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    shutdown: &CancellationToken,
    connections: &TaskTracker,
    metrics: &Metrics,
) {
    let admission = Admission::new(limits);
    let mut told: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_the_client(&error) => continue,
            Err(error) => {
                tracing::error!("no connection can be accepted, which is tried again in a second: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        match admission.admit(peer.ip()) {
            Ok(place) => {
                // A reply of several small writes must not wait for the client's acknowledgements.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!("TCP_NODELAY could not be set on a connection: {error}");
                }
                let connection = Connection::new(stream, place, limits.read_within);
                let serving = serve_connection(connection, peer, router.clone(), limits, shutdown.clone());
                connections.spawn(serving);
            }
            Err(refused) => {
                metrics.limits_hit.add_one("connections");
                if told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
                    let from = peer.ip();
                    tracing::warn!(
                        "refused a connection from {from}, and perhaps others this minute: {refused}"
                    );
                    told = Some(Instant::now());
                }
                refuse(stream, refused);
            }
        }
    }
}

async fn serve_connection(
    connection: Connection,
    peer: SocketAddr,
    router: Router,
    limits: ConnectionLimits,
    shutdown: CancellationToken,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(router.clone(), request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(connection), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = shutdown.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::trace!("a connection ended: {error}");
    }
}

async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    router.oneshot(request).await
}

/// True for an error of one connection that ended before it was accepted.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// Says why a connection is closed at once, if the client's end takes that without waiting.
fn refuse(stream: TcpStream, refused: Refused) {
    let text = refused.to_string();
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         retry-after: 5\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    // Written past the runtime, which does not know yet that a new connection can be written to.
    let told = stream
        .into_std()
        .and_then(|mut stream| stream.write_all(response.as_bytes()));
    if let Err(error) = told {
        tracing::debug!("a refused connection could not be told: {error}");
    }
}
