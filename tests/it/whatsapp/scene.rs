//! A simulated phone, a supervisor pointed at it, and a sink that remembers what it was told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use amda::clock::{SharedClock, SystemClock};
use amda::contacts::AccountRef;
use amda::crypto::KeyRing;
use amda::db::Db;
use amda::hub::LocalHub;
use amda::id::{AccountId, Ids, UserId};
use amda::simulator::{Simulator, SimulatorConfig};
use amda::vault::Vault;
use amda::whatsapp::event::{Event, LinkEvent};
use amda::whatsapp::outbox::Budget;
use amda::whatsapp::{
    EventSink, LinkMethod, SinkError, Supervisor, SupervisorConfig, Timing,
};
use amda::work::Core;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
