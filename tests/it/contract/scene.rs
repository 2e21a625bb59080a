//! A user who has one of each thing that an input names.

use amda::account::AccountRef;
use amda::clock::Clock;
use amda::config::{BillingConfig, RegistrationPolicy};
use amda::features::users::{Registration, set_role};
use amda::plan::Plan;
use amda::user::Role;
use chrono::TimeDelta;
use serde_json::json;

use super::inputs::{Mutation, TYPES, read_mutations};
use crate::scheduled_statuses::steps::{add_contact, add_upload, plan_text, schedule};
use crate::support::whatsapp::alice;
use crate::support::world::World;

pub(super) const PASSWORD: &str = "correct horse battery";
const EMAIL: &str = "alice@example.org";

/// The user, and the global ids of what is theirs.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) account: AccountRef,
    pub(super) mutations: Vec<Mutation>,
    pub(super) contact: String,
    pub(super) picture: String,
    pub(super) video: String,
    pub(super) text_status: String,
    pub(super) picture_status: String,
    pub(super) endpoint: String,
}

impl Scene {
    /// A user on `plan`, an admin of a server that needs invitations and sells Premium.
    pub(super) async fn of(plan: Plan) -> Self {
        let world = World::with(|choices| {
            choices.config.registration = RegistrationPolicy::Invite;
            choices.config.billing = Some(sale());
        })
        .await;
        let user = world
            .services
            .users
            .ensure_user(registration(), plan)
            .await
            .unwrap();
        set_role(&world.core, EMAIL, Role::Admin).await.unwrap();
        let account = world.account(user).await;
        let types = world.ask(account, TYPES, json!({})).await;
        Self {
            contact: add_contact(&world, account, "Alice", &alice()).await.to_global(),
            picture: add_upload(&world, account, "image/jpeg").await.to_global(),
            video: add_upload(&world, account, "video/mp4").await.to_global(),
            text_status: plan_text(&world, account, 10).await,
            picture_status: plan_picture(&world, account).await,
            endpoint: create_endpoint(&world, account).await,
            mutations: read_mutations(&types),
            world,
            account,
        }
    }

    /// So many minutes from now, or before now.
    pub(super) fn in_minutes(&self, minutes: i64) -> String {
        (self.world.clock.now() + TimeDelta::minutes(minutes)).to_rfc3339()
    }

    /// The account's global id.
    pub(super) fn account_id(&self) -> String {
        self.account.id.to_global()
    }
}

fn registration() -> Registration {
    Registration {
        email: EMAIL.to_owned(),
        password: PASSWORD.into(),
        display_name: None,
        locale: None,
        time_zone: None,
        invitation: None,
    }
}

/// The sale of Premium by a Stripe that nobody asks: every input is judged before.
fn sale() -> BillingConfig {
    BillingConfig {
        api_url: "http://127.0.0.1:9/".parse().unwrap(),
        secret_key: "sk_test_scene".into(),
        webhook_secrets: vec!["whsec_scene".into()],
        monthly_prices: vec!["price_monthly".to_owned()],
        yearly_prices: vec!["price_yearly".to_owned()],
        trial_days: 0,
        takes_promotion_codes: false,
        has_automatic_tax: false,
        return_origins: vec!["https://app.example".to_owned()],
    }
}

async fn plan_picture(world: &World, account: AccountRef) -> String {
    let picture = add_upload(world, account, "image/jpeg").await.to_global();
    let tomorrow = (world.clock.now() + TimeDelta::days(1)).to_rfc3339();
    let input = json!({"publishAt": {"instant": tomorrow}, "content": {"media": {"uploadId": picture}}});
    let planned = schedule(world, account, input).await;
    planned["scheduledStatus"]["id"].as_str().unwrap().to_owned()
}

async fn create_endpoint(world: &World, account: AccountRef) -> String {
    let query = "mutation { createWebhookEndpoint(input: {url: \"https://example.org/hook\"}) {
        webhookEndpoint { id } } }";
    let created = world.ask(account, query, json!({})).await;
    let id = &created["createWebhookEndpoint"]["webhookEndpoint"]["id"];
    id.as_str().unwrap().to_owned()
}
