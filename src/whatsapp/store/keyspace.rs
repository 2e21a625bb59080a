//! Keys and values of the table `whatsapp_store`.

use crate::text_enum::text_enum;

text_enum! {
    /// Kind of the values of a row.
    pub(super) enum Keyspace {
        Device = "device",
        Identity = "identity",
        Session = "session",
        Prekey = "prekey",
        SignedPrekey = "signed_prekey",
        SenderKey = "sender_key",
        BaseKey = "base_key",
        SyncKey = "sync_key",
        SyncVersion = "sync_version",
        SyncMac = "sync_mac",
        SenderKeyDevice = "sender_key_device",
        Lid = "lid",
        LidOfPhoneNumber = "lid_of_phone_number",
        DeviceList = "device_list",
        GroupMetadata = "group_metadata",
        SentMessage = "sent_message",
        PendingInbound = "pending_inbound",
    }
}

impl Keyspace {
    /// Returns true when the commit of a write waits for the disk. A write that does not wait is with PostgreSQL all the
    /// same, and a crash of ours loses none of it. A loss of power may lose the last moments, but never a part of them:
    /// each commit that waits takes all earlier ones along.
    pub(super) const fn is_urgent(self) -> bool {
        match self {
            Self::Device
            | Self::Identity
            | Self::Session
            | Self::Prekey
            | Self::SignedPrekey
            | Self::SenderKey
            | Self::BaseKey
            | Self::SyncKey
            | Self::SyncVersion
            | Self::SyncMac
            | Self::SenderKeyDevice => true,
            Self::Lid
            | Self::LidOfPhoneNumber
            | Self::DeviceList
            | Self::GroupMetadata
            | Self::SentMessage
            | Self::PendingInbound => false,
        }
    }

    /// Returns true when scopes and keys are addresses of people and groups, or ids that somebody else chose.
    pub(super) const fn has_addresses(self) -> bool {
        match self {
            Self::Identity
            | Self::Session
            | Self::SenderKey
            | Self::BaseKey
            | Self::SenderKeyDevice
            | Self::Lid
            | Self::LidOfPhoneNumber
            | Self::DeviceList
            | Self::GroupMetadata
            | Self::SentMessage
            | Self::PendingInbound => true,
            Self::Device
            | Self::Prekey
            | Self::SignedPrekey
            | Self::SyncKey
            | Self::SyncVersion
            | Self::SyncMac => false,
        }
    }
}

/// Key of a value, unique within its account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowKey {
    pub(super) space: Keyspace,
    pub(super) scope: Vec<u8>,
    pub(super) key: Vec<u8>,
}

impl RowKey {
    /// Makes a row key of a key that is unique by itself.
    pub(super) fn new(space: Keyspace, key: impl AsRef<[u8]>) -> Self {
        Self::within(space, "", key)
    }

    /// Makes a row key of a key that is unique within `scope`.
    pub(super) fn within(space: Keyspace, scope: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        Self {
            space,
            scope: scope.as_ref().to_vec(),
            key: key.as_ref().to_vec(),
        }
    }

    /// Makes the row key of a device, in the scope of its user: `user@server` is the first device, `user:device@server`
    /// are the others.
    pub(super) fn of_device(space: Keyspace, address: &str) -> Self {
        let user = address.split(['@', ':']).next().unwrap_or(address);
        Self::within(space, user, address)
    }

    /// Makes a row key of a number; such keys sort like their numbers.
    pub(super) fn numbered(space: Keyspace, number: u32) -> Self {
        Self::new(space, number.to_be_bytes())
    }

    /// Makes the row key of the copy of a message.
    pub(super) fn copy_of(message: MessageAddress<'_>) -> Self {
        Self::pending_inbound(message.chat, message.sender, message.id)
    }

    /// Makes the row key of a buffered message. Its id is unique only within its chat and sender; the length in front
    /// keeps two pairs of sender and id from having one key.
    pub(super) fn pending_inbound(chat: &str, sender: &str, id: &str) -> Self {
        let key = format!("{}:{sender}{id}", sender.len());
        Self::within(Keyspace::PendingInbound, chat, key)
    }
}

/// A message, as the library names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageAddress<'a> {
    pub(super) chat: &'a str,
    pub(super) sender: &'a str,
    pub(super) id: &'a str,
}

/// Value that is written at a [`RowKey`], before it is sealed.
#[derive(Debug, Default)]
pub(super) struct RowValue {
    pub(super) plain: Vec<u8>,
    /// Time of storing in seconds since 1970; None in keyspaces that do not expire.
    pub(super) stored_secs: Option<i64>,
    /// True when WhatsApp has the one-time prekey; None in other keyspaces.
    pub(super) is_uploaded: Option<bool>,
}

impl RowValue {
    pub(super) fn new(plain: impl Into<Vec<u8>>) -> Self {
        Self {
            plain: plain.into(),
            ..Self::default()
        }
    }
}
