//! A cache of parsed and checked documents: clients send the same few again and again.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

use super::document::Document;
use super::known_schema::KnownSchema;
use super::{DocumentLimits, tokens};
use crate::metrics::Metrics;
use crate::server::request_error::RequestError;

/// Approximate memory of a document for each byte of its text: names and selections are boxed one by one, and each
/// document is kept as it was written and as it is executed.
const MEMORY_PER_BYTE: usize = 32;

/// Bytes of text that take as much memory as a selection that the executed form repeats.
const BYTES_PER_SELECTION: usize = 20;

/// Checks documents, and caches those that passed. When the cache is full, the least recently used is dropped.
#[derive(Debug)]
pub(crate) struct DocumentCache {
    limits: DocumentLimits,
    schema: KnownSchema,
    metrics: Metrics,
    cache: Mutex<Cache>,
}

#[derive(Debug)]
struct Cache {
    documents: LruCache<Box<str>, Arc<Document>>,
    bytes: usize,
}

impl DocumentCache {
    /// An empty cache of documents for `schema`.
    pub(crate) fn new(limits: DocumentLimits, schema: KnownSchema, metrics: Metrics) -> Self {
        let max = NonZeroUsize::new(limits.cached_documents).unwrap_or(NonZeroUsize::MIN);
        Self {
            limits,
            schema,
            metrics,
            cache: Mutex::new(Cache {
                documents: LruCache::new(max),
                bytes: 0,
            }),
        }
    }

    /// The document of `text`, parsed and checked.
    pub(crate) fn check(&self, text: &str) -> Result<Arc<Document>, RequestError> {
        if let Some(document) = self.cache.lock().documents.get(text) {
            self.metrics.cache_hits.add_one("documents");
            return Ok(Arc::clone(document));
        }
        self.metrics.cache_misses.add_one("documents");
        tokens::check(text, &self.limits)?;
        let document = Arc::new(Document::parse(text, &self.limits, &self.schema)?);
        self.insert(text, Arc::clone(&document));
        Ok(document)
    }

    /// The limits of documents.
    pub(crate) const fn limits(&self) -> &DocumentLimits {
        &self.limits
    }

    /// The schema that the documents are for.
    pub(crate) const fn schema(&self) -> &KnownSchema {
        &self.schema
    }

    fn insert(&self, text: &str, document: Arc<Document>) {
        let mut cache = self.cache.lock();
        cache.bytes += memory(text, &document);
        if let Some((dropped, of)) = cache.documents.push(text.into(), document) {
            cache.bytes -= memory(&dropped, &of);
        }
        while cache.bytes > self.limits.cached_bytes {
            let Some((dropped, of)) = cache.documents.pop_lru() else {
                break;
            };
            cache.bytes -= memory(&dropped, &of);
        }
    }
}

/// The memory of a document, by its text and by what its executed form repeats of it.
fn memory(text: &str, document: &Document) -> usize {
    let repeated = usize::try_from(document.repeated()).unwrap_or(usize::MAX);
    text.len()
        .saturating_add(repeated.saturating_mul(BYTES_PER_SELECTION))
        .saturating_mul(MEMORY_PER_BYTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_within_its_entries_and_bytes() {
        let limits = DocumentLimits {
            cached_documents: 10,
            cached_bytes: 50 * MEMORY_PER_BYTE,
            ..DocumentLimits::STANDARD
        };
        let documents = DocumentCache::new(
            limits,
            KnownSchema::parse("type Query { a: Int }"),
            Metrics::default(),
        );

        for number in 0..100 {
            documents.check(&format!("{{ field{number} }}")).unwrap();
        }

        let cache = documents.cache.lock();
        let bytes: usize = cache
            .documents
            .iter()
            .map(|(text, document)| memory(text, document))
            .sum();
        assert_eq!(cache.bytes, bytes);
        assert!(bytes <= 50 * MEMORY_PER_BYTE && !cache.documents.is_empty());
        assert!(cache.documents.contains("{ field99 }"));
    }
}
