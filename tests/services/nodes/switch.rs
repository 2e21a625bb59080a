//! A proxy before a port of loopback that can be cut off: bytes then neither pass nor are refused.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::proxy::join;

/// A proxy before a port.
pub(super) struct Switch {
    pub(super) address: SocketAddr,
    is_cut: watch::Sender<bool>,
    _serving: AbortOnDropHandle<()>,
}

impl Switch {
    /// A proxy before `port`.
    pub(super) async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (is_cut, cut) = watch::channel(false);
        Self {
            address: listener.local_addr().unwrap(),
            is_cut,
            _serving: AbortOnDropHandle::new(tokio::spawn(serve(listener, port, cut))),
        }
    }

    /// Cuts every connection off, those to come too.
    pub(super) fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// Lets bytes pass again, those too that waited.
    pub(super) fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

async fn serve(listener: TcpListener, port: u16, cut: watch::Receiver<bool>) {
    while let Ok((client, _)) = listener.accept().await {
        let cut = cut.clone();
        tokio::spawn(async move {
            if let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await {
                Box::pin(join(client, server, cut)).await;
            }
        });
    }
}
