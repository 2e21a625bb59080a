//! Steps of users with two-factor authentication, and the app on their phone.

use amda::clock::Clock as _;
use chrono::TimeDelta;
use serde_json::{Value, json};
use totp_rs::Totp;

use super::{Client, LOG_IN, PASSWORD, run_operation};
use crate::support::world::World;

const START: &str = "mutation ($input: StartTwoFactorSetupInput!) { startTwoFactorSetup(input: $input) {
    setup { secret otpauthUri pngDataUri svg expiresAt } errors { code path } } }";

const CONFIRM: &str =
    "mutation ($input: ConfirmTwoFactorSetupInput!) { confirmTwoFactorSetup(input: $input) {
    viewer { user { twoFactor { isEnabled enabledAt remainingRecoveryCodes } } } recoveryCodes
    errors { code path ... on LimitExceeded { limit used resetsAt } } } }";

const DISABLE: &str = "mutation ($input: DisableTwoFactorInput!) { disableTwoFactor(input: $input) {
    viewer { user { twoFactor { isEnabled enabledAt remainingRecoveryCodes } } } errors { code path } } }";

const REGENERATE: &str =
    "mutation ($input: RegenerateRecoveryCodesInput!) { regenerateRecoveryCodes(input: $input) {
    viewer { user { twoFactor { remainingRecoveryCodes } } } recoveryCodes errors { code path } } }";

const STATE: &str = "{ viewer { user { twoFactor { isEnabled enabledAt remainingRecoveryCodes } } } }";

/// The time for which an app shows one code.
pub(super) const STEP: TimeDelta = TimeDelta::seconds(30);

/// An authenticator app that has read the QR code of a setup.
pub(super) struct Authenticator(Totp);

impl Authenticator {
    pub(super) fn scan(setup: &Value) -> Self {
        Self(Totp::from_url(setup["otpauthUri"].as_str().unwrap()).unwrap())
    }

    /// The code that the app shows now.
    pub(super) fn code(&self, world: &World) -> String {
        self.code_in(world, 0)
    }

    /// The code that the app shows in so many steps, or showed before.
    pub(super) fn code_in(&self, world: &World, steps: i32) -> String {
        let at = world.clock.now() + STEP * steps;
        let seconds = u64::try_from(at.timestamp()).unwrap();
        self.0.generate(seconds).to_string()
    }

    /// Six digits that are none of the codes that are good now.
    pub(super) fn wrong_code(&self, world: &World) -> String {
        let good = [-1, 0, 1].map(|steps| self.code_in(world, steps));
        let mut candidates = (0..4).map(|digit: u32| digit.to_string().repeat(6));
        candidates.find(|candidate| !good.contains(candidate)).unwrap()
    }

    /// The bytes of the secret.
    pub(super) fn secret(&self) -> &[u8] {
        self.0.secret().as_bytes()
    }
}

pub(super) async fn start(world: &World, client: &Client, password: &str) -> Value {
    let variables = json!({ "input": { "currentPassword": password } });
    run_operation(world, client, START, variables).await["startTwoFactorSetup"].take()
}

pub(super) async fn confirm(world: &World, client: &Client, code: &str) -> Value {
    let variables = json!({ "input": { "code": code } });
    run_operation(world, client, CONFIRM, variables).await["confirmTwoFactorSetup"].take()
}

pub(super) async fn disable(world: &World, client: &Client, code: &str) -> Value {
    let variables = json!({ "input": { "currentPassword": PASSWORD, "code": code } });
    run_operation(world, client, DISABLE, variables).await["disableTwoFactor"].take()
}

pub(super) async fn regenerate(world: &World, client: &Client, code: &str) -> Value {
    let variables = json!({ "input": { "currentPassword": PASSWORD, "code": code } });
    run_operation(world, client, REGENERATE, variables).await["regenerateRecoveryCodes"].take()
}

/// The viewer's two-factor authentication.
pub(super) async fn state(world: &World, client: &Client) -> Value {
    run_operation(world, client, STATE, json!({})).await["viewer"]["user"]["twoFactor"].take()
}

/// Turns two-factor authentication on, and waits until the app shows another code than the one that was used for it; returns
/// the app, and the recovery codes.
pub(super) async fn secured(world: &World, client: &Client) -> (Authenticator, Vec<String>) {
    let started = start(world, client, PASSWORD).await;
    assert_eq!(started["errors"], json!([]));
    let app = Authenticator::scan(&started["setup"]);
    let confirmed = confirm(world, client, &app.code(world)).await;
    assert_eq!(confirmed["errors"], json!([]));
    world.clock.advance(STEP);
    (app, recovery_codes(&confirmed))
}

/// The recovery codes in a payload.
pub(super) fn recovery_codes(payload: &Value) -> Vec<String> {
    let codes = payload["recoveryCodes"].as_array().unwrap();
    codes
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect()
}

/// Alice's log-in with a password and a code.
pub(super) async fn log_in_with(world: &World, client: &Client, password: &str, code: &str) -> Value {
    let input = json!({ "email": "alice@example.org", "password": password, "code": code });
    run_operation(world, client, LOG_IN, json!({ "input": input })).await["logIn"].take()
}

/// True when Alice is let in with her password and `code`.
pub(super) async fn opens(world: &World, code: &str) -> bool {
    let answer = log_in_with(world, &Client::default(), PASSWORD, code).await;
    if answer["errors"] != json!([]) {
        assert_eq!(answer["errors"][0]["code"], "WRONG_TWO_FACTOR_CODE", "{answer}");
    }
    !answer["accessToken"].is_null()
}
