//! The S3 server: files in a temporary folder, behind signatures.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use amda::config::{BucketConfig, MediaConfig, MediaEncryption, MediaStore};
use async_trait::async_trait;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

pub(crate) const BUCKET: &str = "media";
pub(crate) const KEY_ID: &str = "AMDATESTKEY";
pub(crate) const SECRET: &str = "hunter2-is-not-in-any-log";

/// A running server with one bucket.
pub(crate) struct S3Server {
    pub(crate) address: SocketAddr,
    service: S3Service,
    gate: Gate,
    folder: TempDir,
    serving: Option<AbortOnDropHandle<()>>,
}

/// Which operations the access key may not do, and which were done.
#[derive(Debug, Clone, Default)]
struct Gate {
    denied: Arc<Mutex<HashSet<&'static str>>>,
    done: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl S3Access for Gate {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let name = context.s3_op().name();
        if context.credentials().is_none() || self.denied.lock().unwrap().contains(name) {
            return Err(s3_error!(AccessDenied, "not permitted"));
        }
        self.done.lock().unwrap().push(name.to_owned());
        Ok(())
    }
}

impl S3Server {
    pub(crate) async fn start() -> Self {
        // The client of the bucket is not built without one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let gate = Gate::default();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        builder.set_access(gate.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut server = Self {
            address: listener.local_addr().unwrap(),
            service: builder.build(),
            gate,
            folder,
            serving: None,
        };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: TcpListener) {
        let service = self.service.clone();
        let serving = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone());
                connections.spawn(connection);
            }
        });
        self.serving = Some(AbortOnDropHandle::new(serving));
    }

    /// Cuts every connection and takes no more.
    pub(crate) async fn go_away(&mut self) {
        let serving = self.serving.take().expect("the server is there");
        serving.abort();
        let _ = serving.await;
    }

    /// Serves the same objects at the same address again.
    pub(crate) async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    /// Lets the access key do everything but these operations, such as `PutObject`.
    pub(crate) fn deny(&self, operations: &[&'static str]) {
        *self.gate.denied.lock().unwrap() = operations.iter().copied().collect();
    }

    /// How often the operation was permitted until now.
    pub(crate) fn count(&self, operation: &str) -> usize {
        let done = self.gate.done.lock().unwrap();
        done.iter().filter(|done| *done == operation).count()
    }

    /// The configuration of the bucket, in which new files go.
    pub(crate) fn config(&self, encryption: MediaEncryption) -> MediaConfig {
        MediaConfig {
            bucket: Some(BucketConfig {
                name: BUCKET.to_owned(),
                endpoint: Some(format!("http://{}", self.address).parse().unwrap()),
                region: "us-east-1".to_owned(),
                access_key_id: KEY_ID.to_owned(),
                secret_access_key: SECRET.into(),
                is_path_style: true,
                prefix: "amda".to_owned(),
                cdn_url: None,
            }),
            store: MediaStore::Bucket,
            encryption,
        }
    }

    /// The keys of all objects, in order.
    pub(crate) fn keys(&self) -> Vec<String> {
        let root = self.folder.path().join(BUCKET);
        let mut keys = Vec::new();
        collect(&root, &root, &mut keys);
        keys.sort();
        keys
    }

    /// Loses an object.
    pub(crate) fn lose(&self, key: &str) {
        std::fs::remove_file(self.folder.path().join(BUCKET).join(key)).unwrap();
    }

    /// The bytes of an object.
    pub(crate) fn object(&self, key: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(BUCKET).join(key)).unwrap()
    }
}

fn collect(root: &Path, folder: &Path, keys: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, keys);
        } else {
            let key = path.strip_prefix(root).unwrap();
            keys.push(key.to_str().unwrap().to_owned());
        }
    }
}
