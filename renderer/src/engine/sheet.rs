//! The source of style sheets, rewritten before the engine parses it: it drops what it does not know. What is in a sheet is told apart
//! here; what becomes of it is said by [`selectors`] and [`declarations`].

use super::{declarations, selectors};
use std::borrow::Cow;
use std::ops::Range;

/// What is to be replaced in a source, in its order.
pub(super) type Changes = Vec<(Range<usize>, String)>;

/// A style sheet that the engine can match.
pub(crate) fn rewrite(css: &str) -> Cow<'_, str> {
    let mut changes = Changes::new();
    for part in parts(css, declarations::may_have(css)) {
        match part {
            Part::Selectors(range) => selectors::find_changes(css, range, &mut changes),
            Part::Declaration(range) => declarations::find_changes(css, range, &mut changes),
            Part::AtRule(range) => declarations::find_changes_in_condition(css, range, &mut changes),
        }
    }
    if changes.is_empty() {
        return Cow::Borrowed(css);
    }
    let mut rewritten = String::with_capacity(css.len() + 64 * changes.len());
    let mut copied = 0;
    for (range, replacement) in changes {
        rewritten.push_str(&css[copied..range.start]);
        rewritten.push_str(&replacement);
        copied = range.end;
    }
    rewritten.push_str(&css[copied..]);
    Cow::Owned(rewritten)
}

/// What a sheet consists of.
enum Part {
    /// What comes before a block of declarations.
    Selectors(Range<usize>),
    /// What comes before the block of an at-rule.
    AtRule(Range<usize>),
    /// What ends with a semicolon or with its block.
    Declaration(Range<usize>),
}

/// The parts of a sheet. Only the selectors where nobody looks at the others.
fn parts(css: &str, all: bool) -> Vec<Part> {
    let bytes = css.as_bytes();
    let (mut parts, mut begin, mut at, mut depth) = (Vec::new(), 0, 0, 0_usize);
    while at < bytes.len() {
        match bytes[at] {
            b'(' if is_url(&bytes[..at]) => {
                at = end_of_url(bytes, at);
                continue;
            }
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'{' if depth == 0 => {
                let prelude = begin..at;
                if !is_at_rule(&css[prelude.clone()]) {
                    parts.push(Part::Selectors(prelude));
                } else if all {
                    parts.push(Part::AtRule(prelude));
                }
                begin = at + 1;
            }
            b';' | b'}' if depth == 0 => {
                if all {
                    parts.push(Part::Declaration(begin..at));
                }
                begin = at + 1;
            }
            _ => {}
        }
        at = skip(bytes, at);
    }
    if all && begin < bytes.len() {
        parts.push(Part::Declaration(begin..bytes.len()));
    }
    parts
}

/// The position after a comment, a string, an escaped byte, or a byte that is none of these.
pub(super) fn skip(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'/' if bytes.get(at + 1) == Some(&b'*') => {
            memchr::memmem::find(&bytes[at + 2..], b"*/").map_or(bytes.len(), |length| at + 2 + length + 2)
        }
        quote @ (b'"' | b'\'') => {
            let mut end = at + 1;
            while end < bytes.len() {
                match bytes[end] {
                    b'\\' => end += 1,
                    // A string that is not closed ends with its line.
                    b'\n' => break,
                    byte if byte == quote => {
                        end += 1;
                        break;
                    }
                    _ => {}
                }
                end += 1;
            }
            end.min(bytes.len())
        }
        b'\\' => (at + 2).min(bytes.len()),
        _ => at + 1,
    }
}

fn is_url(before: &[u8]) -> bool {
    before.len() >= 3 && before[before.len() - 3..].eq_ignore_ascii_case(b"url")
}

/// The position after `url(...)`, whose address may have any character where it is not quoted.
fn end_of_url(bytes: &[u8], open: usize) -> usize {
    let content =
        bytes[open + 1..].iter().position(|byte| !byte.is_ascii_whitespace()).map_or(bytes.len(), |n| open + 1 + n);
    let begin = match bytes.get(content) {
        Some(b'"' | b'\'') => skip(bytes, content),
        _ => content,
    };
    memchr::memchr(b')', &bytes[begin..]).map_or(bytes.len(), |length| begin + length + 1)
}

fn is_at_rule(prelude: &str) -> bool {
    let mut rest = prelude.trim_start();
    while let Some(comment) = rest.strip_prefix("/*") {
        rest = comment.split_once("*/").map_or("", |(_, rest)| rest).trim_start();
    }
    rest.starts_with('@')
}

/// The position after a name.
pub(super) fn end_of_name(bytes: &[u8], begin: usize) -> usize {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_' || !byte.is_ascii();
    begin + bytes[begin..].iter().take_while(|byte| is_name(byte)).count()
}
