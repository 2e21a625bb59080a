//! Questions to the operator, and their interruption of a command. Questions go to standard error, so that standard output
//! holds results only.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::pin::pin;

use anyhow::Context as _;
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Asks for a new password: unseen and twice at a terminal, else one line of standard input. None when the answer is
/// empty.
pub(super) fn ask_for_password() -> anyhow::Result<Option<SecretString>> {
    if !io::stdin().is_terminal() {
        let line = Zeroizing::new(read_line()?);
        let password = line.trim_end_matches(['\r', '\n']);
        return Ok((!password.is_empty()).then(|| password.into()));
    }
    let unseen = |question: &str| {
        let answer = rpassword::prompt_password(question).map(Zeroizing::new);
        answer.context("the password cannot be read from the terminal")
    };
    let password = unseen("New password (empty for a generated one): ")?;
    if password.is_empty() {
        return Ok(None);
    }
    if unseen("The same again: ")? != password {
        anyhow::bail!("the two passwords differ, so nothing was changed; run the command again");
    }
    Ok(Some(password.as_str().into()))
}

/// Asks a question, and returns the answer without the space around it.
pub(super) fn ask(question: &str) -> anyhow::Result<String> {
    let mut output = io::stderr();
    write!(output, "{question}")?;
    output.flush()?;
    Ok(read_line()?.trim().to_owned())
}

/// Returns at Ctrl-C, at SIGTERM, and when the terminal is closed.
pub(super) fn interrupted() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Waits for `work`, which ends early, by itself, once `stop` is cancelled: at Ctrl-C, at SIGTERM, and when the terminal is closed.
pub(super) async fn unless_interrupted<T>(
    stop: &CancellationToken,
    work: impl Future<Output = T>,
) -> io::Result<T> {
    let (mut work, mut interrupted) = (pin!(work), pin!(interrupted()?));
    Ok(tokio::select! {
        done = &mut work => done,
        () = &mut interrupted => {
            stop.cancel();
            work.await
        }
    })
}

fn read_line() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .context("standard input cannot be read as a line of UTF-8")?;
    Ok(line)
}
