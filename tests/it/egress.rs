//! HTTP to addresses that users give: reachable addresses, refused ones, and the limits of a response.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amda::egress::{Egress, Failure, MAX_BODY_BYTES, Names, Reach, Reply, SystemNames, Timeouts};
use async_trait::async_trait;

use crate::support::receiver::{Answer, Nobody, Receiver};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Name resolution that answers each look-up with the next of its lists, and keeps answering with the last.
#[derive(Debug)]
struct Listed(Mutex<VecDeque<Vec<IpAddr>>>);

impl Listed {
    fn new(answers: impl IntoIterator<Item = Vec<IpAddr>>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(answers.into_iter().collect())))
    }
}

#[async_trait]
impl Names for Listed {
    async fn look_up(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        let mut answers = self.0.lock().unwrap();
        let next = if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        };
        next.ok_or_else(|| io::Error::other("no such name"))
    }
}

fn local() -> Egress {
    local_with(Timeouts::USUAL)
}

fn local_with(timeouts: Timeouts) -> Egress {
    Egress::new(Reach::PublicAndLoopback, timeouts, Arc::new(SystemNames)).unwrap()
}

async fn post(egress: &Egress, url: &str) -> Result<Reply, Failure> {
    let url = egress.check(url)?;
    let headers = [("x-test", "yes".to_owned())];
    egress
        .post(&url, "application/json", &headers, b"{}".to_vec())
        .await
}

#[tokio::test]
async fn what_is_posted_arrives_and_what_is_answered_comes_back() {
    let mut receiver = Receiver::start().await;
    receiver.answer([Answer::Status(418)]);

    let reply = post(&local(), &receiver.url()).await.unwrap();

    assert_eq!((reply.status, reply.is_success()), (418, false));
    assert_eq!(reply.body, b"answer 418");
    let heard = receiver.next().await;
    assert_eq!(heard.uri.path(), "/hook");
    assert_eq!(heard.header("x-test"), "yes");
    assert_eq!(heard.header("content-type"), "application/json");
    assert!(heard.header("user-agent").starts_with("AMDA/"));
    assert_eq!(heard.json(), serde_json::json!({}));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let mut receiver = Receiver::start().await;
    let elsewhere = receiver.url();
    receiver.answer([Answer::With(307, "location", elsewhere)]);

    let reply = post(&local(), &receiver.url()).await.unwrap();

    assert_eq!(reply.status, 307);
    receiver.next().await;
    assert!(receiver.drain().is_empty(), "it was followed");
}

#[tokio::test]
async fn an_endless_answer_is_read_no_further_than_the_bound() {
    let receiver = Receiver::start().await;
    receiver.answer_all(Answer::Endless);

    let reply = post(&local(), &receiver.url()).await.unwrap();

    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.len(), MAX_BODY_BYTES);
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_the_time_allowed() {
    let timeouts = Timeouts {
        total: Duration::from_secs(2),
        ..Timeouts::USUAL
    };
    let (silent, halting) = (Receiver::start().await, Receiver::start().await);
    silent.answer_all(Answer::Never);
    halting.answer_all(Answer::Stuck);

    let never = post(&local_with(timeouts), &silent.url()).await;
    let stuck = post(&local_with(timeouts), &halting.url()).await.unwrap();

    assert_eq!(never, Err(Failure::TooSlow));
    assert_eq!((stuck.status, &stuck.body[..]), (200, &b"wait"[..]));
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_or_its_network_is_not_connected_to() {
    let mut receiver = Receiver::start().await;
    let port = receiver.address.port();
    for inside in [
        "127.0.0.1",
        "::1",
        "10.0.0.1",
        "169.254.169.254",
        "fd00::1",
        "::ffff:127.0.0.1",
    ] {
        let names = Listed::new([vec![inside.parse().unwrap()]]);
        let egress = Egress::new(Reach::Public, Timeouts::USUAL, names).unwrap();

        let refused = post(&egress, &format!("https://inside.example:{port}/")).await;

        let words = "the name does not lead to the public internet".to_owned();
        assert_eq!(refused, Err(Failure::NotPublic(words)), "{inside}");
    }
    assert!(receiver.drain().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_from_one_moment_to_the_next_is_judged_by_what_is_connected_to() {
    let receiver = Receiver::start().await;
    // Nothing listens at the first, so the second look-up is the one that the connection would use.
    let public: IpAddr = "192.0.2.1".parse().unwrap();
    let names = Listed::new([vec![public], vec![LOOPBACK]]);
    let egress = Egress::new(Reach::Public, Timeouts::USUAL, names).unwrap();
    let url = format!("https://turning.example:{}/", receiver.address.port());

    for _ in 0..3 {
        let refused = post(&egress, &url).await;
        assert!(matches!(refused, Err(Failure::NotPublic(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn of_several_addresses_only_those_that_may_be_called_are() {
    let mut receiver = Receiver::start().await;
    let names = Listed::new([vec!["10.0.0.1".parse().unwrap(), LOOPBACK]]);
    let egress = Egress::new(Reach::PublicAndLoopback, Timeouts::USUAL, names).unwrap();

    let reply = post(&egress, &format!("http://localhost:{}/", receiver.address.port())).await;

    assert_eq!(reply.map(|reply| reply.status), Ok(200));
    receiver.next().await;
}

#[tokio::test]
async fn each_way_of_not_answering_has_its_own_words() {
    let receiver = Receiver::start().await;
    let port = receiver.address.port();
    let unknown = Egress::new(Reach::Public, Timeouts::USUAL, Listed::new([])).unwrap();
    let nobody = Nobody::stay();

    let no_tls = post(&local(), &format!("https://127.0.0.1:{port}/")).await;
    let no_name = post(&unknown, "https://nowhere.example/").await;
    let no_connection = post(&local(), &format!("http://{}/", nobody.address)).await;
    let refused = post(&local(), "http://10.0.0.1/").await;

    assert!(matches!(no_tls, Err(Failure::Tls(_))), "{no_tls:?}");
    assert_eq!(no_name, Err(Failure::UnknownName("the name is not known".into())));
    assert!(
        matches!(no_connection, Err(Failure::NoConnection(_))),
        "{no_connection:?}"
    );
    assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
}
