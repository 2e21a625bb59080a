//! The server's side of WhatsApp's Noise handshake: XX for new devices, IK for known servers, and `XXfallback` when
//! the client's idea of the server's key is out of date.

use axum::extract::ws::{Message, WebSocket};
use buffa::{Message as _, MessageField};
use serde::{Deserialize, Serialize};
use wacore::framing::{FrameDecoder, encode_frame};
use wacore::handshake::NoiseHandshake;
use wacore::libsignal::protocol::KeyPair;
use wacore::noise::NoiseCipher;
use wacore_binary::consts::{NOISE_PATTERN_IK, NOISE_PATTERN_XX, NOISE_PATTERN_XXFALLBACK, WA_CONN_HEADER};
use waproto::whatsapp as wa;
use waproto::whatsapp::cert_chain::{NoiseCertificate, noise_certificate};
use waproto::whatsapp::handshake_message::{ClientHello, ServerHello};

use super::encoded;
use super::error::{Doing as _, Result, SimulatorError};
use super::stanza::{key32, number};

/// The beginning of the prelude that some clients send to route their connection.
const ROUTING_HEADER: &[u8] = b"ED\x00\x01";

/// The server's static key and the certificate chain that vouches for it.
///
/// The chain is really signed, but its root is not WhatsApp's: a client must be told to accept it.
#[derive(Serialize, Deserialize)]
pub(super) struct ServerIdentity {
    #[serde(with = "encoded")]
    key: KeyPair,
    #[serde(with = "encoded")]
    certificate: Vec<u8>,
}

impl ServerIdentity {
    pub(super) fn generate() -> Result<Self> {
        let key = KeyPair::generate(&mut rand::rng());
        let issuer = KeyPair::generate(&mut rand::rng());
        let certificate = wa::CertChain {
            leaf: MessageField::some(certify(&issuer, 2, 1, &public(&key))?),
            intermediate: MessageField::some(certify(&issuer, 1, 0, &public(&issuer))?),
        };
        Ok(Self {
            key,
            certificate: certificate.encode_to_vec(),
        })
    }
}

fn certify(issuer: &KeyPair, serial: u32, by: u32, key: &[u8; 32]) -> Result<NoiseCertificate> {
    let details = noise_certificate::Details {
        serial: Some(serial),
        issuer_serial: Some(by),
        key: Some(key.to_vec()),
        not_before: Some(1_700_000_000),
        not_after: Some(2_500_000_000),
    }
    .encode_to_vec();
    let signature = issuer
        .private_key
        .calculate_signature(&details, &mut rand::rng())
        .doing("signing the server's certificate")?;
    Ok(NoiseCertificate {
        signature: Some(signature.to_vec()),
        details: Some(details),
    })
}

/// A public key without its type byte.
pub(super) fn public(pair: &KeyPair) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(pair.public_key.public_key_bytes());
    key
}

/// The result of a finished handshake.
pub(super) struct Handshake {
    /// Decrypts what the client sends.
    pub(super) read: NoiseCipher,
    /// Encrypts what the client receives.
    pub(super) write: NoiseCipher,
    /// The client's static key, which it has proved to hold.
    pub(super) client_key: [u8; 32],
    /// The client's description of itself.
    pub(super) payload: wa::ClientPayload,
    /// The bytes that arrived after the handshake.
    pub(super) frames: FrameDecoder,
}

/// The transcript of a handshake and what its client has told of itself.
struct Exchanged {
    noise: NoiseHandshake,
    client_key: [u8; 32],
    payload: Vec<u8>,
}

/// The server's keys in one handshake.
struct ServerKeys<'a> {
    identity: &'a ServerIdentity,
    ephemeral: KeyPair,
}

/// Answers a client's handshake.
pub(super) async fn accept(socket: &mut WebSocket, identity: &ServerIdentity) -> Result<Handshake> {
    let mut frames = read_prelude(socket).await?;
    let hello = wa::HandshakeMessage::decode_from_slice(&next_frame(socket, &mut frames).await?)
        .doing("reading the client's hello")?
        .client_hello
        .into_option()
        .ok_or(SimulatorError::Stanza("a client hello"))?;
    let keys = ServerKeys {
        identity,
        ephemeral: KeyPair::generate(&mut rand::rng()),
    };
    if hello.r#static.is_some()
        && let Ok((exchanged, certificate)) = answer_ik(&keys, &hello)
    {
        send_hello(socket, &keys.ephemeral, None, certificate).await?;
        return finish(exchanged, frames);
    }
    let pattern = if hello.r#static.is_some() {
        NOISE_PATTERN_XXFALLBACK
    } else {
        NOISE_PATTERN_XX
    };
    let exchanged = exchange_xx(socket, &mut frames, &keys, pattern, &hello).await?;
    finish(exchanged, frames)
}

fn finish(exchanged: Exchanged, frames: FrameDecoder) -> Result<Handshake> {
    let (write, read) = exchanged.noise.finish().doing("finishing the handshake")?;
    let payload = wa::ClientPayload::decode_from_slice(&exchanged.payload);
    // The library names the ciphers as the initiator sees them, so ours are the other way round.
    Ok(Handshake {
        read: write,
        write: read,
        client_key: exchanged.client_key,
        payload: payload.doing("reading the client's payload")?,
        frames,
    })
}

/// Answers pattern IK: the client already knows our static key, and sends its own and its payload at once.
fn answer_ik(keys: &ServerKeys<'_>, hello: &ClientHello) -> Result<(Exchanged, Vec<u8>)> {
    let step = "answering an IK handshake";
    let ServerKeys { identity, ephemeral } = keys;
    let client_ephemeral = ephemeral_of(hello)?;
    let ours = identity.key.private_key.serialize();
    let fresh = ephemeral.private_key.serialize();
    let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, &WA_CONN_HEADER).doing(step)?;
    noise.authenticate(&public(&identity.key));
    noise.authenticate(&client_ephemeral);
    noise.mix_shared_secret(ours, &client_ephemeral).doing(step)?;
    let client_static = noise
        .decrypt(hello.r#static.as_deref().unwrap_or_default())
        .doing(step)?;
    let client_static = key32(&client_static)?;
    noise.mix_shared_secret(ours, &client_static).doing(step)?;
    let payload = noise
        .decrypt(hello.payload.as_deref().unwrap_or_default())
        .doing(step)?;
    noise.authenticate(&public(ephemeral));
    noise.mix_shared_secret(fresh, &client_ephemeral).doing(step)?;
    noise.mix_shared_secret(fresh, &client_static).doing(step)?;
    let certificate = noise.encrypt(&identity.certificate).doing(step)?;
    let exchanged = Exchanged {
        noise,
        client_key: client_static,
        payload,
    };
    Ok((exchanged, certificate))
}

/// Runs patterns XX and `XXfallback`, which share one transcript.
async fn exchange_xx(
    socket: &mut WebSocket,
    frames: &mut FrameDecoder,
    keys: &ServerKeys<'_>,
    pattern: &str,
    hello: &ClientHello,
) -> Result<Exchanged> {
    let step = "answering an XX handshake";
    let ServerKeys { identity, ephemeral } = keys;
    let client_ephemeral = ephemeral_of(hello)?;
    let fresh = ephemeral.private_key.serialize();
    let mut noise = NoiseHandshake::new(pattern, &WA_CONN_HEADER).doing(step)?;
    noise.authenticate(&client_ephemeral);
    noise.authenticate(&public(ephemeral));
    noise.mix_shared_secret(fresh, &client_ephemeral).doing(step)?;
    let sealed_static = noise.encrypt(&public(&identity.key)).doing(step)?;
    noise
        .mix_shared_secret(identity.key.private_key.serialize(), &client_ephemeral)
        .doing(step)?;
    let certificate = noise.encrypt(&identity.certificate).doing(step)?;
    send_hello(socket, ephemeral, Some(sealed_static), certificate).await?;

    let end = wa::HandshakeMessage::decode_from_slice(&next_frame(socket, frames).await?)
        .doing(step)?
        .client_finish
        .into_option()
        .ok_or(SimulatorError::Stanza("a client finish"))?;
    let client_static = noise
        .decrypt(end.r#static.as_deref().unwrap_or_default())
        .doing(step)?;
    let client_key = key32(&client_static)?;
    noise.mix_shared_secret(fresh, &client_key).doing(step)?;
    let payload = noise
        .decrypt(end.payload.as_deref().unwrap_or_default())
        .doing(step)?;
    Ok(Exchanged {
        noise,
        client_key,
        payload,
    })
}

fn ephemeral_of(hello: &ClientHello) -> Result<[u8; 32]> {
    key32(hello.ephemeral.as_deref().unwrap_or_default())
}

async fn send_hello(
    socket: &mut WebSocket,
    ephemeral: &KeyPair,
    sealed_static: Option<Vec<u8>>,
    payload: Vec<u8>,
) -> Result<()> {
    let hello = wa::HandshakeMessage {
        server_hello: MessageField::some(ServerHello {
            ephemeral: Some(public(ephemeral).to_vec()),
            r#static: sealed_static,
            payload: Some(payload),
            ..Default::default()
        }),
        ..Default::default()
    };
    let frame = encode_frame(&hello.encode_to_vec(), None).doing("framing the server's hello")?;
    socket
        .send(Message::Binary(frame.into()))
        .await
        .doing("sending the server's hello")
}

/// Reads `[ED 0 1 <routing info>] WA <version>` and returns the frames that follow.
async fn read_prelude(socket: &mut WebSocket) -> Result<FrameDecoder> {
    let mut prelude = Vec::new();
    loop {
        prelude.extend(next_bytes(socket).await?);
        let mut start = 0;
        if prelude.starts_with(ROUTING_HEADER) && prelude.len() >= 7 {
            start = 7 + number(&prelude[4..7]) as usize;
        }
        let Some(header) = prelude.get(start..start + WA_CONN_HEADER.len()) else {
            continue;
        };
        if header != WA_CONN_HEADER {
            return Err(SimulatorError::Stanza("the connection header WA 6 3"));
        }
        let mut frames = FrameDecoder::new();
        frames.feed(&prelude[start + WA_CONN_HEADER.len()..]);
        return Ok(frames);
    }
}

async fn next_frame(socket: &mut WebSocket, frames: &mut FrameDecoder) -> Result<Vec<u8>> {
    loop {
        if let Some(frame) = frames.decode_frame() {
            return Ok(frame.to_vec());
        }
        frames.feed(&next_bytes(socket).await?);
    }
}

async fn next_bytes(socket: &mut WebSocket) -> Result<Vec<u8>> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Binary(bytes))) => return Ok(bytes.to_vec()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => {
                return Err(SimulatorError::Stanza("the rest of its handshake"));
            }
            Some(Ok(_)) => {}
        }
    }
}
