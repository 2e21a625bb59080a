//! The parts of WhatsApp's protobufs that this client reads and writes.

/// A message of the handshake.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Handshake {
    #[prost(message, optional, tag = "2")]
    pub(crate) client_hello: Option<ClientSide>,
    #[prost(message, optional, tag = "3")]
    pub(crate) server_hello: Option<ServerSide>,
    #[prost(message, optional, tag = "4")]
    pub(crate) client_finish: Option<ClientFinish>,
}

/// The client's first words.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ClientSide {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) ephemeral: Option<Vec<u8>>,
}

/// The server's answer.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ServerSide {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) ephemeral: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) sealed_static: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) payload: Option<Vec<u8>>,
}

/// The client's last words.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ClientFinish {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) sealed_static: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) payload: Option<Vec<u8>>,
}

/// The server's certificates.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CertificateChain {
    #[prost(message, optional, tag = "1")]
    pub(crate) leaf: Option<Certificate>,
    #[prost(message, optional, tag = "2")]
    pub(crate) intermediate: Option<Certificate>,
}

/// A signed certificate.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Certificate {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) details: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) signature: Option<Vec<u8>>,
}

/// The content of a certificate.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CertificateDetails {
    #[prost(uint32, optional, tag = "1")]
    pub(crate) serial: Option<u32>,
    #[prost(uint32, optional, tag = "2")]
    pub(crate) issuer_serial: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) key: Option<Vec<u8>>,
}

/// The client's description of itself.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ClientPayload {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) username: Option<u64>,
    #[prost(bool, optional, tag = "3")]
    pub(crate) passive: Option<bool>,
    #[prost(uint32, optional, tag = "18")]
    pub(crate) device: Option<u32>,
    #[prost(message, optional, tag = "19")]
    pub(crate) registration: Option<Registration>,
    #[prost(bool, optional, tag = "33")]
    pub(crate) pull: Option<bool>,
}

/// The keys of a client that wants to be linked.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Registration {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) id: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) key_type: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) identity: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) signed_key_id: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(crate) signed_key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub(crate) signature: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub(crate) build_hash: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub(crate) device_props: Option<Vec<u8>>,
}

/// A signed identity, sealed with the secret of the QR code.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SealedIdentity {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) details: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) hmac: Option<Vec<u8>>,
}

/// The identity of a device, signed by its account and by itself.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SignedIdentity {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) details: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) account_key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) account_signature: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) device_signature: Option<Vec<u8>>,
}

/// What the account says of a device.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DeviceDetails {
    #[prost(uint32, optional, tag = "1")]
    pub(crate) raw_id: Option<u32>,
    #[prost(uint64, optional, tag = "2")]
    pub(crate) timestamp: Option<u64>,
    #[prost(uint32, optional, tag = "3")]
    pub(crate) key_index: Option<u32>,
}

/// A message.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Message {
    #[prost(string, optional, tag = "1")]
    pub(crate) conversation: Option<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) sender_key: Option<SenderKeyMessage>,
    #[prost(message, optional, tag = "3")]
    pub(crate) image: Option<Image>,
    #[prost(message, optional, boxed, tag = "31")]
    pub(crate) device_sent: Option<Box<DeviceSent>>,
}

/// A sender key for a chat.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SenderKeyMessage {
    #[prost(string, optional, tag = "1")]
    pub(crate) chat: Option<String>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) key: Option<Vec<u8>>,
}

/// A picture.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Image {
    #[prost(string, optional, tag = "1")]
    pub(crate) url: Option<String>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) sha256: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "5")]
    pub(crate) length: Option<u64>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub(crate) media_key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "9")]
    pub(crate) encrypted_sha256: Option<Vec<u8>>,
    #[prost(string, optional, tag = "11")]
    pub(crate) direct_path: Option<String>,
}

/// The copy of an own message for the account's other devices.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DeviceSent {
    #[prost(string, optional, tag = "1")]
    pub(crate) destination: Option<String>,
    #[prost(message, optional, boxed, tag = "2")]
    pub(crate) message: Option<Box<Message>>,
}

/// The first message of a Signal session.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PreKeyMessage {
    #[prost(uint32, optional, tag = "1")]
    pub(crate) one_time_id: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) base_key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) identity: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) message: Option<Vec<u8>>,
    #[prost(uint32, optional, tag = "5")]
    pub(crate) registration_id: Option<u32>,
    #[prost(uint32, optional, tag = "6")]
    pub(crate) signed_id: Option<u32>,
}

/// A message of a Signal session.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SessionMessage {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(crate) ratchet_key: Option<Vec<u8>>,
    #[prost(uint32, optional, tag = "2")]
    pub(crate) counter: Option<u32>,
    #[prost(uint32, optional, tag = "3")]
    pub(crate) previous_counter: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) ciphertext: Option<Vec<u8>>,
}
