//! Other processes of this program, which never outlive this one.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Becomes the program, and stops it when the input ends, which is the end of this process in whatever way. The shell in
/// the background is no child of the program, which waits for none.
const LEASH: &str = r#"
    exec 3<&0 </dev/null
    ( ( while read -r _; do :; done
        kill -TERM $$
        tries=0
        while [ "$tries" -lt 300 ] && kill -0 $$; do sleep 0.1; tries=$((tries + 1)); done
        kill -KILL $$ ) <&3 >/dev/null 2>&1 & )
    exec "$@" 3<&-
"#;

/// The environment variables that are passed on; a server of the measurement has no other settings than its own.
const PASSED_VARIABLES: [&str; 2] = ["PATH", "TMPDIR"];

/// Time limit of a stop in order.
const STOP_TIMEOUT: Duration = Duration::from_secs(25);

/// A process, killed when it is dropped.
pub(super) struct Process {
    child: Child,
    leash: ChildStdin,
    pid: u32,
}

/// A command of this program, with nothing of this process's environment.
pub(super) fn amda(arguments: &[&str]) -> anyhow::Result<Command> {
    let program = std::env::current_exe().context("the file of this program is not known")?;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", LEASH, "sh"])
        .arg(program)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C reaches this process alone, which stops the others.
        .process_group(0)
        .kill_on_drop(true);
    for name in PASSED_VARIABLES {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    Ok(command)
}

impl Process {
    /// Starts a command of [`amda`].
    pub(super) fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.spawn().context("/bin/sh cannot be run")?;
        Ok(Self {
            pid: child.id().expect("a child that was not waited for has an id"),
            leash: child
                .stdin
                .take()
                .expect("the child's input was asked to be a pipe"),
            child,
        })
    }

    pub(super) const fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    pub(super) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Kills the process, as `kill -9` does; returns when it is gone.
    pub(super) async fn kill(self) -> anyhow::Result<()> {
        let Self { mut child, leash, .. } = self;
        // The shell that the end of the leash wakes finds the process dead, and not yet another one by its id.
        let killed = child.start_kill();
        drop(leash);
        killed.context("a process of the measurement cannot be killed")?;
        child.wait().await?;
        Ok(())
    }

    /// Stops the process in order, and kills it when it takes too long.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        let Self { mut child, leash, .. } = self;
        drop(leash);
        match timeout(STOP_TIMEOUT, child.wait()).await {
            Ok(ended) => ended.map(drop),
            Err(_) => child.kill().await,
        }
        .context("a process of the measurement cannot be stopped")
    }
}
