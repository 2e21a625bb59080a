//! The line in front of the cores that compute password hashes: bounded, and fair to each network.
//!
//! Those who logged in from their network before wait in a line of their own, which takes turns with the line of
//! everybody else, so that no crowd of strangers keeps users out. Within a line the networks take turns. A request
//! that finds its line full is refused at once, unless another network has more than its share of it. A place is given up
//! when its client has gone.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::limiter::{network, site};

/// The bounds of each of the two lines.
#[derive(Debug, Clone, Copy)]
pub struct LineLimits {
    /// Number that wait for each core.
    pub per_core: usize,
    /// Number that wait of one network: an address of IPv4, or a /64 of IPv6.
    pub per_network: usize,
    /// Number that wait of one site: a /48 of IPv6.
    pub per_site: usize,
}

/// The sender of a password that must be hashed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    /// The address that they ask from, if it is known.
    pub(super) ip: Option<IpAddr>,
    /// They logged in from this network before, or are signed in.
    pub(super) is_regular: bool,
}

/// The line is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineFull {
    /// Time in which those who wait now have had their turns.
    pub(super) retry_after: Duration,
}

/// Hands out the turns of the cores.
#[derive(Debug)]
pub(super) struct Turns {
    cores: usize,
    limits: Option<LineLimits>,
    state: Mutex<State>,
}

/// The use of one core, given on when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    since: Instant,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    regulars: Line,
    strangers: Line,
    was_regular: bool,
    /// The duration of the last turn.
    duration: Duration,
}

/// The waiting requests by site; the site at the front is next.
#[derive(Debug, Default)]
struct Line(VecDeque<Site>);

#[derive(Debug)]
struct Site {
    key: Option<IpAddr>,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    network: Option<IpAddr>,
    turn: oneshot::Sender<Turn>,
}

impl Turns {
    /// Turns of `cores` cores; no limits let any number wait.
    pub(super) fn new(cores: usize, limits: Option<LineLimits>) -> Arc<Self> {
        Arc::new(Self {
            cores,
            limits,
            state: Mutex::default(),
        })
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`LineFull`], at once or when the place is taken by a network that has none.
    pub(super) async fn take(self: &Arc<Self>, asker: Asker) -> Result<Turn, LineFull> {
        let joined = {
            let mut state = self.state.lock();
            if state.running < self.cores {
                state.running += 1;
                return Ok(self.begin());
            }
            let line = if asker.is_regular {
                &mut state.regulars
            } else {
                &mut state.strangers
            };
            line.join(asker.ip, self.limits, self.cores)
        };
        match joined {
            Some(turn) => turn.await.map_err(|_| self.full()),
            None => Err(self.full()),
        }
    }

    fn begin(self: &Arc<Self>) -> Turn {
        Turn {
            turns: Arc::clone(self),
            since: Instant::now(),
        }
    }

    fn full(&self) -> LineFull {
        let state = self.state.lock();
        let waiting = state.regulars.len() + state.strangers.len();
        let rounds = u32::try_from(waiting.div_ceil(self.cores)).unwrap_or(u32::MAX);
        LineFull {
            retry_after: state.duration.saturating_mul(rounds).max(Duration::from_secs(1)),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut state = self.turns.state.lock();
            state.duration = self.since.elapsed();
            let next = state.next();
            if next.is_none() {
                state.running -= 1;
            }
            next
        };
        if let Some(next) = next {
            // A client that has gone meanwhile drops the turn, which gives it to the next one.
            let _ = next.send(self.turns.begin());
        }
    }
}

impl State {
    /// Takes the next one out of a line; the lines take turns.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (first, second) = if self.was_regular {
            (&mut self.strangers, &mut self.regulars)
        } else {
            (&mut self.regulars, &mut self.strangers)
        };
        if let Some(next) = first.next() {
            self.was_regular = !self.was_regular;
            return Some(next);
        }
        second.next()
    }
}

impl Line {
    fn len(&self) -> usize {
        self.0.iter().map(|site| site.waiting.len()).sum()
    }

    /// Takes a place at the end of the site's own line; none when there is none to be had.
    fn join(
        &mut self,
        ip: Option<IpAddr>,
        limits: Option<LineLimits>,
        cores: usize,
    ) -> Option<oneshot::Receiver<Turn>> {
        self.forget_gone();
        let (key, network) = (ip.map(site), ip.map(network));
        if let Some(limits) = limits {
            let own = self.0.iter().find(|site| site.key == key);
            let of_site = own.map_or(0, |site| site.waiting.len());
            let of_network = own.map_or(0, |site| site.count(network));
            let is_allowed = of_site < limits.per_site && of_network < limits.per_network;
            let is_full = self.len() >= limits.per_core * cores;
            if !is_allowed || (is_full && !self.make_room(of_site)) {
                return None;
            }
        }
        let (turn, given) = oneshot::channel();
        let waiting = Waiting { network, turn };
        match self.0.iter_mut().find(|site| site.key == key) {
            Some(site) => site.waiting.push_back(waiting),
            None => self.0.push_back(Site {
                key,
                waiting: [waiting].into(),
            }),
        }
        Some(given)
    }

    /// Removes the last of the site that has most places, for one that has `own`; false when that would only turn the
    /// two around.
    fn make_room(&mut self, own: usize) -> bool {
        let largest = self.0.iter_mut().max_by_key(|site| site.waiting.len());
        largest.is_some_and(|site| site.waiting.len() > own + 1 && site.waiting.pop_back().is_some())
    }

    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        self.forget_gone();
        let mut site = self.0.pop_front()?;
        let next = site.waiting.pop_front();
        if !site.waiting.is_empty() {
            self.0.push_back(site);
        }
        next.map(|waiting| waiting.turn)
    }

    fn forget_gone(&mut self) {
        self.0.retain_mut(|site| {
            site.waiting.retain(|waiting| !waiting.turn.is_closed());
            !site.waiting.is_empty()
        });
    }
}

impl Site {
    fn count(&self, network: Option<IpAddr>) -> usize {
        self.waiting
            .iter()
            .filter(|waiting| waiting.network == network)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::BoxFuture;

    use super::*;

    type Taking = BoxFuture<'static, Result<Turn, LineFull>>;

    /// One core that is busy until its turn is dropped, and lines of six places.
    fn busy() -> (Arc<Turns>, Turn) {
        let limits = LineLimits {
            per_core: 6,
            per_network: 2,
            per_site: 4,
        };
        let turns = Turns::new(1, Some(limits));
        let turn = ask(&turns, "192.0.2.1", false).now_or_never().unwrap().unwrap();
        (turns, turn)
    }

    fn ask(turns: &Arc<Turns>, ip: &str, is_regular: bool) -> Taking {
        let asker = Asker {
            ip: Some(ip.parse().unwrap()),
            is_regular,
        };
        let turns = Arc::clone(turns);
        async move { turns.take(asker).await }.boxed()
    }

    /// Somebody in line, in which they are once their future was polled.
    fn waiting(turns: &Arc<Turns>, ip: &str, is_regular: bool) -> Taking {
        let mut taking = ask(turns, ip, is_regular);
        assert!((&mut taking).now_or_never().is_none(), "{ip} waits");
        taking
    }

    fn is_refused(turns: &Arc<Turns>, ip: &str) -> bool {
        matches!(ask(turns, ip, false).now_or_never(), Some(Err(_)))
    }

    fn given(taking: &mut Taking) -> Option<Turn> {
        taking.now_or_never().map(Result::unwrap)
    }

    #[test]
    fn networks_take_turns_however_many_of_one_wait() {
        let (turns, turn) = busy();
        let mut first = waiting(&turns, "192.0.2.66", false);
        let mut second = waiting(&turns, "192.0.2.66", false);
        let mut alice = waiting(&turns, "192.0.2.7", false);

        assert!(is_refused(&turns, "192.0.2.66"));
        drop(turn);
        let turn = given(&mut first).unwrap();
        assert!(given(&mut alice).is_none());
        drop(turn);
        let turn = given(&mut alice).unwrap();
        assert!(given(&mut second).is_none());
        drop(turn);
        assert!(given(&mut second).is_some());
    }

    #[test]
    fn a_crowd_of_strangers_leaves_room_for_whoever_was_here_before() {
        let (turns, turn) = busy();
        let crowd: Vec<Taking> = (1..=6)
            .map(|number| waiting(&turns, &format!("198.51.100.{number}"), false))
            .collect();
        assert!(is_refused(&turns, "192.0.2.7"));

        let mut alice = waiting(&turns, "192.0.2.7", true);
        drop(turn);

        assert!(given(&mut alice).is_some());
        drop(crowd);
    }

    #[test]
    fn regulars_and_strangers_take_turns() {
        let (turns, turn) = busy();
        let mut regulars = [1, 2].map(|number| waiting(&turns, &format!("192.0.2.{number}"), true));
        let mut stranger = waiting(&turns, "198.51.100.1", false);

        drop(turn);
        let turn = given(&mut regulars[0]).unwrap();
        drop(turn);

        assert!(given(&mut regulars[1]).is_none());
        assert!(given(&mut stranger).is_some());
    }

    #[test]
    fn the_places_of_those_who_left_are_free() {
        let (turns, turn) = busy();
        let crowd: Vec<Taking> = (1..=6)
            .map(|number| waiting(&turns, &format!("198.51.100.{number}"), false))
            .collect();
        drop(crowd);

        let mut alice = waiting(&turns, "192.0.2.7", false);
        drop(turn);

        drop(given(&mut alice).unwrap());
        assert!(ask(&turns, "192.0.2.7", false).now_or_never().unwrap().is_ok());
    }

    #[test]
    fn in_a_full_line_a_network_with_many_places_loses_one_to_a_network_with_none() {
        let (turns, _turn) = busy();
        let mut many: Vec<Taking> = [
            "192.0.2.66",
            "192.0.2.66",
            "192.0.2.67",
            "192.0.2.67",
            "192.0.2.68",
        ]
        .iter()
        .map(|ip| waiting(&turns, ip, false))
        .collect();
        many.push(waiting(&turns, "192.0.2.69", false));

        let _alice = waiting(&turns, "192.0.2.7", false);

        let refused = many.iter_mut().filter_map(FutureExt::now_or_never);
        assert_eq!(refused.filter(Result::is_err).count(), 1);
    }

    #[test]
    fn the_networks_of_one_ipv6_site_share_its_places() {
        let (turns, _turn) = busy();
        let _site: Vec<Taking> = (1..=4)
            .map(|number| waiting(&turns, &format!("2001:db8:1:{number}::1"), false))
            .collect();

        assert!(is_refused(&turns, "2001:db8:1:5::1"));
        drop(waiting(&turns, "2001:db8:2:1::1", false));
    }
}
