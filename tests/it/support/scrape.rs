//! What a server answers to Prometheus, read as Prometheus reads it, and the table that documents it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tokio::time::timeout;

use super::http;
use super::websocket::SOON;

/// The documentation of the metrics.
const DOCUMENT: &str = include_str!("../../../deploy/METRICS.md");

/// One answer, in the text format.
pub(crate) struct Scrape(pub(crate) String);

/// A metric as a server shows it, or as the documentation describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) kind: String,
    pub(crate) label: Option<String>,
    pub(crate) meaning: String,
}

impl Scrape {
    /// Asks the server that serves metrics at `address`.
    pub(crate) async fn of(address: SocketAddr) -> Self {
        let answer = http::get(&format!("http://{address}/metrics")).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.headers()["content-type"],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        Self(answer.text().await.unwrap())
    }

    /// Asks again and again until `is_enough`.
    pub(crate) async fn until(address: SocketAddr, is_enough: impl Fn(&Self) -> bool) -> Self {
        let asking = async {
            loop {
                let scrape = Self::of(address).await;
                if is_enough(&scrape) {
                    return scrape;
                }
            }
        };
        let Ok(scrape) = timeout(SOON, asking).await else {
            panic!(
                "it does not come in time; now it is\n{}",
                Self::of(address).await.0
            )
        };
        scrape
    }

    /// The value of a series, such as `amda_accounts{state="ONLINE"}`; none when it is absent.
    pub(crate) fn value(&self, series: &str) -> Option<f64> {
        let line = self
            .0
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
        Some(line.parse().unwrap())
    }

    /// The value of a series; 0 when it is absent.
    pub(crate) fn count(&self, series: &str) -> f64 {
        self.value(series).unwrap_or(0.0)
    }

    /// Every series, without its value.
    pub(crate) fn series(&self) -> impl Iterator<Item = &str> {
        let samples = self.0.lines().filter(|line| !line.starts_with('#'));
        samples.map(|line| line.rsplit_once(' ').unwrap().0)
    }

    /// The metrics by name.
    pub(crate) fn described(&self) -> BTreeMap<String, Described> {
        let comments = |word: &str| -> BTreeMap<String, String> {
            let start = format!("# {word} ");
            let lines = self.0.lines().filter_map(|line| line.strip_prefix(&start));
            lines
                .map(|line| line.split_once(' ').unwrap())
                .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
                .collect()
        };
        let (kinds, meanings) = (comments("TYPE"), comments("HELP"));
        kinds
            .into_iter()
            .map(|(name, kind)| {
                let described = Described {
                    label: self.label(&name),
                    meaning: meanings[&name].clone(),
                    kind,
                };
                (name, described)
            })
            .collect()
    }

    /// The label of a metric, besides the bucket of a histogram.
    fn label(&self, name: &str) -> Option<String> {
        let labels = self.series().find_map(|series| {
            let rest = series.strip_prefix(name)?;
            rest.strip_prefix("_bucket").unwrap_or(rest).strip_prefix('{')
        })?;
        let names = labels.split(',').filter_map(|label| label.split_once('='));
        let mut own = names.map(|(label, _)| label).filter(|label| *label != "le");
        own.next().map(str::to_owned)
    }
}

/// The metrics by name, as the table of the documentation describes them.
pub(crate) fn documented() -> BTreeMap<String, Described> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| `amda_"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let ["", name, kind, label, _of, meaning, ""] = cells[..] else {
            panic!("a row of another form: {row}");
        };
        let described = Described {
            kind: kind.to_owned(),
            label: Some(label.trim_matches('`').to_owned()).filter(|label| !label.is_empty()),
            meaning: meaning.to_owned(),
        };
        (name.trim_matches('`').to_owned(), described)
    })
    .collect()
}
