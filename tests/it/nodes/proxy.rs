//! A proxy before PostgreSQL that can be cut off: bytes then neither pass nor are refused.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use amda::config::DatabaseUrls;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::support::database::open_to_passers;

/// Name of PostgreSQL's socket in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// A proxy between a server and its PostgreSQL.
pub(super) struct Proxy {
    folder: TempDir,
    is_cut: watch::Sender<bool>,
    _serving: AbortOnDropHandle<()>,
}

impl Proxy {
    /// A proxy before the server of `urls`.
    pub(super) fn before(urls: &DatabaseUrls) -> Self {
        let folder = tempfile::Builder::new().prefix("amda-proxy-").tempdir().unwrap();
        open_to_passers(folder.path());
        let socket = folder.path().join(SOCKET);
        let listener = UnixListener::bind(&socket).unwrap();
        // A pooler connects as another user.
        std::fs::set_permissions(&socket, Permissions::from_mode(0o777)).unwrap();
        let config: tokio_postgres::Config = urls.app.expose_secret().parse().unwrap();
        let target = match config.get_hosts().first() {
            Some(tokio_postgres::config::Host::Unix(path)) => path.join(SOCKET),
            other => panic!("the tests' PostgreSQL is at a socket, not at {other:?}"),
        };
        let (is_cut, cut) = watch::channel(false);
        let serving = tokio::spawn(serve(listener, target, cut));
        Self {
            folder,
            is_cut,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// The folder of its socket.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `urls` through the proxy.
    pub(super) fn urls(&self, urls: &DatabaseUrls) -> DatabaseUrls {
        let through = |url: &SecretString| -> SecretString {
            let (head, rest) = url.expose_secret().split_once('@').unwrap();
            let (_, database) = rest.split_once('/').unwrap();
            let path = self.folder().to_str().unwrap().replace('/', "%2F");
            format!("{head}@{path}/{database}").into()
        };
        DatabaseUrls {
            app: through(&urls.app),
            owner: urls.owner.as_ref().map(through),
            direct: None,
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

async fn serve(listener: UnixListener, target: PathBuf, cut: watch::Receiver<bool>) {
    while let Ok((client, _)) = listener.accept().await {
        let (target, cut) = (target.clone(), cut.clone());
        tokio::spawn(async move {
            if let Ok(server) = UnixStream::connect(target).await {
                Box::pin(join(client, server, cut)).await;
            }
        });
    }
}

/// Passes the bytes of both sides on while nothing is cut.
pub(super) async fn join<S>(client: S, server: S, cut: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite,
{
    let ((from_client, to_client), (from_server, to_server)) = (split(client), split(server));
    tokio::join!(
        pass(from_client, to_server, cut.clone()),
        pass(from_server, to_client, cut)
    );
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut cut: watch::Receiver<bool>,
) {
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if cut.wait_for(|is_cut| !is_cut).await.is_err() || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
