//! Documents that were parsed and checked, kept because clients send the same few again and again.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use super::document::Document;
use super::{DocumentLimits, tokens};
use crate::server::fault::Fault;

/// What a document takes in memory for each byte of its text, about: names and selections are boxed one by one.
const MEMORY_PER_BYTE: usize = 16;

/// Checks documents, and remembers those that passed. When the memory is full, the longest unused is forgotten.
#[derive(Debug)]
pub(in crate::server) struct Documents {
    limits: DocumentLimits,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    documents: LruCache<Box<str>, Arc<Document>>,
    bytes: usize,
}

impl Documents {
    /// Remembers nothing yet.
    pub(in crate::server) fn new(limits: DocumentLimits) -> Self {
        let most = NonZeroUsize::new(limits.cached_documents).unwrap_or(NonZeroUsize::MIN);
        Self {
            limits,
            kept: Mutex::new(Kept {
                documents: LruCache::new(most),
                bytes: 0,
            }),
        }
    }

    /// The document that `text` is.
    pub(in crate::server) fn check(&self, text: &str) -> Result<Arc<Document>, Fault> {
        if let Some(document) = self.kept().documents.get(text) {
            return Ok(Arc::clone(document));
        }
        tokens::check(text, &self.limits)?;
        let document = Arc::new(Document::parse(text, &self.limits)?);
        self.keep(text, Arc::clone(&document));
        Ok(document)
    }

    /// What documents may ask for.
    pub(in crate::server) const fn limits(&self) -> &DocumentLimits {
        &self.limits
    }

    fn keep(&self, text: &str, document: Arc<Document>) {
        let mut kept = self.kept();
        kept.bytes += memory(text);
        if let Some((forgotten, _)) = kept.documents.push(text.into(), document) {
            kept.bytes -= memory(&forgotten);
        }
        while kept.bytes > self.limits.cached_bytes {
            let Some((forgotten, _)) = kept.documents.pop_lru() else {
                break;
            };
            kept.bytes -= memory(&forgotten);
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn memory(text: &str) -> usize {
    text.len() * MEMORY_PER_BYTE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_within_its_entries_and_bytes() {
        let documents = Documents::new(DocumentLimits {
            cached_documents: 10,
            cached_bytes: 50 * MEMORY_PER_BYTE,
            ..DocumentLimits::STANDARD
        });

        for number in 0..100 {
            documents.check(&format!("{{ field{number} }}")).unwrap();
        }

        let kept = documents.kept();
        let bytes: usize = kept.documents.iter().map(|(text, _)| memory(text)).sum();
        assert_eq!(kept.bytes, bytes);
        assert!(bytes <= 50 * MEMORY_PER_BYTE && !kept.documents.is_empty());
        assert!(kept.documents.contains("{ field99 }"));
    }
}
