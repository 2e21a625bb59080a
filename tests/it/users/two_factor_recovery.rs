//! Recovery codes, which stand for a lost second factor.

use serde_json::json;

use super::email_change::alice;
use super::two_factor_steps::{opens, recovery_codes, regenerate, secured, state};
use super::{codes, run_operation};
use crate::support::database::{connect, until_waiting};

#[tokio::test]
async fn a_recovery_code_is_good_once_however_it_is_written() {
    let (world, _, alice) = alice().await;
    let (_, recovery) = secured(&world, &alice).await;

    assert!(opens(&world, &recovery[0]).await);
    assert!(!opens(&world, &recovery[0]).await, "again");
    assert!(opens(&world, &recovery[1].replace('-', " ").to_uppercase()).await);
    assert!(!opens(&world, "aaaa-bbbb-cccc-dddd").await, "a code of nobody's");
    assert_eq!(state(&world, &alice).await["remainingRecoveryCodes"], 8);
}

#[tokio::test]
async fn of_two_log_ins_with_one_recovery_code_at_once_one_is_let_in() {
    let (world, _, alice) = alice().await;
    let (_, recovery) = secured(&world, &alice).await;
    let holder = connect(world.database.url()).await;
    let hold = "BEGIN; SELECT 1 FROM recovery_codes FOR UPDATE";
    holder.batch_execute(hold).await.unwrap();

    let both = async { tokio::join!(opens(&world, &recovery[0]), opens(&world, &recovery[0])) };
    let release = async {
        until_waiting(&world.database, 2).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let ((one, other), ()) = tokio::join!(both, release);

    assert!(one ^ other, "{one} {other}");
    assert_eq!(state(&world, &alice).await["remainingRecoveryCodes"], 9);
}

#[tokio::test]
async fn a_used_recovery_code_is_told_by_mail_notice_and_event_with_the_number_that_is_left() {
    let (world, mut mailbox, alice) = alice().await;
    let (_, recovery) = secured(&world, &alice).await;
    mailbox.next(&world).await;

    opens(&world, &recovery[3]).await;

    let mail = mailbox.next(&world).await;
    assert_eq!(mail.mail.header("subject"), "A recovery code was used");
    assert!(
        mail.mail.parts[0].body.contains("9 recovery codes are left."),
        "{}",
        mail.mail.parts[0].body
    );
    let query = "{ viewer {
        notifications(first: 1) { nodes { kind body } }
        events(first: 5, kinds: [PROFILE_CHANGED]) { totalCount }
    } }";
    let told = run_operation(&world, &alice, query, json!({})).await["viewer"].take();
    let notice = &told["notifications"]["nodes"][0];
    assert_eq!(notice["kind"], "RECOVERY_CODE_USED");
    assert!(
        notice["body"]
            .as_str()
            .unwrap()
            .starts_with("9 recovery codes are left.")
    );
    assert_eq!(told["events"]["totalCount"], 2, "turned on, and a code fewer");
}

#[tokio::test]
async fn other_codes_take_the_place_of_those_that_are_left() {
    let (world, _, alice) = alice().await;
    let (app, old) = secured(&world, &alice).await;
    opens(&world, &old[0]).await;

    let wrong = regenerate(&world, &alice, &app.wrong_code(&world)).await;
    let given = regenerate(&world, &alice, &app.code(&world)).await;

    assert_eq!(codes(&wrong), ["WRONG_TWO_FACTOR_CODE"]);
    assert_eq!(given["viewer"]["user"]["twoFactor"]["remainingRecoveryCodes"], 10);
    let new = recovery_codes(&given);
    assert!(
        new.len() == 10 && new.iter().all(|code| !old.contains(code)),
        "{new:?}"
    );
    assert!(!opens(&world, &old[1]).await);
    assert!(opens(&world, &new[1]).await);
}

#[tokio::test]
async fn without_a_second_factor_there_is_nothing_to_recover() {
    let (world, _, alice) = alice().await;

    let refused = regenerate(&world, &alice, "123456").await;

    assert_eq!(codes(&refused), ["CONFLICT"]);
    assert!(refused["recoveryCodes"].is_null());
}
