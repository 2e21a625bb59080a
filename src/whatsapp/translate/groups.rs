//! Groups: their address, name and admins.

use whatsapp_rust::wacore_binary::{Jid as Address, Server};
use whatsapp_rust::{GroupMetadata, GroupParticipant};

use super::bounds::{ID_LETTERS, clip, name};
use super::people::person_of;
use crate::event::{Group, Jid, Person};

/// Group of an address; None when it is no group's.
pub(in crate::whatsapp) fn group(address: &Address) -> Option<Jid> {
    (address.server == Server::Group).then(|| Jid(clip(&address.to_non_ad_string(), ID_LETTERS)))
}

/// Name of a group.
pub(in crate::whatsapp) fn described(jid: &Jid, group: &GroupMetadata) -> Group {
    Group {
        jid: jid.clone(),
        subject: name(&group.subject),
    }
}

/// Admins of a group, who may delete messages of others.
pub(in crate::whatsapp) fn admins(group: &GroupMetadata) -> Vec<Person> {
    let admins = group.participants.iter().filter(|member| member.is_admin());
    admins.filter_map(person).collect()
}

fn person(member: &GroupParticipant) -> Option<Person> {
    let others = [&member.lid, &member.phone_number];
    person_of(std::iter::once(&member.jid).chain(others.into_iter().flatten()))
}
