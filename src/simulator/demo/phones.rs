//! The phones of the demonstration, with their contacts and a group.

use super::texts::{CONTACTS, SMALL_CONTACTS};
use crate::simulator::error::Result;
use crate::simulator::{Simulator, SimulatorError};

/// The number of the demo phone.
pub const PHONE: &str = "5511999990000";
const OWNER: &str = "Marina";
const GROUP: &str = "Sunday football";

/// The number of a second phone, with fewer contacts.
pub const SMALL_PHONE: &str = "351911110000";
const SMALL_OWNER: &str = "Rui";

/// Creates the demo phone with its contacts and a group, unless it exists. Returns its number.
///
/// # Errors
/// [`SimulatorError::Storage`] when the data folder cannot be written.
pub async fn prepare(simulator: &Simulator) -> Result<String, SimulatorError> {
    add_phone(simulator, PHONE, OWNER, &CONTACTS).await?;
    if simulator.groups(PHONE).await?.is_empty() {
        let members = [CONTACTS[0].0, CONTACTS[1].0, CONTACTS[2].0, CONTACTS[5].0];
        let admins = [CONTACTS[1].0];
        simulator
            .create_group_with_admins(PHONE, GROUP, &members, &admins)
            .await?;
    }
    Ok(PHONE.to_owned())
}

/// Creates the second phone with its few contacts, unless it exists. Returns its number.
///
/// # Errors
/// As [`prepare`].
pub async fn prepare_small(simulator: &Simulator) -> Result<String, SimulatorError> {
    add_phone(simulator, SMALL_PHONE, SMALL_OWNER, &SMALL_CONTACTS).await?;
    Ok(SMALL_PHONE.to_owned())
}

async fn add_phone(simulator: &Simulator, phone: &str, owner: &str, contacts: &[(&str, &str)]) -> Result<()> {
    if simulator.phone(phone).await.is_err() {
        simulator.create_phone(phone, owner).await?;
    }
    let known = simulator.contacts(phone).await?;
    for (number, name) in contacts {
        if known.iter().all(|(other, _)| other != number) {
            simulator.add_contact(phone, number, name).await?;
        }
    }
    Ok(())
}
