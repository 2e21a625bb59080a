use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use super::Lifetime;

/// Time for which a shutdown waits for requests that are being answered and sockets that are being closed.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves `router` until `lifetime` ends: then accepts no more connections, closes the sockets with 1001, and returns
/// when all requests are answered and all running mutations are done, or after ten seconds.
///
/// # Errors
/// An error of the listener.
pub async fn serve(listener: TcpListener, router: Router, lifetime: Lifetime) -> io::Result<()> {
    // A reply of several small writes must not wait for the client's acknowledgements.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("TCP_NODELAY could not be set on a connection: {error}");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stopping = lifetime.shutdown.clone();
    let serving =
        axum::serve(listener, service).with_graceful_shutdown(async move { stopping.cancelled().await });
    let drained = async {
        let served = serving.await;
        lifetime.sockets.close();
        lifetime.sockets.wait().await;
        lifetime.mutations.close();
        lifetime.mutations.wait().await;
        served
    };
    let timed_out = async {
        lifetime.shutdown.cancelled().await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        served = drained => served,
        () = timed_out => {
            tracing::warn!("some requests were not answered within {} s of the shutdown", DRAIN_TIMEOUT.as_secs());
            Ok(())
        }
    }
}
