//! Selectors that the engine matches with nothing, or does not know, as others that mean the same.
//!
//! Its element adapter (`blitz_dom`, `match_non_ts_pseudo_class`) answers no to two thirds of the pseudo-classes that the cascade
//! parses, and an unknown one has all of its rule dropped. So where the source of a style sheet is rewritten ([`super::sheet`]), what
//! attributes tell is asked of those, what only the browser knows of marks that it sets. Each replacement has the specificity of a
//! pseudo-class.

use super::sheet::{Changes, end_of_name, skip};
use std::fmt::Write;
use std::ops::Range;

/// The mark of the element that the address names. See [`super::target`].
pub(super) const TARGET: &str = "bulkhead-target";

/// The mark of elements within one that has a direction from right to left.
pub(super) const RIGHT_TO_LEFT: &str = "bulkhead-rtl";

/// The mark with the language of elements that have it from another than the root.
pub(super) const LANGUAGE: &str = "bulkhead-lang";

/// Adds the specificity of a pseudo-class, and no condition: nothing has this attribute.
macro_rules! counted {
    ($condition:literal) => {
        concat!(":where(", $condition, "):not([bulkhead-never])")
    };
}

/// What takes text. The types of `<input>` that do not are buttons and the like.
macro_rules! editable {
    () => {
        "textarea:not([readonly], :disabled), [contenteditable]:not([contenteditable=\"false\" i]), \
         input:not([readonly], :disabled, [type=\"hidden\"], [type=\"checkbox\"], [type=\"radio\"], [type=\"file\"], [type=\"submit\"], \
         [type=\"image\"], [type=\"reset\"], [type=\"button\"], [type=\"range\"], [type=\"color\"])"
    };
}

/// Pseudo-classes without arguments.
const CLASSES: &[(&str, &str)] = &[
    ("target", "[bulkhead-target]"),
    ("required", ":where(input, select, textarea)[required]"),
    ("optional", ":where(input, select, textarea):not([required])"),
    ("read-write", concat!(":where(", editable!(), "):not([bulkhead-never])")),
    ("read-only", concat!(":not(:where(", editable!(), ")):not([bulkhead-never])")),
    ("open", ":where(details, dialog)[open]"),
    ("indeterminate", ":where(progress):not([value])"),
    ("default", counted!("input[checked], option[selected]")),
    ("defined", counted!("*")),
    ("focus-visible", ":focus"),
    ("focus-within", ":is(:focus, :has(:focus))"),
    ("-webkit-any-link", ":any-link"),
    // States that nothing here is ever in.
    ("-webkit-autofill", ":not(*)"),
    ("host", ":not(*)"),
    ("playing", ":not(*)"),
    ("paused", ":not(*)"),
    ("muted", ":not(*)"),
    ("picture-in-picture", ":not(*)"),
    // An element of the time when they had one colon.
    ("first-line", ":not(*)"),
];

/// Functions that are other names of one that is known.
const FUNCTIONS: &[(&str, &str)] = &[("-webkit-any", ":is("), ("matches", ":is(")];

/// Pseudo-elements that are other names of one that is known. All others that only the engine lacks select nothing.
const ELEMENTS: &[(&str, &str)] =
    &[("-webkit-input-placeholder", "::placeholder"), ("-webkit-file-upload-button", "::file-selector-button")];

/// Pseudo-elements that other engines know.
const LACKING: &[&str] =
    &["first-line", "cue", "slotted", "highlight", "target-text", "spelling-error", "grammar-error", "view-transition"];

/// Finds what is to be replaced in one list of selectors.
pub(super) fn find_changes(css: &str, prelude: Range<usize>, changes: &mut Changes) {
    let bytes = &css.as_bytes()[..prelude.end];
    let mut at = prelude.start;
    while at < bytes.len() {
        if bytes[at] != b':' {
            at = skip(bytes, at);
            continue;
        }
        let colons = if bytes.get(at + 1) == Some(&b':') { 2 } else { 1 };
        let name_end = end_of_name(bytes, at + colons);
        let name = css[at + colons..name_end].to_ascii_lowercase();
        let argument = (bytes.get(name_end) == Some(&b'(')).then(|| argument(css, prelude.end, name_end + 1)).flatten();
        let change = if colons == 2 { element(&name, argument) } else { class(&name, argument) };
        let end = match change {
            Some((replacement, whole)) => {
                let end = match argument {
                    Some(argument) if whole => name_end + 1 + argument.len() + 1,
                    Some(_) => name_end + 1,
                    None => name_end,
                };
                changes.push((at..end, replacement));
                end
            }
            None => name_end,
        };
        at = end.max(at + 1);
    }
}

/// What is within the parentheses that begin before `begin`.
fn argument(css: &str, end: usize, begin: usize) -> Option<&str> {
    let bytes = &css.as_bytes()[..end];
    let (mut at, mut depth) = (begin, 1);
    while at < bytes.len() {
        match bytes[at] {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(&css[begin..at]),
            b')' => depth -= 1,
            _ => {}
        }
        at = skip(bytes, at);
    }
    None
}

/// The replacement of a pseudo-class, and whether it takes the place of the arguments too.
fn class(name: &str, argument: Option<&str>) -> Option<(String, bool)> {
    let Some(argument) = argument else {
        return look_up(CLASSES, name).map(|replacement| (replacement.to_owned(), false));
    };
    match name {
        "dir" => direction(argument.trim()).map(|replacement| (replacement, true)),
        "lang" => languages(argument).map(|replacement| (replacement, true)),
        "host" | "host-context" => Some((":not(*)".to_owned(), true)),
        _ => look_up(FUNCTIONS, name).map(|replacement| (replacement.to_owned(), false)),
    }
}

/// The same of a pseudo-element.
fn element(name: &str, argument: Option<&str>) -> Option<(String, bool)> {
    if let Some(replacement) = look_up(ELEMENTS, name) {
        return Some((replacement.to_owned(), true));
    }
    let is_lacking = name.starts_with("-webkit-") || LACKING.iter().any(|lacking| name.starts_with(lacking));
    is_lacking.then(|| (":not(*)".to_owned(), argument.is_some()))
}

fn look_up(table: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, replacement)| *replacement)
}

fn direction(argument: &str) -> Option<String> {
    if argument.eq_ignore_ascii_case("rtl") {
        Some(format!("[{RIGHT_TO_LEFT}]"))
    } else if argument.eq_ignore_ascii_case("ltr") {
        Some(format!(":not([{RIGHT_TO_LEFT}])"))
    } else {
        None
    }
}

/// `:lang()`: a language and what is more special of it.
fn languages(argument: &str) -> Option<String> {
    let mut list = String::new();
    for language in argument.split(',') {
        let language = language.trim().trim_matches(['"', '\'']);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if language.is_empty() || !language.chars().all(is_plain) {
            return None;
        }
        let separator = if list.is_empty() { "" } else { ", " };
        write!(
            list,
            "{separator}[{LANGUAGE}|=\"{language}\" i], :root[lang|=\"{language}\" i], \
             :root[lang|=\"{language}\" i] :not([{LANGUAGE}])"
        )
        .expect("a String takes all that is written");
    }
    Some(format!(":where({list}):not([bulkhead-never])"))
}

#[cfg(test)]
mod tests {
    use super::super::sheet::rewrite;
    use std::borrow::Cow;

    #[test]
    fn what_the_engine_does_not_match_is_asked_otherwise() {
        for (css, expected) in [
            ("a:target{}", "a[bulkhead-target]{}"),
            ("a:TARGET b, c{}", "a[bulkhead-target] b, c{}"),
            ("p:not(:target):hover{}", "p:not([bulkhead-target]):hover{}"),
            ("@media print { a:target { x: y } }", "@media print { a[bulkhead-target] { x: y } }"),
            ("a { b: c; &:target { d: e } }", "a { b: c; &[bulkhead-target] { d: e } }"),
            ("p:dir( RTL ) i{}", "p[bulkhead-rtl] i{}"),
            ("p:dir(ltr){}", "p:not([bulkhead-rtl]){}"),
            (":matches(a, b:open){}", ":is(a, b:where(details, dialog)[open]){}"),
            ("a::-webkit-scrollbar, b{}", "a:not(*), b{}"),
            ("/* x */ a:open{}", "/* x */ a:where(details, dialog)[open]{}"),
        ] {
            assert_eq!(rewrite(css), expected);
        }
    }

    #[test]
    fn languages_are_those_of_the_nearest_that_has_one() {
        let rewritten = rewrite("q:lang(fr){}").into_owned();
        assert!(rewritten.starts_with("q:where([bulkhead-lang|=\"fr\" i], :root[lang|=\"fr\" i]"), "{rewritten}");
        assert_eq!(rewrite("q:lang('*-CH'){}"), "q:lang('*-CH'){}");
    }

    #[test]
    fn what_is_no_selector_is_left_as_it_is() {
        for css in [
            "a{color:target;content:':target{'}",
            "a{background:url(x:target{y)} b{}",
            "@supports selector(:target) { a {} }",
            "a[href=':target']{} a\\:target{} /* :target { */ b:hover::before{}",
            "a:target",
            "a { b: 'unclosed\n } c:link{}",
            ":",
            "::",
            "a:{}",
            "\"",
            "\\",
            "/*",
            "url(",
            "é:é{}",
        ] {
            assert!(matches!(rewrite(css), Cow::Borrowed(_)), "{css}");
        }
    }
}
