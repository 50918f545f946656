//! Which parts of its document a renderer asked for in vain: the user is told of the first of them.

use crate::events::MissingPart;
use bulkhead_shared::ids::{NavigationId, RequestId};
use std::collections::BTreeMap;
use url::Url;

/// How many are told of, for each document. More would be read by nobody.
const TOLD: usize = 8;

/// What a renderer has asked for since its document was committed.
#[derive(Debug, Default)]
pub(super) struct Parts {
    document: Option<NavigationId>,
    /// What was not answered yet; as bounded as what a renderer may ask for at once.
    asked: BTreeMap<RequestId, Url>,
    told: usize,
}

impl Parts {
    /// A document was committed; what was asked for before is no part of it.
    pub(super) fn begin(&mut self, document: NavigationId) {
        *self = Self { document: Some(document), ..Self::default() };
    }

    /// The renderer asks for something.
    pub(super) fn asked(&mut self, request: RequestId, url: Url) {
        self.asked.insert(request, url);
    }

    /// It has it.
    pub(super) fn came(&mut self, request: RequestId) {
        self.asked.remove(&request);
    }

    /// It does not get it. Returns what is to be told of that, and of which document.
    pub(super) fn failed(&mut self, request: RequestId, why: &str) -> Option<(NavigationId, MissingPart)> {
        let url = self.asked.remove(&request)?;
        let document = self.document.filter(|_| self.told < TOLD)?;
        self.told = self.told.saturating_add(1);
        Some((document, MissingPart { url, why: why.to_owned() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(number: u32) -> Url {
        Url::parse(&format!("file:///{number}")).unwrap()
    }

    #[test]
    fn the_first_parts_of_the_document_on_display_are_told_of() {
        let mut parts = Parts::default();
        parts.begin(NavigationId(1));
        for number in 1..=3 {
            parts.asked(RequestId(number), url(number));
        }
        parts.came(RequestId(1));
        assert_eq!(parts.failed(RequestId(1), "late"), None);
        let (document, part) = parts.failed(RequestId(2), "no such file").unwrap();
        assert_eq!((document, part), (NavigationId(1), MissingPart { url: url(2), why: "no such file".to_owned() }));
        parts.begin(NavigationId(2));
        assert_eq!(parts.failed(RequestId(3), "of the document before"), None);
    }

    #[test]
    fn what_is_told_of_one_document_is_bounded() {
        let mut parts = Parts::default();
        parts.begin(NavigationId(1));
        let told = (0..1000).filter(|number| {
            parts.asked(RequestId(*number), url(*number));
            parts.failed(RequestId(*number), "no").is_some()
        });
        assert_eq!(told.count(), TOLD);
        assert!(parts.asked.is_empty());
    }
}
