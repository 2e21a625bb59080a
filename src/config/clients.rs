//! The limits of what one client may use.

use super::reader::{Reader, Setting};

const SOCKETS_PER_USER: Setting = Setting::new("AMDA_SOCKETS_PER_USER", "a number from 1 to 10000");
const COST_BUDGET: Setting = Setting::new("AMDA_COST_BUDGET", "a number from 10000 to 10000000");

const DEFAULT_SOCKETS_PER_USER: u32 = 50;
const MAX_SOCKETS_PER_USER: u32 = 10_000;

const DEFAULT_COST_BUDGET: u32 = 50_000;
/// The cost of the dearest operation that is accepted: a smaller budget could never pay for it.
const MIN_COST_BUDGET: u32 = 10_000;
const MAX_COST_BUDGET: u32 = 10_000_000;

/// The limits of each client: a signed-in user, or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// Maximum number of open sockets of a client. It may have twice as many subscriptions.
    pub sockets: u32,
    /// The cost of operations that a client may spend at once. A fiftieth of it is restored every second.
    pub cost_budget: u32,
}

/// Reads the limits.
pub(super) fn read(reader: &mut Reader) -> ClientLimits {
    ClientLimits {
        sockets: reader
            .value(&SOCKETS_PER_USER, None, |text| {
                number(text, 1, MAX_SOCKETS_PER_USER)
            })
            .unwrap_or(DEFAULT_SOCKETS_PER_USER),
        cost_budget: reader
            .value(&COST_BUDGET, None, |text| {
                number(text, MIN_COST_BUDGET, MAX_COST_BUDGET)
            })
            .unwrap_or(DEFAULT_COST_BUDGET),
    }
}

fn number(text: &str, min: u32, max: u32) -> Option<u32> {
    text.parse().ok().filter(|number| (min..=max).contains(number))
}
