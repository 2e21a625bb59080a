//! Gives the program the version that it tells: `0.1.0+1a2b3c4d5e6f`, with the commit that it was built from.
//!
//! The commit is what `BUILD_COMMIT` says, for builds without a repository such as a container's; else that of the package
//! from a registry, or of the clone. A build for development tells the version alone, so that a commit rebuilds nothing.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Letters of the commit that are told.
const LENGTH: usize = 12;

fn main() {
    println!("cargo::rerun-if-env-changed=BUILD_COMMIT");
    let version = env::var("CARGO_PKG_VERSION").expect("cargo names the version");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = given().or_else(|| {
        if is_release {
            of_package().or_else(of_clone)
        } else {
            None
        }
    });
    let told = commit.map_or_else(|| version.clone(), |commit| format!("{version}+{commit}"));
    println!("cargo::rustc-env=BUILD_VERSION={told}");
    if !is_release {
        // Else cargo would run this again for any changed file.
        println!("cargo::rerun-if-changed=deploy/build.rs");
    }
}

/// The commit that the environment names.
fn given() -> Option<String> {
    short(&env::var("BUILD_COMMIT").ok()?)
}

/// The commit that cargo wrote into the package of a registry.
fn of_package() -> Option<String> {
    let text = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    short(rest.split('"').nth(1)?)
}

/// The commit of the clone, marked when tracked files differ from it.
fn of_clone() -> Option<String> {
    // Not that of a repository around a copy without one of its own.
    if !Path::new(".git").exists() {
        return None;
    }
    let commit = short(git(&["rev-parse", "HEAD"])?.trim())?;
    // A commit changes the log of HEAD, and a clone without one is not committed to.
    for moved in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", moved])?;
        if Path::new(path.trim()).exists() {
            println!("cargo::rerun-if-changed={}", path.trim());
        }
    }
    for read in ["Cargo.toml", "Cargo.lock", "src", "migrations", "deploy/build.rs"] {
        println!("cargo::rerun-if-changed={read}");
    }
    let is_unmodified = git(&["diff", "--quiet", "HEAD"]).is_some();
    Some(if is_unmodified {
        commit
    } else {
        format!("{commit}.modified")
    })
}

/// What git prints; none when it fails.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).ok())?
}

/// The first letters of a commit; none when it is not one.
fn short(commit: &str) -> Option<String> {
    let is_commit = commit.len() >= LENGTH && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| commit[..LENGTH].to_ascii_lowercase())
}
