//! What there is to keep, and where it lives.

/// What kind of value a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// Where a value lives: unique within its account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
