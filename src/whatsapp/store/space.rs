//! What there is to keep, and where it lives.

/// What kind of value a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Space {
    Device,
    Identity,
    Session,
    Prekey,
    SignedPrekey,
    SenderKey,
    BaseKey,
    SyncKey,
    SyncVersion,
    SyncMac,
    SenderKeyDevice,
    Lid,
    LidOfPhoneNumber,
    DeviceList,
    GroupMetadata,
    SentMessage,
    PendingInbound,
}

impl Space {
    /// As the table has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Identity => "identity",
            Self::Session => "session",
            Self::Prekey => "prekey",
            Self::SignedPrekey => "signed_prekey",
            Self::SenderKey => "sender_key",
            Self::BaseKey => "base_key",
            Self::SyncKey => "sync_key",
            Self::SyncVersion => "sync_version",
            Self::SyncMac => "sync_mac",
            Self::SenderKeyDevice => "sender_key_device",
            Self::Lid => "lid",
            Self::LidOfPhoneNumber => "lid_of_phone_number",
            Self::DeviceList => "device_list",
            Self::GroupMetadata => "group_metadata",
            Self::SentMessage => "sent_message",
            Self::PendingInbound => "pending_inbound",
        }
    }
}

impl Space {
    /// Whether a write waits until the disk has it. What does not wait is in PostgreSQL's hands all the same, and a crash
    /// of ours loses none of it. A loss of power may take the last moments, but never a part of them: each commit that
    /// waits takes all earlier ones along. So a pending message is on disk before the ratchet that has passed it.
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
}

/// Where a value lives: unique within its account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) space: Space,
    pub(super) scope: Vec<u8>,
    pub(super) key: Vec<u8>,
}

impl Place {
    /// Of a key that is unique by itself.
    pub(super) fn new(space: Space, key: impl AsRef<[u8]>) -> Self {
        Self::within(space, "", key)
    }

    /// Of a key that is unique within `scope`.
    pub(super) fn within(space: Space, scope: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        Self {
            space,
            scope: scope.as_ref().to_vec(),
            key: key.as_ref().to_vec(),
        }
    }

    /// Of a number, such that places sort like their numbers.
    pub(super) fn numbered(space: Space, number: u32) -> Self {
        Self::new(space, number.to_be_bytes())
    }
}

/// What is written at a [`Place`].
#[derive(Debug, Default)]
pub(super) struct Value {
    pub(super) plain: Vec<u8>,
    /// For the spaces that grow old.
    pub(super) stored_secs: Option<i64>,
    /// For one-time prekeys.
    pub(super) is_uploaded: Option<bool>,
}

impl Value {
    pub(super) fn new(plain: impl Into<Vec<u8>>) -> Self {
        Self {
            plain: plain.into(),
            ..Self::default()
        }
    }
}
