//! What was found, and whether that is good.

use bulkhead_sandbox::outside::Sight;
use bulkhead_sandbox::{Layer, Name, Report, State};
use bulkhead_siege::report::{Bounds, Sum, Tried, Verdict};
use std::collections::BTreeMap;

/// For each attempt, the layers that stop it one after the other.
pub(super) type Behind = BTreeMap<String, Vec<Name>>;

/// What was found.
#[derive(Debug)]
pub(super) struct Findings {
    /// As a renderer says itself.
    pub(super) report: Report,
    /// How its memory is bounded.
    pub(super) bounds: Bounds,
    /// As others see it.
    pub(super) sights: Vec<Sight>,
    /// What came of the attempts, in real renderers.
    pub(super) tried: Vec<Tried>,
    pub(super) behind: Behind,
    /// How many of them were stopped, and whether the page beside them went on.
    pub(super) sum: Sum,
    /// Whether renderers were to be confined at all.
    pub(super) confined: bool,
}

impl Findings {
    /// Every layer on, from inside and from outside, and every attempt that could be made stopped.
    ///
    /// A layer that is on in part counts as on. There is one case of it: supplementary groups, which only root can give up. An
    /// ordinary user's renderer keeps them in its credentials, and has no file left to use them on.
    pub(super) fn are_good(&self) -> bool {
        self.confined
            && self.sum.unharmed
            && self.report.layers.iter().all(|layer| self.is_on(layer))
            && self.sum.not_stopped == 0
    }

    /// Whether a layer is on, in the eyes of everybody.
    pub(super) fn is_on(&self, layer: &Layer) -> bool {
        !matches!(layer.state, State::Off(_)) && self.seen(layer.name).all(|sight| sight.holds)
    }

    /// What others see of a layer.
    pub(super) fn seen(&self, name: Name) -> impl Iterator<Item = &Sight> {
        self.sights.iter().filter(move |sight| sight.layer == name)
    }

    /// What is to be said beside the state of a layer.
    pub(super) fn note(layer: &Layer) -> Option<&str> {
        match &layer.state {
            State::On => None,
            State::Partial(note) | State::Off(note) => Some(note),
        }
    }

    /// What stops an attempt: in a real renderer, and then, one behind the other, what would stop it without that.
    pub(super) fn chain(&self, tried: &Tried) -> Vec<String> {
        let Verdict::Stopped(by) = &tried.verdict else { return Vec::new() };
        let behind = self.behind.get(&tried.name).into_iter().flatten().map(ToString::to_string);
        std::iter::once(by.clone()).chain(behind.filter(|name| name != by)).collect()
    }

    /// The descriptors of a renderer: as `/proc` lists them to root, else as it listed them itself.
    pub(super) fn descriptors(&self) -> Option<usize> {
        let seen = self.seen(Name::Descriptors).next().map(|sight| sight.evidence.split(", ").count());
        let said = self.report.layers.iter().find(|layer| layer.name == Name::Descriptors);
        seen.or_else(|| said.map(|layer| layer.evidence.split(", ").count()))
    }
}
