//! The demonstration: two users whose linked phones, contacts and WhatsApp are simulated, and who are shown at work. One
//! has everything, the other shows the limits of the free plan.

mod linking;
mod settings;
mod welcome;

use anyhow::anyhow;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::features::users::Registration;
use crate::plan::Plan;
use crate::simulator::{Simulator, demo as life};

/// Whom the demonstration signs in as.
pub const EMAIL: &str = "demo@amda.local";
/// Who has the free plan.
pub const FREE_EMAIL: &str = "free@amda.local";
/// Their password: the demonstration is served on loopback, from a folder of its own, and holds nothing of anybody's.
pub const PASSWORD: &str = "demo-password";

/// A user of the demonstration.
struct Guest {
    email: &'static str,
    name: &'static str,
    plan: Plan,
    /// The number of their simulated phone.
    phone: String,
}

/// Sees to it that the demo users exist and their simulated phones are linked, and lets their contacts live until
/// `stop`. Answers with what to tell the person at the terminal. A second start finds everything as it was, and life goes
/// on.
///
/// # Errors
/// When a phone cannot be linked, or the database fails.
pub async fn begin(app: &App, stop: CancellationToken) -> anyhow::Result<String> {
    let simulator = app
        .simulator
        .as_ref()
        .ok_or_else(|| anyhow!("the demonstration needs the simulator"))?;
    let premium = Guest {
        email: EMAIL,
        name: "Demo",
        plan: Plan::Premium,
        phone: life::prepare(simulator).await?,
    };
    let free = Guest {
        email: FREE_EMAIL,
        name: "Free",
        plan: Plan::Free,
        phone: life::prepare_small(simulator).await?,
    };
    let (is_new, _) = tokio::try_join!(
        receive(app, simulator, premium, stop.clone()),
        receive(app, simulator, free, stop),
    )?;
    let today = app.services.core.clock.now().date_naive();
    Ok(welcome::text(app.address, simulator.address(), today, is_new))
}

/// Makes everything ready for a guest, and lets the contacts of the phone live. Answers whether it was linked just now.
async fn receive(
    app: &App,
    simulator: &Simulator,
    guest: Guest,
    stop: CancellationToken,
) -> anyhow::Result<bool> {
    let services = &app.services;
    let wanted = Registration {
        email: guest.email.to_owned(),
        password: SecretString::from(PASSWORD),
        display_name: Some(guest.name.to_owned()),
        locale: None,
        time_zone: None,
    };
    let user = services.users.ensure_user(wanted, guest.plan).await?;
    let (account, is_new) = linking::ensure_linked(services, simulator, user, &guest.phone).await?;
    let is_premium = guest.plan == Plan::Premium;
    if is_new {
        settings::turn_on(services, account).await?;
    }
    if is_new && is_premium {
        settings::make_up_a_past(services, simulator, account, &guest.phone).await?;
    }
    if is_premium {
        settings::plan_a_status(services, account).await?;
    }
    let seed = services.core.ids.between(0, u64::MAX);
    let simulator = simulator.clone();
    app.tasks
        .spawn(async move { life::run(&simulator, &guest.phone, seed, stop).await });
    Ok(is_new)
}
