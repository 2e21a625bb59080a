//! The mailboxes of users: what AMDA mails them, and the tokens in it.

use amda::config::MailConfig;

use crate::support::choices::Choices;
use crate::support::smtp::{Delivered, SmtpServer};
use crate::support::world::World;

/// A mail server to which a world sends.
pub(super) struct Mailbox(SmtpServer);

impl Mailbox {
    /// A world that sends here.
    pub(super) async fn build() -> (World, Self) {
        Self::with(|_| {}).await
    }

    /// As [`Self::build`], after `choose` has changed something.
    pub(super) async fn with(choose: impl FnOnce(&mut Choices)) -> (World, Self) {
        let server = SmtpServer::start().await;
        let mail = MailConfig {
            smtp_url: server.url().into(),
            from: "AMDA <amda@amda.example>".parse().unwrap(),
        };
        let world = World::with(|choices| {
            choices.config.mail = Some(mail);
            choose(choices);
        });
        (world.await, Self(server))
    }

    /// The next mail about sign-in.
    pub(super) async fn next(&mut self, world: &World) -> Delivered {
        let mut came = self.take(world, 1).await;
        came.remove(0)
    }

    /// Lets mails about sign-in leave until `count` came, and every one that was begun has.
    pub(super) async fn take(&mut self, world: &World, count: usize) -> Vec<Delivered> {
        let sending = world.run("users.letter");
        let mut came = Vec::new();
        for _ in 0..count {
            came.push(self.0.next().await);
        }
        sending.stop().await;
        came.extend(self.0.drain());
        came
    }

    /// The mail with this subject among the next `count`.
    pub(super) async fn find(&mut self, world: &World, count: usize, subject: &str) -> Delivered {
        let came = self.take(world, count).await;
        let found = came.iter().find(|one| one.mail.header("subject") == subject);
        found
            .unwrap_or_else(|| panic!("no {subject:?} in {came:#?}"))
            .clone()
    }
}

/// The token of the link in a mail.
pub(super) fn token(mail: &Delivered) -> String {
    let text = &mail.mail.parts[0].body;
    let (_, after) = text.split_once("?token=").expect("the mail has a link");
    after.split_whitespace().next().unwrap().to_owned()
}
