//! Between tokenizer and tree builder: drops start tags while the tree is as deep as it may be, and the end tags that belong
//! to them.

use super::DEPTH;
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

/// A filter of tokens before `next`.
pub(super) struct Nesting<S> {
    next: S,
    /// Where the tree builder put its last element.
    depth: Rc<Cell<u32>>,
    tags: RefCell<HashMap<LocalName, Tags>>,
}

/// Start tags of one name, less the end tags that came.
#[derive(Default)]
struct Tags {
    passed: u32,
    dropped: u32,
}

impl<S> Nesting<S> {
    pub(super) fn new(next: S, depth: Rc<Cell<u32>>) -> Self {
        Self { next, depth, tags: RefCell::default() }
    }

    /// Whether the tree builder is to see this tag.
    fn passes(&self, tag: &Tag) -> bool {
        if tag.self_closing || VOID.contains(&tag.name) {
            return true;
        }
        let mut tags = self.tags.borrow_mut();
        let tags = tags.entry(tag.name.clone()).or_default();
        match tag.kind {
            TagKind::StartTag if self.depth.get() >= DEPTH => {
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
                    self.depth.set(self.depth.get().min(DEPTH - 1));
                }
                true
            }
        }
    }
}

impl<S: TokenSink> TokenSink for Nesting<S> {
    type Handle = S::Handle;

    fn process_token(&self, token: Token, line_number: u64) -> TokenSinkResult<S::Handle> {
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
