//! Two-factor authentication, turned on and off.

use amda::features::users::{disable_two_factor, request_deletion};
use chrono::TimeDelta;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde_json::{Value, json};

use super::email_change::alice;
use super::planned_deletion::{run_until_gone, user_of};
use super::two_factor_steps::{
    Authenticator, STEP, confirm, disable, opens, recovery_codes, secured, start, state,
};
use super::{
    Client, PASSWORD, codes, log_in, refresh_session, registered, run_operation, signed_in, viewer_email,
};
use crate::journeys::sealing::{dump, stands_in};
use crate::support::database::connect;
use crate::support::world::World;

fn off() -> Value {
    json!({ "isEnabled": false, "enabledAt": null, "remainingRecoveryCodes": 0 })
}

#[tokio::test]
async fn an_app_that_read_the_qr_code_turns_it_on_and_the_recovery_codes_are_told() {
    let (world, _, alice) = alice().await;
    let before = state(&world, &alice).await;

    let started = start(&world, &alice, PASSWORD).await;
    let setup = &started["setup"];
    let app = Authenticator::scan(setup);
    let pending = state(&world, &alice).await;
    let confirmed = confirm(&world, &alice, &format!(" {} ", app.code(&world))).await;

    assert_eq!((before, pending), (off(), off()));
    assert_eq!(setup["secret"], BASE32_NOPAD.encode(app.secret()));
    let png = setup["pngDataUri"].as_str().unwrap();
    assert!(png.starts_with("data:image/png;base64,"), "{png}");
    assert!(setup["svg"].as_str().unwrap().contains("<svg"));
    assert_eq!(setup["expiresAt"], "2026-11-23T11:15:00+00:00");
    let on = json!({
        "isEnabled": true, "enabledAt": "2026-11-23T11:00:00+00:00", "remainingRecoveryCodes": 10,
    });
    assert_eq!(confirmed["viewer"]["user"]["twoFactor"], on);
    let told: std::collections::BTreeSet<_> = recovery_codes(&confirmed).into_iter().collect();
    assert_eq!(told.len(), 10);
    assert_eq!(state(&world, &alice).await, on);
}

#[tokio::test]
async fn a_setup_asks_for_the_password_and_waits_for_a_quarter_of_an_hour() {
    let (world, _, alice) = alice().await;

    let refused = start(&world, &alice, "a wrong guess").await;
    let nothing = confirm(&world, &alice, "123456").await;
    let app = Authenticator::scan(&start(&world, &alice, PASSWORD).await["setup"]);
    world.clock.advance(TimeDelta::minutes(15));
    let (alice, _) = signed_in(&log_in(&world, &alice, "alice@example.org", PASSWORD).await);
    let late = confirm(&world, &alice, &app.code(&world)).await;
    let app = Authenticator::scan(&start(&world, &alice, PASSWORD).await["setup"]);
    world
        .clock
        .advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    let in_time = confirm(&world, &alice, &app.code(&world)).await;

    assert_eq!(codes(&refused), ["WRONG_CREDENTIALS"]);
    assert_eq!(refused["errors"][0]["path"], json!(["currentPassword"]));
    assert_eq!(refused["setup"], Value::Null);
    assert_eq!(codes(&nothing), ["TWO_FACTOR_SETUP_EXPIRED"]);
    assert_eq!(codes(&late), ["TWO_FACTOR_SETUP_EXPIRED"]);
    assert_eq!(codes(&in_time), Vec::<&str>::new());
}

#[tokio::test]
async fn a_second_setup_takes_the_place_of_the_first() {
    let (world, _, alice) = alice().await;
    let first = Authenticator::scan(&start(&world, &alice, PASSWORD).await["setup"]);
    let second = Authenticator::scan(&start(&world, &alice, PASSWORD).await["setup"]);

    let old = confirm(&world, &alice, &first.code(&world)).await;
    let new = confirm(&world, &alice, &second.code(&world)).await;

    assert_eq!(codes(&old), ["WRONG_TWO_FACTOR_CODE"]);
    assert_eq!(old["errors"][0]["path"], json!(["code"]));
    assert_eq!(old["recoveryCodes"], Value::Null);
    assert_eq!(codes(&new), Vec::<&str>::new());
}

#[tokio::test]
async fn the_code_that_turned_it_on_is_good_for_nothing_else() {
    let (world, _, alice) = alice().await;
    let app = Authenticator::scan(&start(&world, &alice, PASSWORD).await["setup"]);
    let code = app.code(&world);

    confirm(&world, &alice, &code).await;

    assert!(!opens(&world, &code).await);
    world.clock.advance(STEP);
    assert!(opens(&world, &app.code(&world)).await);
}

#[tokio::test]
async fn what_is_on_is_not_turned_on_again_and_what_is_off_is_not_turned_off() {
    let (world, _, alice) = alice().await;

    let not_off = disable(&world, &alice, "123456").await;
    let (app, _) = secured(&world, &alice).await;
    let not_on = start(&world, &alice, PASSWORD).await;
    let not_confirmed = confirm(&world, &alice, &app.code(&world)).await;

    for refused in [not_off, not_on, not_confirmed] {
        assert_eq!(codes(&refused), ["CONFLICT"], "{refused}");
    }
}

#[tokio::test]
async fn other_sessions_go_on_when_it_is_turned_on() {
    let (world, _, alice) = alice().await;
    let (phone, refresh) =
        signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);

    secured(&world, &alice).await;

    assert_eq!(viewer_email(&world, &phone).await, "alice@example.org");
    signed_in(&refresh_session(&world, &refresh).await);
    let listed = run_operation(&world, &alice, "{ viewer { sessions { id } } }", json!({})).await;
    assert_eq!(listed["viewer"]["sessions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn turning_it_off_takes_the_password_and_a_code_and_forgets_the_secret_and_the_codes() {
    let (world, _, alice) = alice().await;
    let (app, recovery) = secured(&world, &alice).await;

    let wrong = disable(&world, &alice, &app.wrong_code(&world)).await;
    let disabled = disable(&world, &alice, &app.code(&world)).await;

    assert_eq!(codes(&wrong), ["WRONG_TWO_FACTOR_CODE"]);
    assert_eq!(disabled["viewer"]["user"]["twoFactor"], off());
    signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    let database = connect(world.database.url()).await;
    let kept = "SELECT (SELECT count(*) FROM two_factor_methods) + (SELECT count(*) FROM recovery_codes)";
    assert_eq!(database.query_one(kept, &[]).await.unwrap().get::<_, i64>(0), 0);
    world.clock.advance(STEP);
    secured(&world, &alice).await;
    assert!(!opens(&world, &recovery[0]).await, "a code of the first sheet");
}

#[tokio::test]
async fn turning_it_on_and_off_is_told_by_mail_notice_and_event_in_the_users_language() {
    let (world, mut mailbox, alice) = alice().await;
    let update = "mutation { updateProfile(input: {locale: \"pt-BR\"}) { errors { code } } }";
    run_operation(&world, &alice, update, json!({})).await;

    let (app, _) = secured(&world, &alice).await;
    let on = mailbox.next(&world).await;
    disable(&world, &alice, &app.code(&world)).await;
    let off = mailbox.next(&world).await;

    assert_eq!(
        on.mail.header("subject"),
        "A autenticação de dois fatores foi ativada"
    );
    assert_eq!(
        off.mail.header("subject"),
        "A autenticação de dois fatores foi desativada"
    );
    let query = "{ viewer {
        notifications(first: 2) { nodes { kind title } }
        events(first: 5, kinds: [PROFILE_CHANGED]) { totalCount }
    } }";
    let told = run_operation(&world, &alice, query, json!({})).await["viewer"].take();
    assert_eq!(
        told["notifications"]["nodes"],
        json!([
            { "kind": "TWO_FACTOR_DISABLED", "title": "A autenticação de dois fatores está desativada" },
            { "kind": "TWO_FACTOR_ENABLED", "title": "A autenticação de dois fatores está ativada" },
        ])
    );
    assert_eq!(told["events"]["totalCount"], 3, "the language, on, and off");
}

#[tokio::test]
async fn neither_the_secret_nor_a_code_is_in_the_database_in_clear() {
    let (world, _, alice) = alice().await;
    let (app, recovery) = secured(&world, &alice).await;
    let (bob, _) = registered(&world, "bob@example.org").await;
    let pending = Authenticator::scan(&start(&world, &bob, PASSWORD).await["setup"]);

    let dumped = dump(&connect(world.database.url()).await).await;

    let secrets = [app.secret(), pending.secret()];
    let mut words: Vec<String> = secrets.iter().map(|secret| BASE32_NOPAD.encode(secret)).collect();
    words.extend(secrets.iter().map(|secret| HEXLOWER.encode(secret)));
    for code in &recovery {
        let letters = code.replace('-', "").to_uppercase();
        words.push(HEXLOWER.encode(&BASE32_NOPAD.decode(letters.as_bytes()).unwrap()));
        words.extend([letters.to_lowercase(), letters, code.clone()]);
    }
    assert!(
        dumped
            .iter()
            .any(|(table, rows)| table == "recovery_codes" && !rows.is_empty())
    );
    for (table, rows) in &dumped {
        for word in &words {
            assert!(!stands_in(rows, word), "{word} stands in clear in {table}");
        }
    }
}

#[tokio::test]
async fn the_operator_turns_it_off_for_whoever_lost_both() {
    let (world, mut mailbox, alice) = alice().await;
    secured(&world, &alice).await;
    mailbox.next(&world).await;

    let was_on = disable_two_factor(&world.core, "Alice@example.org")
        .await
        .unwrap();
    let again = disable_two_factor(&world.core, "alice@example.org")
        .await
        .unwrap();

    assert_eq!((was_on, again), (true, false));
    signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    assert_eq!(state(&world, &alice).await, off());
    let told = mailbox.next(&world).await;
    assert_eq!(
        told.mail.header("subject"),
        "Two-factor authentication was turned off"
    );
    let nobody = disable_two_factor(&world.core, "bob@example.org").await;
    assert!(nobody.unwrap_err().to_string().contains("amda users list"));
}

#[tokio::test]
async fn it_goes_with_its_user_and_stays_with_others() {
    let world = World::build().await;
    for email in ["alice@example.org", "bob@example.org"] {
        let (client, _) = registered(&world, email).await;
        secured(&world, &client).await;
    }
    let user = user_of(&world, "alice@example.org").await;

    request_deletion(&world.core, user).await.unwrap();
    run_until_gone(&world, user).await;

    let database = connect(world.database.url()).await;
    let left = "SELECT (SELECT count(*) FROM two_factor_methods), (SELECT count(*) FROM recovery_codes)";
    let left = database.query_one(left, &[]).await.unwrap();
    assert_eq!((left.get::<_, i64>(0), left.get::<_, i64>(1)), (1, 10));
}
