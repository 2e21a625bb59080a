//! The `amda` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // Before anything speaks TLS; it can fail only when a provider is installed already.
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("nothing has installed a TLS provider before main");
    amda::cli::run(std::env::args_os()).await
}
