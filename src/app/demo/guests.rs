use anyhow::anyhow;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{linking, settings, welcome};
use crate::app::App;
use crate::features::users::Registration;
use crate::plan::Plan;
use crate::simulator::{Simulator, demo as contacts};
use crate::stripe_simulator::StripeSimulator;

/// The e-mail address of the Premium user.
pub const EMAIL: &str = "demo@amda.local";
/// The e-mail address of the Free user.
pub const FREE_EMAIL: &str = "free@amda.local";
/// Their password. It may be public: the demonstration is served on loopback, from a folder of its own, and holds no
/// real data.
pub const PASSWORD: &str = "demo-password";

/// A user of the demonstration.
struct Guest {
    email: &'static str,
    name: &'static str,
    plan: Plan,
    /// The phone number of their simulated phone.
    phone: String,
}

/// Creates the demo users and links their simulated phones unless that is done, and runs their contacts until `stop`.
/// Returns the text for the person at the terminal. A second start finds everything as it was.
///
/// # Errors
/// When a phone cannot be linked, or the database fails.
pub async fn begin(app: &App, stop: CancellationToken) -> anyhow::Result<String> {
    let simulator = app
        .simulation
        .simulator()
        .ok_or_else(|| anyhow!("the demonstration needs the simulator"))?;
    let premium = Guest {
        email: EMAIL,
        name: "Demo",
        plan: Plan::Premium,
        phone: contacts::prepare(simulator).await?,
    };
    let free = Guest {
        email: FREE_EMAIL,
        name: "Free",
        plan: Plan::Free,
        phone: contacts::prepare_small(simulator).await?,
    };
    let (is_new, _) = tokio::try_join!(
        set_up(app, simulator, premium, stop.clone()),
        set_up(app, simulator, free, stop),
    )?;
    let stripe = app.simulation.stripe().map(StripeSimulator::address);
    Ok(welcome::text(app.address, simulator.address(), stripe, is_new))
}

/// Sets a guest up, and runs the contacts of their phone. Returns true when the phone was linked just now.
async fn set_up(
    app: &App,
    simulator: &Simulator,
    guest: Guest,
    stop: CancellationToken,
) -> anyhow::Result<bool> {
    let services = &app.services;
    let wanted = Registration {
        invitation: None,
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
        .spawn(async move { contacts::run(&simulator, &guest.phone, seed, stop).await });
    Ok(is_new)
}
