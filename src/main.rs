//! The `amda` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // Nothing that AMDA writes is for others.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    // Before anything speaks TLS; it can fail only when a provider is installed already.
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("nothing has installed a TLS provider before main");
    amda::cli::run(std::env::args_os()).await
}
