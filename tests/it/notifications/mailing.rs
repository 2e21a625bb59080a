use std::sync::Arc;

use amda::account::AccountRef;
use amda::config::MailConfig;
use amda::db::schema::{jobs, notification_mails, users};
use amda::features::notifications::{Mailing, UnsubscribeLinks};
use amda::jobs::{self as queue, Handler, Selection};
use amda::mail::Mailer;
use amda::notices::NoticeKind;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{post, reads_in, switch};
use crate::support::core::noon;
use crate::support::smtp::{Conduct, Delivered, SmtpServer, Tls};
use crate::support::whatsapp::{alice, arrives, message, revoke, words};
use crate::support::worker::run;
use crate::support::world::World;

/// The sender of the world's mails to the server at `url`.
fn mailing(world: &World, url: &str) -> Vec<Arc<dyn Handler>> {
    let config = MailConfig {
        smtp_url: url.into(),
        from: "AMDA <amda@amda.example>".parse().unwrap(),
    };
    let home = "https://amda.example/".parse().unwrap();
    vec![Arc::new(Mailing {
        core: world.core.clone(),
        mailer: Mailer::new(Some(&config)).unwrap(),
        unsubscribe_links: UnsubscribeLinks::new(world.core.vault.secret(), home),
    })]
}

/// Lets due mails leave until `count` came, and every job that was begun is noted.
async fn deliver(world: &World, mail_server: &mut SmtpServer, count: usize) -> Vec<Delivered> {
    let worker = run(&world.core, mailing(world, &mail_server.url()));
    let mut came = Vec::new();
    for _ in 0..count {
        came.push(mail_server.next().await);
    }
    worker.stop().await;
    came.extend(mail_server.drain());
    came
}

async fn mail_for(world: &World, account: AccountRef, kind: &str) {
    let on = json!([{"kind": kind, "channel": "EMAIL", "isEnabled": true}]);
    switch(world, account, on).await;
}

/// Waits until everything that was posted so far gathers in mails: a mail of a kind that is not used otherwise comes.
async fn settled(world: &World, account: AccountRef, mail_server: &mut SmtpServer) {
    post(world, account, NoticeKind::WebhookDisabled, 0).await;
    let came = deliver(world, mail_server, 1).await;
    assert_eq!(subjects(&came), ["A webhook was turned off"]);
}

fn subjects(came: &[Delivered]) -> Vec<&str> {
    came.iter().map(|one| one.mail.header("subject")).collect()
}

async fn problem(world: &World, account: AccountRef) -> Value {
    let query = "{ viewer { notificationSettings { mailProblem { reason reasonMessage occurredAt } } } }";
    let mut data = world.ask(account, query, json!({})).await;
    data["viewer"]["notificationSettings"]["mailProblem"].take()
}

/// How far the mails of the user came, the oldest first.
async fn states(world: &World) -> Vec<String> {
    notification_mails::table
        .order((notification_mails::created_at, notification_mails::id))
        .select(notification_mails::state)
        .load(&mut world.everything().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_mail_says_what_happened_as_text_and_as_html_in_the_readers_language() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    reads_in(&world, account, "pt-BR").await;
    mail_for(&world, account, "MESSAGE_DELETED").await;
    let _consuming = world.consume_events();
    let mut wrote = message(
        amda::event::Chat::Direct(alice()),
        alice(),
        "M1",
        noon(),
        words("olá"),
    );
    wrote.push_name = Some("Alícia <& Filhos>".to_owned());
    let mut deletes = wrote.clone();
    (deletes.wa_id, deletes.content) = ("R1".to_owned(), revoke("M1"));

    world.receive(account, &[arrives(wrote), arrives(deletes)]).await;
    let came = deliver(&world, &mut mail_server, 1).await;

    let Delivered { from, to, mail } = &came[0];
    assert_eq!((from.as_str(), to.len()), ("amda@amda.example", 1));
    assert_eq!(to[0], format!("{}@example.org", account.user));
    assert_eq!(mail.header("subject"), "Uma mensagem foi apagada");
    assert_eq!(mail.header("from"), "AMDA <amda@amda.example>");
    assert_eq!(mail.header("date"), "Mon, 23 Nov 2026 11:00:00 +0000");
    assert_eq!(mail.header("auto-submitted"), "auto-generated");
    assert_eq!(mail.header("content-language"), "pt");
    assert_eq!(mail.header("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
    assert!(
        mail.header("list-unsubscribe")
            .starts_with("<https://amda.example/mail/unsubscribe?token=")
    );
    assert!(mail.header("content-type").starts_with("multipart/alternative"));
    let [text, html] = &mail.parts[..] else {
        panic!("{:?}", mail.parts)
    };
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert!(
        text.body
            .starts_with("Alícia <& Filhos> apagou uma mensagem.\n23 de novembro de 2026 às 12:00\n"),
        "{}",
        text.body
    );
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    assert!(html.body.contains("<html lang=\"pt\">"), "{}", html.body);
    assert!(
        html.body
            .contains("Alícia &lt;&amp; Filhos&gt; apagou uma mensagem."),
        "{}",
        html.body
    );
    mail_for(&world, account, "VIEW_ONCE_QUOTA_EXHAUSTED").await;
    post(&world, account, NoticeKind::ViewOnceQuotaExhausted, 0).await;
    let came = deliver(&world, &mut mail_server, 1).await;
    assert_eq!(subjects(&came), ["As capturas do mês acabaram"]);
}

#[tokio::test]
async fn what_is_turned_off_for_the_app_is_mailed_all_the_same() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    let off = json!([{"kind": "SCHEDULED_STATUS_MISSED", "channel": "IN_APP", "isEnabled": false}]);
    switch(&world, account, off).await;

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let sending_on = world.run("notifications.send_on");
    let came = deliver(&world, &mut mail_server, 1).await;
    sending_on.stop().await;

    assert_eq!(subjects(&came), ["A scheduled status was missed"]);
}

#[tokio::test]
async fn nothing_is_mailed_to_an_address_that_its_user_did_not_prove() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    // Without the app's event, a job sends it on, and can be waited for.
    let off = json!([{"kind": "SCHEDULED_STATUS_MISSED", "channel": "IN_APP", "isEnabled": false}]);
    switch(&world, account, off).await;
    let send_on = async |seconds| {
        post(&world, account, NoticeKind::ScheduledStatusMissed, seconds).await;
        let sending_on = world.run("notifications.send_on");
        while jobs_left(&world, "notifications.send_on").await > 0 {
            tokio::task::yield_now().await;
        }
        sending_on.stop().await;
    };

    prove(&world, account, None).await;
    send_on(0).await;
    assert!(states(&world).await.is_empty());
    prove(&world, account, Some(noon())).await;
    send_on(1).await;
    let came = deliver(&world, &mut mail_server, 1).await;

    assert_eq!(subjects(&came), ["A scheduled status was missed"]);
}

#[tokio::test]
async fn a_mail_that_gathered_is_dropped_when_the_address_is_no_longer_proven() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    let consuming = world.consume_events();
    settled(&world, account, &mut mail_server).await;
    post(&world, account, NoticeKind::ScheduledStatusMissed, 1).await;
    while states(&world).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(consuming);

    prove(&world, account, None).await;
    let worker = run(&world.core, mailing(&world, &mail_server.url()));
    while states(&world).await.len() > 1 {
        tokio::task::yield_now().await;
    }
    worker.stop().await;

    assert!(mail_server.drain().is_empty());
}

/// Has the user prove their address, or not.
async fn prove(world: &World, account: AccountRef, at: Option<chrono::DateTime<chrono::Utc>>) {
    diesel::update(users::table.find(account.user))
        .set(users::email_verified_at.eq(at))
        .execute(&mut world.everything().await)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_first_of_a_kind_is_mailed_at_once_and_what_follows_together_an_hour_later() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    let _consuming = world.consume_events();

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let first = deliver(&world, &mut mail_server, 1).await;
    assert_eq!(subjects(&first), ["A scheduled status was missed"]);

    post(&world, account, NoticeKind::ScheduledStatusMissed, 60).await;
    post(&world, account, NoticeKind::ScheduledStatusMissed, 120).await;
    settled(&world, account, &mut mail_server).await;
    world.clock.advance(TimeDelta::minutes(59));
    post(&world, account, NoticeKind::ScheduledStatusMissed, 59 * 60).await;
    post(&world, account, NoticeKind::ScheduledStatusFailed, 59 * 60).await;
    let early = deliver(&world, &mut mail_server, 1).await;
    assert_eq!(
        subjects(&early),
        ["A scheduled status was not published"],
        "another kind does not wait"
    );

    world.clock.advance(TimeDelta::minutes(1));
    let digest = deliver(&world, &mut mail_server, 1).await;
    assert_eq!(subjects(&digest), ["A scheduled status was missed (3)"]);
    assert_ne!(
        digest[0].mail.header("message-id"),
        first[0].mail.header("message-id")
    );
    let text = &digest[0].mail.parts[0].body;
    assert_eq!(
        text.matches("passed while the account was offline").count(),
        3,
        "{text}"
    );
    assert!(
        text.find("12:01") < text.find("12:59"),
        "the oldest first: {text}"
    );
}

#[tokio::test]
async fn what_was_read_or_turned_off_by_the_time_of_the_digest_is_not_mailed() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    let _consuming = world.consume_events();
    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    post(&world, account, NoticeKind::ScheduledStatusFailed, 0).await;
    deliver(&world, &mut mail_server, 2).await;

    post(&world, account, NoticeKind::ScheduledStatusMissed, 60).await;
    post(&world, account, NoticeKind::ScheduledStatusFailed, 60).await;
    settled(&world, account, &mut mail_server).await;
    let read = "mutation($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) { markedCount } }";
    let missed = super::listed(&world, account, json!({ "first": 100 })).await;
    let missed: Vec<_> = missed["edges"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|edge| edge["node"]["kind"] == "SCHEDULED_STATUS_MISSED")
        .map(|edge| edge["node"]["id"].clone())
        .collect();
    world
        .ask(account, read, json!({ "input": { "ids": missed } }))
        .await;
    let off = json!([{"kind": "SCHEDULED_STATUS_FAILED", "channel": "EMAIL", "isEnabled": false}]);
    switch(&world, account, off).await;
    world.clock.advance(TimeDelta::hours(2));
    settled(&world, account, &mut mail_server).await;

    assert_eq!(
        states(&world).await,
        ["SENT", "SENT", "SENT", "SENT"],
        "nothing waits, nothing else was sent"
    );
}

#[tokio::test]
async fn a_mail_that_may_have_been_sent_is_sent_again_as_the_same_mail() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    let _consuming = world.consume_events();
    mail_server.behave(Conduct {
        hangs_up: true,
        ..Conduct::default()
    });

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let first = deliver(&world, &mut mail_server, 1).await;
    assert_eq!(states(&world).await, ["SENDING"], "nobody said that it was taken");
    mail_server.behave(Conduct::default());
    // What comes meanwhile is another mail's.
    post(&world, account, NoticeKind::ScheduledStatusMissed, 60).await;
    settled(&world, account, &mut mail_server).await;
    world.clock.advance(TimeDelta::minutes(1));
    let again = deliver(&world, &mut mail_server, 1).await;

    assert_eq!(subjects(&again), ["A scheduled status was missed"]);
    for name in ["message-id", "date"] {
        assert_eq!(again[0].mail.header(name), first[0].mail.header(name));
    }
    // The hour counts from when it was taken at last.
    world.clock.advance(TimeDelta::minutes(59));
    settled(&world, account, &mut mail_server).await;
    world.clock.advance(TimeDelta::minutes(1));
    let next = deliver(&world, &mut mail_server, 1).await;
    assert_ne!(
        next[0].mail.header("message-id"),
        first[0].mail.header("message-id")
    );
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_given_up_and_the_user_is_told() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    let _consuming = world.consume_events();
    assert_eq!(problem(&world, account).await, json!(null));
    mail_server.behave(Conduct {
        recipient: Some("550 there is no such mailbox"),
        ..Conduct::default()
    });

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = run(&world.core, mailing(&world, &mail_server.url()));
    given_up(&world).await;
    worker.stop().await;

    assert_eq!(
        jobs_left(&world, "notifications.mail").await,
        0,
        "there is nothing for the operator to do"
    );
    let told = problem(&world, account).await;
    assert_eq!(told["reason"], "REFUSED");
    assert_eq!(
        told["reasonMessage"],
        "the mail server refuses the mail for good (code 550)"
    );
    assert_eq!(told["occurredAt"], "2026-11-23T11:00:00+00:00");
    mail_server.behave(Conduct::default());
    world.clock.advance(TimeDelta::seconds(1));
    post(&world, account, NoticeKind::ScheduledStatusFailed, 0).await;
    deliver(&world, &mut mail_server, 1).await;
    assert_eq!(
        problem(&world, account).await,
        json!(null),
        "the last one was taken"
    );
}

/// Waits until the only mail was given up.
async fn given_up(world: &World) {
    let look = async { while states(world).await != ["FAILED"] {} };
    tokio::time::timeout(crate::support::websocket::SOON, look)
        .await
        .expect("the mail is given up in time");
}

/// How many jobs there are that send mails.
async fn jobs_left(world: &World, kind: &str) -> i64 {
    jobs::table
        .filter(jobs::kind.eq(kind))
        .count()
        .get_result(&mut world.everything().await)
        .await
        .unwrap()
}

/// Waits until a job was given up; answers with why.
async fn died(world: &World) -> String {
    last_error(world, true).await
}

/// Waits until a job failed; answers with why.
async fn failed(world: &World) -> String {
    last_error(world, false).await
}

async fn last_error(world: &World, is_dead: bool) -> String {
    let look = async {
        let mut conn = world.everything().await;
        loop {
            let found: Option<String> = jobs::table
                .filter(jobs::last_error.is_not_null())
                .filter(jobs::died_at.is_not_null().eq(is_dead))
                .select(jobs::last_error.assume_not_null())
                .first(&mut conn)
                .await
                .optional()
                .unwrap();
            if let Some(error) = found {
                return error;
            }
        }
    };
    tokio::time::timeout(crate::support::websocket::SOON, look)
        .await
        .expect("a job fails in time")
}

#[tokio::test]
async fn what_a_mail_server_says_for_now_is_not_the_end() {
    for (conduct, why) in [
        (
            Conduct {
                mail: Some("451 try later"),
                ..Conduct::default()
            },
            "the mail server cannot take the mail now (code 451)",
        ),
        (
            Conduct {
                login: Some(("amda", "secret")),
                ..Conduct::default()
            },
            "the mail server refuses our user name or password, or wants some (code 530)",
        ),
        (
            Conduct {
                mail: Some("I never heard of ana@example.org"),
                ..Conduct::default()
            },
            "the mail server's answer cannot be read",
        ),
    ] {
        let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
        let account = world.user("FREE").await;
        let _consuming = world.consume_events();
        mail_server.behave(conduct);

        post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
        let worker = run(&world.core, mailing(&world, &mail_server.url()));
        let error = failed(&world).await;
        worker.stop().await;

        assert!(error.ends_with(why), "{error}");
        mail_server.behave(Conduct::default());
        world.clock.advance(TimeDelta::minutes(1));
        assert_eq!(deliver(&world, &mut mail_server, 1).await.len(), 1);
    }
}

#[tokio::test]
async fn a_mail_that_was_never_taken_is_sent_when_the_operator_has_it_tried_again() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    let _consuming = world.consume_events();
    mail_server.behave(Conduct {
        mail: Some("451 try later"),
        ..Conduct::default()
    });
    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = run(&world.core, mailing(&world, &mail_server.url()));
    failed(&world).await;
    worker.stop().await;
    let mut conn = world.everything().await;
    diesel::update(jobs::table)
        .set(jobs::attempts.eq(jobs::max_attempts - 1))
        .execute(&mut conn)
        .await
        .unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    let worker = run(&world.core, mailing(&world, &mail_server.url()));
    died(&world).await;
    worker.stop().await;
    assert_eq!(states(&world).await, ["FAILED"]);
    let told = problem(&world, account).await;
    assert_eq!(
        (&told["reason"], &told["reasonMessage"]),
        (
            &json!("SERVER_UNAVAILABLE"),
            &json!("the mail server took no mail for hours")
        )
    );

    mail_server.behave(Conduct::default());
    let now = noon() + TimeDelta::minutes(1);
    let revived = queue::retry(&mut conn, &Selection::All, now).await.unwrap();
    assert_eq!(revived.unwrap().revived, 1);
    let came = deliver(&world, &mut mail_server, 1).await;

    assert_eq!(subjects(&came), ["A scheduled status was missed"]);
    assert_eq!(states(&world).await, ["SENT"]);
    assert_eq!(problem(&world, account).await, json!(null));
}

/// Why nothing can be sent to a server that behaves so, by an address with this user and query.
async fn unsendable(conduct: Conduct, user: &str, query: &str) -> String {
    let mail_server = SmtpServer::start().await;
    mail_server.behave(conduct);
    let url = format!("smtp://{user}{}{query}", mail_server.address);
    let config = MailConfig {
        smtp_url: url.into(),
        from: "amda@amda.example".parse().unwrap(),
    };
    let error = Mailer::new(Some(&config)).unwrap().check().await.unwrap_err();
    assert!(!error.is_permanent());
    format!("{error:?}")
}

#[tokio::test]
async fn a_wrong_password_is_told_of_without_the_password_and_what_the_server_said() {
    let login = Some(("amda", "secret"));
    let wants_login = Conduct {
        login,
        ..Conduct::default()
    };

    let error = unsendable(wants_login, "amda:guess@", "").await;

    assert_eq!(error, "Unauthorized { code: 535 }");
}

#[tokio::test]
async fn mail_that_must_be_encrypted_is_not_sent_otherwise() {
    let error = unsendable(Conduct::default(), "", "?tls=required").await;
    assert!(error.starts_with("Unreachable"), "{error}");

    let broken = Conduct {
        tls: Some(Tls::Broken),
        ..Conduct::default()
    };
    let error = unsendable(broken, "", "?tls=required").await;
    assert!(error.starts_with("Unreachable"), "{error}");
}

#[tokio::test]
async fn a_mail_server_that_nobody_vouches_for_is_given_nothing_and_the_mail_is_tried_again() {
    let (world, mut mail_server) = (World::build().await, SmtpServer::start().await);
    let account = world.user("FREE").await;
    let _consuming = world.consume_events();
    mail_server.behave(Conduct {
        tls: Some(Tls::Unvouched),
        ..Conduct::default()
    });
    let url = format!("{}?tls=required", mail_server.url());

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = run(&world.core, mailing(&world, &url));
    let error = failed(&world).await;
    worker.stop().await;

    // Only a client who was shown the certificate says so.
    for why in [
        "the mail server cannot be reached",
        "invalid peer certificate: UnknownIssuer",
    ] {
        assert!(error.contains(why), "{error}");
    }
    assert!(mail_server.drain().is_empty());
    assert_eq!(states(&world).await, ["SENDING"], "it is not given up");
    mail_server.behave(Conduct::default());
    world.clock.advance(TimeDelta::minutes(1));
    let came = deliver(&world, &mut mail_server, 1).await;
    assert_eq!(subjects(&came), ["A scheduled status was missed"]);
}

#[tokio::test]
async fn the_right_password_is_taken() {
    let mut mail_server = SmtpServer::start().await;
    mail_server.behave(Conduct {
        login: Some(("amda", "se:cret@")),
        ..Conduct::default()
    });
    let (world, account) = World::with_user("FREE").await;
    let _consuming = world.consume_events();
    let url = format!("smtp://amda:se%3Acret%40@{}", mail_server.address);

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = run(&world.core, mailing(&world, &url));
    let came = mail_server.next().await;
    worker.stop().await;

    assert_eq!(came.mail.header("subject"), "A scheduled status was missed");
}
