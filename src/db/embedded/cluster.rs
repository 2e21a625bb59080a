//! Creation of the cluster by `initdb`, once, so that a start that was killed midway leaves no partial cluster.

use std::fs;
use std::path::Path;
use std::process::Output;

use tracing::info;

use super::binaries::{self, Binaries};
use super::folder::Layout;
use super::run_as::RunAs;
use super::url::SUPERUSER;
use super::{EmbeddedError, log};
use crate::disk::Reserve;

/// The space that a new cluster needs, with room for its first growth.
const NEW_CLUSTER_BYTES: u64 = 256 * 1024 * 1024;

/// Creates the cluster unless it exists. It is created in a folder beside and renamed when it is complete.
pub(super) fn make_once(
    layout: &Layout,
    binaries: &Binaries,
    run_as: &RunAs,
    durable: bool,
) -> Result<(), EmbeddedError> {
    if layout.cluster.join(binaries::VERSION_FILE).exists() {
        return Ok(());
    }
    Reserve::new(&layout.root, NEW_CLUSTER_BYTES).require(0)?;
    info!(
        "creating a database with PostgreSQL {} in {}",
        binaries.version,
        layout.cluster.display()
    );
    let unfinished = layout.root.join("cluster.new");
    let failed = |source| EmbeddedError::folder(&layout.root, source);
    let program = binaries.folder.join("initdb");
    let mut last = None;
    for locale in locales(binaries.major) {
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(failed)?;
        }
        let output = initdb(&program, &unfinished, locale, *run_as, durable)?;
        if output.status.success() {
            return fs::rename(&unfinished, &layout.cluster).map_err(failed);
        }
        last = Some(output);
    }
    let output = last.expect("there is at least one locale to try");
    Err(EmbeddedError::Failed {
        program,
        status: output.status,
        output: log::cause(&output.stderr),
    })
}

/// The locale options to try, in order. Text is UTF-8 and sorts by code point, so that indexes do not depend on the
/// system's library and survive a move to another machine. `C.UTF-8` knows letters beyond ASCII; PostgreSQL 17 has it
/// built in, elsewhere the system may not.
fn locales(major: u32) -> &'static [&'static [&'static str]] {
    if major >= 17 {
        &[&[
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]]
    } else {
        &[&["--locale=C.UTF-8"], &["--locale=C"]]
    }
}

fn initdb(
    program: &Path,
    cluster: &Path,
    locale: &[&str],
    run_as: RunAs,
    durable: bool,
) -> Result<Output, EmbeddedError> {
    let mut command = run_as.command(program);
    command
        .arg("-D")
        .arg(cluster)
        .args(["-U", SUPERUSER, "--encoding=UTF8"])
        .args(locale);
    // Access is controlled by the socket's folder: only the database's user and root can enter it.
    command.args(["--auth-local=trust", "--auth-host=reject", "--no-instructions"]);
    command.args(if durable {
        &["--data-checksums"][..]
    } else {
        &["--no-sync"]
    });
    command.output().map_err(|source| EmbeddedError::Spawn {
        program: program.to_owned(),
        source,
    })
}
