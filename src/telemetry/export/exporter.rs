use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanLimits};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::outage::Outage;
use super::queue::{EndedSpans, queue};
use super::receiver::{Payload, Receiver};
use crate::config::TracesConfig;
use crate::egress::Failure;

/// Number of spans in one post.
const MAX_BATCH: usize = 512;
/// Time for which spans gather before they are posted.
const GATHER_TIME: Duration = Duration::from_secs(1);
/// Wait before a post is tried again; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Time that a stopping server gives its last spans.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Is told how many spans the receiver took, and how many were lost.
type Count = Box<dyn Fn(u64, u64) + Send + Sync>;

/// Sends the spans of this process to the receiver, once it is started.
pub struct SpanExporter {
    ended: EndedSpans,
    receiver: Receiver,
    resource: Resource,
}

/// An exporter that runs.
pub struct RunningExporter {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

struct Worker {
    exporter: SpanExporter,
    /// Spans that were taken out of the queue and not posted yet.
    gathered: Vec<SpanData>,
    outage: Outage,
    count: Count,
    stop: CancellationToken,
}

impl SpanExporter {
    /// An exporter to the receiver of `config`, and the tracer whose spans it sends.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(in crate::telemetry) fn new(config: &TracesConfig) -> Result<(SdkTracer, Self), Failure> {
        let receiver = Receiver::new(config)?;
        let (queue, ended) = queue();
        let resource = resource(config);
        // Everything that the library would read from the environment is said.
        let provider = SdkTracerProvider::builder()
            .with_span_processor(queue)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
                config.ratio,
            ))))
            .with_span_limits(SpanLimits::default())
            .with_resource(resource.clone())
            .build();
        let exporter = Self {
            ended,
            receiver,
            resource,
        };
        Ok((provider.tracer("amda"), exporter))
    }

    /// Starts to send. `count` is told from time to time how many spans the receiver took, and how many were lost.
    pub fn start(self, count: impl Fn(u64, u64) + Send + Sync + 'static) -> RunningExporter {
        let stop = CancellationToken::new();
        let worker = Worker {
            exporter: self,
            gathered: Vec::new(),
            outage: Outage::default(),
            count: Box::new(count),
            stop: stop.clone(),
        };
        RunningExporter {
            stop,
            task: tokio::spawn(worker.run()),
        }
    }
}

impl RunningExporter {
    /// Sends what is left, for 5 s at most.
    pub async fn shut_down(mut self) {
        self.stop.cancel();
        if timeout(FLUSH_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("the last traces were not sent: the receiver does not answer in time");
        }
    }
}

impl Worker {
    async fn run(mut self) {
        while self.gather().await {
            self.deliver().await;
        }
        while !self.gathered.is_empty() {
            self.deliver().await;
            self.take_waiting();
        }
    }

    /// Waits for spans, and for those that follow. False when the server stops.
    async fn gather(&mut self) -> bool {
        let Self {
            exporter,
            gathered,
            stop,
            ..
        } = self;
        let spans = &mut exporter.ended.spans;
        let gathering = async {
            let is_open = spans.recv_many(gathered, MAX_BATCH).await > 0;
            let filling = async {
                while gathered.len() < MAX_BATCH {
                    let room = MAX_BATCH - gathered.len();
                    if spans.recv_many(gathered, room).await == 0 {
                        break;
                    }
                }
            };
            if is_open {
                // What came so far goes out.
                let _ = timeout(GATHER_TIME, filling).await;
            }
            is_open
        };
        let is_running = tokio::select! {
            biased;
            () = stop.cancelled() => false,
            is_open = gathering => is_open,
        };
        if !is_running {
            self.take_waiting();
        }
        is_running
    }

    /// Takes what waits in the queue, as much as goes into one post.
    fn take_waiting(&mut self) {
        while self.gathered.len() < MAX_BATCH
            && let Ok(span) = self.exporter.ended.spans.try_recv()
        {
            self.gathered.push(span);
        }
    }

    /// Posts what was gathered, and tries it again while the receiver is away and the server runs.
    async fn deliver(&mut self) {
        let spans = std::mem::take(&mut self.gathered);
        let payload = Payload::of(spans, &self.exporter.resource);
        let mut wait = FIRST_WAIT;
        loop {
            let receiver = &self.exporter.receiver;
            match receiver.send(&payload).await {
                Ok(taken) => {
                    self.note(taken, payload.spans - taken);
                    self.outage.worked();
                    return;
                }
                Err(error) => {
                    self.outage.failed(&receiver.address(), &error);
                    if !error.may_pass() || self.stop.is_cancelled() {
                        self.note(0, payload.spans);
                        return;
                    }
                }
            }
            self.note(0, 0);
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = sleep(wait) => {}
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Counts spans that were taken or lost, with those that found no room meanwhile.
    fn note(&mut self, taken: u64, lost: u64) {
        let lost = lost + self.exporter.ended.take_lost();
        self.outage.lost(lost);
        (self.count)(taken, lost);
    }
}

/// The description of this server at the receiver.
fn resource(config: &TracesConfig) -> Resource {
    let own = [
        KeyValue::new("service.name", config.service_name.clone()),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
    ];
    let given = config
        .resource
        .iter()
        .map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    Resource::builder_empty()
        .with_attributes(own)
        .with_attributes(given)
        .build()
}
