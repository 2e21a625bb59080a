use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use super::Lifetime;

/// How long requests that are being answered, and sockets that are being closed, are waited for.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// Serves `router` until `lifetime` ends: then takes no more connections, closes the sockets with 1001, and returns
/// when what was being answered is answered and the mutations that were begun are done, or after ten seconds.
///
/// # Errors
/// The listener's.
pub async fn serve(listener: TcpListener, router: Router, lifetime: Lifetime) -> io::Result<()> {
    // A reply of several small writes must not wait for the client's acknowledgements.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("a connection stays with delays: {error}");
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
    let too_late = async {
        lifetime.shutdown.cancelled().await;
        tokio::time::sleep(DRAIN_WITHIN).await;
    };
    tokio::select! {
        served = drained => served,
        () = too_late => {
            tracing::warn!("some requests were not answered within {} s of the shutdown", DRAIN_WITHIN.as_secs());
            Ok(())
        }
    }
}
