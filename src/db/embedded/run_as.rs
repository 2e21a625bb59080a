//! The user that PostgreSQL's programs run as: this process's, or `postgres` where that is root, which PostgreSQL
//! refuses.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::EmbeddedError;

/// Environment variables that PostgreSQL's programs may need. No others are passed on: AMDA's environment holds
/// secrets, and variables such as `PGDATA` would change what the programs do.
const PASSED_VARIABLES: [&str; 6] = [
    "PATH",
    "TMPDIR",
    "TZ",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "LOCPATH",
];

/// The user to run PostgreSQL as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunAs {
    /// The user of this process.
    Ourselves,
    /// Another user, because this process is root's.
    Other {
        /// The user's number.
        uid: u32,
        /// Its primary group's number.
        gid: u32,
    },
}

impl RunAs {
    /// This process's user; for root the owner of the database in `folder` and, where there is none yet, `postgres` or
    /// else `nobody`.
    pub(super) fn choose(folder: &Path) -> Result<Self, EmbeddedError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        if let Ok(found) = fs::metadata(folder)
            && found.uid() != 0
        {
            return Ok(Self::Other {
                uid: found.uid(),
                gid: found.gid(),
            });
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| user(&users, name))
            .ok_or(EmbeddedError::NoUser)
    }

    /// A command that runs as this user, with a clean environment and detached from the terminal.
    pub(super) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").stdin(Stdio::null());
        for name in PASSED_VARIABLES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // A process group of its own, so that Ctrl-C reaches AMDA only and the database runs until the end.
        command.process_group(0).current_dir("/");
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Makes this user the owner of a file or folder.
    pub(super) fn give(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)),
        }
    }

    /// The number of this user.
    pub(super) fn uid(self) -> u32 {
        match self {
            Self::Ourselves => rustix::process::geteuid().as_raw(),
            Self::Other { uid, .. } => uid,
        }
    }

    /// True when this user may enter `folder`, by a test that also respects access lists and mounts.
    pub(super) fn can_enter(self, folder: &Path) -> bool {
        if self == Self::Ourselves {
            return true;
        }
        let mut shell = self.command(Path::new("/bin/sh"));
        shell.args(["-c", r#"cd "$1" 2>/dev/null"#, "sh"]).arg(folder);
        shell.status().is_ok_and(|status| status.success())
    }
}

fn user(passwd: &str, name: &str) -> Option<RunAs> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2).map(str::parse);
    match (numbers.next()?, numbers.next()?) {
        (Ok(uid), Ok(gid)) if uid != 0 => Some(RunAs::Other { uid, gid }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "root:x:0:0:root:/root:/bin/bash\npostgresql:x:7:8::/:/bin/sh\npostgres:x:101:104:PostgreSQL \
                         administrator,,,:/var/lib/postgresql:/bin/bash\ntoor:x:0:0::/:/bin/sh\nbroken:x:a:b::/:/x\n";

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        assert_eq!(user(USERS, "postgres"), Some(RunAs::Other { uid: 101, gid: 104 }));
        assert_eq!(user(USERS, "post"), None);
    }

    #[test]
    fn a_user_that_is_root_or_unreadable_is_not_taken() {
        assert_eq!(user(USERS, "toor"), None);
        assert_eq!(user(USERS, "broken"), None);
    }
}
