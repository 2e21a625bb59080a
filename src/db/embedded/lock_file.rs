//! `postmaster.pid`: the process of a cluster's server, running or not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::process::Pid;

/// The content of `postmaster.pid`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LockFile {
    /// The server's process, negative for one that serves a single command.
    pid: i32,
    pub(super) socket: PathBuf,
}

impl LockFile {
    pub(super) fn path(cluster: &Path) -> PathBuf {
        cluster.join("postmaster.pid")
    }

    pub(super) fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(Self::path(cluster)).ok()?)
    }

    /// Parses the lines: process id, data directory, start time, port, socket folder and more. A starting server writes
    /// the later ones later.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        Some(Self {
            pid,
            socket: PathBuf::from(lines.nth(3).unwrap_or_default()),
        })
    }

    /// The process id; `None` for the negative number of a single-user server, because signalling that would reach a
    /// whole process group.
    pub(super) fn pid(&self) -> Option<Pid> {
        if self.pid > 0 {
            Pid::from_raw(self.pid)
        } else {
            None
        }
    }

    pub(super) fn is_of(&self, pid: u32) -> bool {
        i64::from(self.pid) == i64::from(pid)
    }

    /// True when the process that wrote the file is alive and a server of `cluster`: its id may have been reused.
    pub(super) fn is_of_running_server(&self, cluster: &Path) -> bool {
        let Some(command) = self.pid().and_then(|_| command_line(self.pid)) else {
            return false;
        };
        command.contains("postgres") && command.contains(&*cluster.to_string_lossy())
    }
}

fn command_line(pid: i32) -> Option<String> {
    match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(line) => Some(String::from_utf8_lossy(&line).replace('\0', " ")),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !Path::new("/proc/self").exists() => {
            let output = std::process::Command::new("ps")
                .args(["-o", "command=", "-p", &pid.to_string()])
                .output()
                .ok()?;
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_names_process_and_socket() {
        let text = "4711\n/srv/cluster\n1700000000\n5432\n/srv/socket\n\n  12 34\nready   \n";

        let file = LockFile::parse(text).unwrap();

        assert_eq!(
            file,
            LockFile {
                pid: 4711,
                socket: "/srv/socket".into()
            }
        );
        assert!(file.is_of(4711) && !file.is_of(4712));
    }

    #[test]
    fn a_lock_file_still_being_written_is_no_proof() {
        assert_eq!(LockFile::parse(""), None);
        assert_eq!(LockFile::parse("47x").map(|file| file.pid), None);
        assert_eq!(
            LockFile::parse("-1").unwrap().pid(),
            None,
            "a negative number would signal a whole group"
        );
    }

    #[test]
    fn a_living_process_that_is_no_server_of_the_cluster_is_not_taken_for_one() {
        let ourselves = LockFile {
            pid: i32::try_from(std::process::id()).unwrap(),
            socket: PathBuf::new(),
        };

        assert!(!ourselves.is_of_running_server(Path::new("/srv/cluster")));
    }
}
