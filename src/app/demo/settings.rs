//! The settings and plans that a real user would make by hand.

use chrono::TimeDelta;

use crate::account::AccountRef;
use crate::contacts::{Names, resolve};
use crate::event::Person;
use crate::features::FeatureServices;
use crate::features::analytics;
use crate::features::auto_reply::{AutoReplyChange, AutoReplyMode};
use crate::features::scheduled_statuses::{NewAudience, NewContent, NewStatus, PublishTime, StatusFont};
use crate::features::statuses::AutoLikeChange;
use crate::features::view_once::CaptureChange;
use crate::simulator::Simulator;

/// The text of automatic answers.
const AWAY: &str = "Hi {name}, I am away and will answer later.";
/// The text of the scheduled status.
const PLANNED: &str = "Planned two minutes ago, published by AMDA";
/// Length of the made-up past, in days.
const PAST_DAYS: i64 = 90;

/// Turns on every feature that accounts of any plan may have.
pub(super) async fn turn_on(services: &FeatureServices, account: AccountRef) -> anyhow::Result<()> {
    let auto_like = AutoLikeChange {
        is_enabled: Some(true),
        ..AutoLikeChange::default()
    };
    services.statuses.update_settings(account, auto_like).await?;
    let capture = CaptureChange {
        is_enabled: Some(true),
        acknowledges_notice: true,
    };
    services
        .view_once
        .update(account.user, Some(account.id), capture)
        .await?;
    let away = AutoReplyChange {
        mode: Some(AutoReplyMode::Offline),
        offline_message: Some(AWAY.to_owned()),
        ..AutoReplyChange::default()
    };
    services.auto_reply.update_settings(account, away).await?;
    Ok(())
}

/// Schedules a status to be published two minutes from now.
pub(super) async fn plan_a_status(services: &FeatureServices, account: AccountRef) -> anyhow::Result<()> {
    let status = NewStatus {
        account: Some(account.id),
        publish_at: PublishTime::Instant(services.core.clock.now() + TimeDelta::minutes(2)),
        content: NewContent::Text {
            text: PLANNED.to_owned(),
            background: None,
            font: StatusFont::default(),
        },
        audience: NewAudience::All(true),
    };
    services
        .scheduled_statuses
        .schedule(account.user, status, None)
        .await?;
    Ok(())
}

/// Makes up past activity, so that analytics has data to show.
pub(super) async fn make_up_a_past(
    services: &FeatureServices,
    simulator: &Simulator,
    account: AccountRef,
    phone: &str,
) -> anyhow::Result<()> {
    let people = simulator.contacts(phone).await?;
    let mut work = services.core.begin(account.user).await?;
    let mut contacts = Vec::new();
    for (number, name) in people {
        let person = Person {
            lid: None,
            phone_number: Some(number),
        };
        let names = Names {
            name: Some(&name),
            ..Names::default()
        };
        contacts.push(resolve(&mut work, account, &person, names).await?);
    }
    analytics::seed_past(&mut work, account, &contacts, PAST_DAYS).await?;
    work.commit().await?;
    Ok(())
}
