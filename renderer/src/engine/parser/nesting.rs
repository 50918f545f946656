//! Between tokenizer and tree builder: what keeps a small page from becoming a large tree.
//!
//! - While the tree is as deep as it may be, start tags are dropped, and the end tags that belong to them.
//! - The tree builder opens formatting elements (`<b>`, `<font>`, …) that were not closed anew in each paragraph after them (HTML standard,
//!   section 13.2.4.3), so that n tags make n² elements. Once there are far more elements than tags, it is told that all of them are
//!   closed.

use super::DEPTH;
use super::size::Size;
use blitz_dom::{LocalName, local_name};
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Elements that have no end tag, and so cannot be nested into.
const VOID: [LocalName; 13] = [
    local_name!("area"),
    local_name!("base"),
    local_name!("br"),
    local_name!("col"),
    local_name!("embed"),
    local_name!("hr"),
    local_name!("img"),
    local_name!("input"),
    local_name!("link"),
    local_name!("meta"),
    local_name!("source"),
    local_name!("track"),
    local_name!("wbr"),
];

/// Elements that are opened anew where they were not closed: the "formatting" ones of section 13.2.4.2.
const FORMATTING: [LocalName; 14] = [
    local_name!("a"),
    local_name!("b"),
    local_name!("big"),
    local_name!("code"),
    local_name!("em"),
    local_name!("font"),
    local_name!("i"),
    local_name!("nobr"),
    local_name!("s"),
    local_name!("small"),
    local_name!("strike"),
    local_name!("strong"),
    local_name!("tt"),
    local_name!("u"),
];

/// Elements for one start tag, in the mean, before formatting elements are closed.
const ELEMENTS_PER_TAG: u32 = 8;

/// Elements that a page may have beyond that, once: enough for any that is not made to grow.
const ELEMENTS_SPARE: u32 = 4096;

/// The tree that the tree builder has made so far.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// The depth of the element that was put into it last.
    pub(super) depth: Cell<u32>,
    /// How many elements were made since this was looked at last.
    pub(super) elements: Cell<u32>,
    /// What it will take.
    pub(super) size: Size,
}

/// A filter of tokens before `next`.
pub(super) struct Nesting<S> {
    next: S,
    built: Rc<Built>,
    tags: RefCell<HashMap<LocalName, Tags>>,
    /// How many more elements there may be before formatting elements are closed.
    allowed: Cell<u32>,
}

/// Start tags of one name, less the end tags that came.
#[derive(Default)]
struct Tags {
    passed: u32,
    dropped: u32,
}

impl<S: TokenSink> Nesting<S> {
    pub(super) fn new(next: S, built: Rc<Built>) -> Self {
        Self { next, built, tags: RefCell::default(), allowed: Cell::new(ELEMENTS_SPARE) }
    }

    /// Whether the tag opens no element that others could be nested into. In HTML, a slash at the end of a tag means nothing.
    fn is_void(&self, tag: &Tag) -> bool {
        let foreign = || {
            let is_root = tag.name == local_name!("svg") || tag.name == local_name!("math");
            is_root || self.next.adjusted_current_node_present_but_not_in_html_namespace()
        };
        VOID.contains(&tag.name) || (tag.self_closing && foreign())
    }

    /// Whether the tree builder is to see this tag.
    fn passes(&self, tag: &Tag) -> bool {
        if self.is_void(tag) {
            return true;
        }
        let mut tags = self.tags.borrow_mut();
        let tags = tags.entry(tag.name.clone()).or_default();
        match tag.kind {
            TagKind::StartTag if self.built.depth.get() >= DEPTH => {
                tags.dropped += 1;
                false
            }
            TagKind::StartTag => {
                tags.passed += 1;
                true
            }
            TagKind::EndTag if tags.dropped > 0 => {
                tags.dropped -= 1;
                false
            }
            TagKind::EndTag => {
                // It may close many elements. How many shows where the next one is put, so that is let through.
                if tags.passed > 0 {
                    tags.passed -= 1;
                    self.built.depth.set(self.built.depth.get().min(DEPTH - 1));
                }
                true
            }
        }
    }

    /// Notes a start tag. If the tree has grown out of proportion, closes all formatting elements that are open.
    fn bound_growth(&self, line_number: u64) {
        let made = self.built.elements.take();
        let allowed = self.allowed.get().saturating_add(ELEMENTS_PER_TAG);
        self.allowed.set(allowed.saturating_sub(made));
        if made <= allowed {
            return;
        }
        for name in FORMATTING {
            let open = self.tags.borrow_mut().get_mut(&name).map_or(0, |tags| std::mem::take(&mut tags.passed));
            for _ in 0..open {
                let name = name.clone();
                let end = Tag {
                    kind: TagKind::EndTag,
                    name,
                    self_closing: false,
                    attrs: Vec::new(),
                    had_duplicate_attributes: false,
                };
                // It asks for nothing: only scripts and changes of the tokenizer's state do, and these are no such tags.
                let _ = self.next.process_token(Token::TagToken(end), line_number);
            }
        }
    }
}

impl<S: TokenSink> TokenSink for Nesting<S> {
    type Handle = S::Handle;

    fn process_token(&self, token: Token, line_number: u64) -> TokenSinkResult<S::Handle> {
        if matches!(&token, Token::TagToken(Tag { kind: TagKind::StartTag, .. })) {
            self.bound_growth(line_number);
        }
        match &token {
            Token::TagToken(tag) if !self.passes(tag) => TokenSinkResult::Continue,
            _ => self.next.process_token(token, line_number),
        }
    }

    fn end(&self) {
        self.next.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.next.adjusted_current_node_present_but_not_in_html_namespace()
    }
}
