//! A write that gives a client up who does not read.

use futures::future::BoxFuture;
use tokio::time::timeout;

use super::protocol::ConnectionEnd;
use crate::server::executor::Executor;

/// Waits for a client that reads slowly, up to the time limit and to what ends its connection anyway.
pub(super) async fn write_in_time(
    executor: &Executor,
    expiry: &mut BoxFuture<'static, ConnectionEnd>,
    writing: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), ConnectionEnd> {
    let limit = executor.settings.sockets.read_within;
    tokio::select! {
        biased;
        written = timeout(limit, writing) => match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(ConnectionEnd::Gone),
            Err(_) => {
                executor.metrics.slow_subscribers.add_one();
                let seconds = limit.as_secs();
                let reason = format!("too slow: nothing was read for {seconds} s; connect again and resume with `after`");
                Err(ConnectionEnd::close(1013, reason))
            }
        },
        end = expiry => Err(end),
        () = executor.lifetime.shutdown.cancelled() => Err(ConnectionEnd::shutting_down()),
    }
}
