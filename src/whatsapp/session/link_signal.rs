//! Signals of a client's handlers and transport to its session: the state of the link, not what is said on it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use whatsapp_rust::types::events::{self as library, ConnectFailureReason};

use super::ack_barrier::AckBarrier;
use crate::event::{LogoutCause, PairingFailure, Person, StopCause};
use crate::id::AccountId;
use crate::whatsapp::translate;

/// Signals that can wait for the session, which handles them quickly.
const CAPACITY: usize = 64;

/// Change of the link, as the library reports it.
#[derive(Debug)]
pub(super) enum LinkSignal {
    /// The library dials.
    Dialling,
    /// A QR code to show, and the time for which it is valid.
    Qr(String, Duration),
    /// A pairing code to show, and the time for which it is valid.
    Code(String, Duration),
    /// The phone accepted the link.
    Paired {
        /// Owner of the phone.
        owner: Person,
        /// Name of a business; None for a person.
        push_name: Option<String>,
    },
    /// The client is logged in and ready.
    Online,
    /// The owner has a new push name; None when nothing of it can be seen.
    PushName(Option<String>),
    /// The connection is lost or about to be, for this reason.
    Lost(String),
    /// The session cannot go on.
    Ended(EndReason),
}

/// Reason for which a session cannot go on by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EndReason {
    /// No QR code was scanned in time.
    QrExhausted,
    /// The link was refused or failed.
    PairingFailed(PairingFailure, String),
    /// The phone is linked already to this account of the same user.
    AlreadyLinked(AccountId),
    /// WhatsApp asks for a passkey.
    Passkey,
    /// Another program uses this link.
    Replaced,
    /// The link was removed.
    LoggedOut(LogoutCause, String),
    /// The account is locked; the duration is None when WhatsApp names none.
    Banned(String, Option<Duration>),
    /// WhatsApp no longer accepts this version of the client.
    Outdated,
    /// Any other reason.
    Stopped(StopCause, String),
}

/// Sending end of a client's signals. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct LinkSignals {
    sender: mpsc::Sender<LinkSignal>,
    barrier: Arc<AckBarrier>,
}

impl LinkSignals {
    /// A channel for the signals of the client behind `barrier`.
    pub(super) fn channel(barrier: Arc<AckBarrier>) -> (Self, mpsc::Receiver<LinkSignal>) {
        let (sender, signals) = mpsc::channel(CAPACITY);
        (Self { sender, barrier }, signals)
    }

    /// Sends a signal to the session. When too many wait, the barrier is poisoned: the session would act on a state that
    /// is not the link's, so the connection is given up.
    pub(super) fn send(&self, signal: LinkSignal) {
        if self.sender.try_send(signal).is_err() {
            self.barrier
                .poison("the session does not keep up with its signals");
        }
    }
}

impl LinkSignal {
    /// Reads a signal from an event of the library; None when the event does not concern the link.
    pub(super) fn from_library(event: &library::Event) -> Option<Self> {
        use library::Event as Library;
        Some(match event {
            Library::PairingQrCode(qr) => Self::Qr(qr.code.clone(), qr.timeout),
            Library::PairingQrCodesExhausted(_) => Self::Ended(EndReason::QrExhausted),
            Library::PairingCode(code) => Self::Code(code.code.clone(), code.timeout),
            Library::PairingCodeError(error) => pairing_failed(&error.error),
            Library::QrScannedWithoutMultidevice(_) => Self::Ended(EndReason::PairingFailed(
                PairingFailure::PhoneOutdated,
                "the phone's WhatsApp is too old for linked devices: update it, then link again".to_owned(),
            )),
            Library::PairSuccess(paired) => Self::Paired {
                owner: translate::person_of([&paired.lid, &paired.id])?,
                push_name: translate::name(&paired.business_name),
            },
            Library::PairError(error) => pairing_failed(&error.error),
            Library::PairPasskeyRequest(_) => Self::Ended(EndReason::Passkey),
            Library::PairPasskeyError(error) => pairing_failed(&error.error),
            Library::SelfPushNameUpdated(change) => Self::PushName(translate::name(&change.new_name)),
            Library::StreamReplaced(_) => Self::Ended(EndReason::Replaced),
            Library::LoggedOut(out) => Self::Ended(logged_out(out)),
            Library::TemporaryBan(ban) => {
                Self::Ended(EndReason::Banned(ban.code.to_string(), ban.expire.to_std().ok()))
            }
            Library::ClientOutdated(_) => Self::Ended(EndReason::Outdated),
            Library::ConnectFailure(failure) => refused_login(failure),
            Library::StreamError(error) => {
                Self::Lost(format!("WhatsApp ended the stream with error '{}'", error.code))
            }
            _ => return None,
        })
    }
}

fn pairing_failed(reason: &str) -> LinkSignal {
    LinkSignal::Ended(EndReason::PairingFailed(
        PairingFailure::Failed,
        reason.to_owned(),
    ))
}

fn logged_out(out: &library::LoggedOut) -> EndReason {
    let words = out.logout_message.as_ref().and_then(|words| {
        let lines = [&words.header, &words.subtext];
        let lines: Vec<&str> = lines.into_iter().flatten().map(String::as_str).collect();
        (!lines.is_empty()).then(|| lines.join(": "))
    });
    let (cause, message) = match out.reason {
        ConnectFailureReason::AccountLocked => (LogoutCause::AccountLocked, "WhatsApp locked the account"),
        _ => (
            LogoutCause::DeviceRemoved,
            "the phone or WhatsApp removed this linked device",
        ),
    };
    EndReason::LoggedOut(cause, words.unwrap_or_else(|| message.to_owned()))
}

/// Reads a login that WhatsApp refused: for now, or for good.
fn refused_login(failure: &library::ConnectFailure) -> LinkSignal {
    let code = failure.reason.code();
    let words = failure.message.as_deref().unwrap_or("no reason given");
    let reason = format!("WhatsApp refused the login with {code}: {words}");
    match failure.reason {
        reason_code if reason_code.should_reconnect() => LinkSignal::Lost(reason),
        ConnectFailureReason::TempBanned => LinkSignal::Ended(EndReason::Banned(reason, None)),
        _ => LinkSignal::Ended(EndReason::Stopped(StopCause::LoginRefused, reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_session_that_does_not_keep_up_with_its_signals_gives_the_connection_up() {
        let barrier = Arc::new(AckBarrier::new());
        let (signals, mut received) = LinkSignals::channel(Arc::clone(&barrier));
        for _ in 0..CAPACITY {
            signals.send(LinkSignal::Online);
        }
        assert!(barrier.wait_clear().await);

        signals.send(LinkSignal::Lost("it went".to_owned()));

        assert!(!barrier.wait_clear().await);
        for _ in 0..CAPACITY {
            assert!(matches!(received.try_recv(), Ok(LinkSignal::Online)));
        }
    }
}
