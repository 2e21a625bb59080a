//! What a test may choose before its world is built.

use std::path::Path;
use std::sync::Arc;

use amda::app::Tuning;
use amda::config::{Config, Flags, Keys, MailConfig, MasterKeys};
use amda::egress::{Egress, Reach, SystemNames, Timeouts};
use chrono::{DateTime, Utc};

use super::core::noon;

/// The secret that signs access tokens.
pub(crate) const JWT_SECRET: &[u8] = b"a secret of thirty-two bytes ...";

/// The choices of a test; each begins as [`Choices::usual`] says.
pub(crate) struct Choices {
    /// The time at which the world begins.
    pub(crate) now: DateTime<Utc>,
    /// The operator's decisions.
    pub(crate) config: Config,
    /// As in service, with a cheap password hash and without limits.
    pub(crate) tuning: Tuning,
    /// The time that somebody else's server may take.
    pub(crate) timeouts: Timeouts,
}

impl Choices {
    pub(crate) fn usual(data_dir: &Path) -> Self {
        Self {
            now: noon(),
            config: config(data_dir),
            tuning: Tuning {
                password_cost: 4,
                limits: None,
                ..Tuning::in_service()
            },
            timeouts: Timeouts::USUAL,
        }
    }

    pub(crate) fn egress(&self) -> Egress {
        let reach = if self.config.allows_local_endpoints {
            Reach::PublicAndLoopback
        } else {
            Reach::Public
        };
        Egress::new(reach, self.timeouts, Arc::new(SystemNames)).unwrap()
    }

    pub(crate) fn issuer_egress(&self) -> Egress {
        Egress::new(Reach::Configured, self.timeouts, Arc::new(SystemNames)).unwrap()
    }
}

fn config(data_dir: &Path) -> Config {
    let environment = [
        ("AMDA_DATA_DIR", data_dir.to_str().unwrap()),
        ("AMDA_PUBLIC_URL", "http://127.0.0.1/"),
        ("AMDA_ALLOW_LOCAL_ENDPOINTS", "true"),
    ];
    let environment = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let mut config = Config::read(&Flags::default(), &environment).unwrap();
    // Nobody connects, and a build with the simulator refuses every other address.
    config.whatsapp.websocket_url = "ws://127.0.0.1:1/ws/chat".parse().unwrap();
    config.mail = Some(MailConfig {
        smtp_url: "smtp://127.0.0.1:1".into(),
        from: "AMDA <amda@amda.example>".parse().unwrap(),
    });
    config
}

/// Keys of which only those of tokens and pushes are used: the master key is made with the world.
pub(crate) fn keys() -> Keys {
    Keys {
        master: MasterKeys {
            current: "unused".into(),
            previous: Vec::new(),
        },
        jwt: JWT_SECRET.to_vec().into(),
        vapid: vec![3; 32].into(),
    }
}
