//! The way of webhooks from Stripe to AMDA, on which everything happens to them.

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::market::Market;
use crate::billing::steps::SECRET;

/// Brings webhooks in any order: some twice, some much later, and one in ten never.
#[derive(Default)]
pub(super) struct Courier {
    /// The events that are on their way.
    waiting: Vec<String>,
}

impl Courier {
    /// Brings what is to arrive now.
    pub(super) async fn deliver(&mut self, market: &Market, random: &mut StdRng) {
        for sent in market.stripe.take_held_webhooks() {
            if !random.random_bool(0.1) {
                self.waiting.push(sent.event);
            }
        }
        let mut arriving = std::mem::take(&mut self.waiting);
        arriving.shuffle(random);
        for event in arriving {
            match random.random_range(0..10) {
                0..3 => self.waiting.push(event),
                3 => {
                    bring(market, &event).await;
                    bring(market, &event).await;
                }
                4 => {
                    bring(market, &event).await;
                    // Stripe did not hear the answer.
                    self.waiting.push(event);
                }
                _ => bring(market, &event).await,
            }
        }
    }
}

async fn bring(market: &Market, event: &str) {
    // Signed when it is sent, as Stripe does with each attempt.
    let sent = market.stripe.sign(event, &[SECRET.to_owned()]).unwrap();
    let billing = &market.world.services.billing;
    billing
        .receive(sent.body.as_bytes(), Some(&sent.signature))
        .await
        .unwrap();
}
