//! The markers of lists. The engine counts the items of a list and knows five styles; `start`, `value` and `reversed` as HTML has
//! them, and the other styles of CSS Counter Styles 3, section 6, are here.
//!
//! The engine writes whatever `list-style-type` says as a string. So each item whose marker is a number gets that string, as if
//! its own `style` attribute said so; it ends in a space that is as wide as one and does not vanish at the end of a line.

use super::{baselines, counter_styles};
use blitz_dom::node::ImageData;
use blitz_dom::{BaseDocument, LocalName, NodeId, QualName, local_name, ns};
use std::fmt::Write;
use style::computed_values::list_style_position::T as Position;
use style::counter_style::CounterStyle;
use style::properties::ComputedValues;
use style::values::computed::{Image, Margin};
use style_traits::ToCss;

/// Marks items that have their string.
const DONE: &str = "bulkhead-marker";

/// Gives the items of all lists their markers. Returns whether there were any that had none yet.
pub(super) fn write_markers(document: &mut BaseDocument, images: &mut Vec<ItemImage>) -> bool {
    let Some(root) = document.try_root_element().map(|root| root.id) else { return false };
    let mut markers = Vec::new();
    number(document, root, &mut Counter { next: 1, step: 1 }, &mut markers);
    let changed = !markers.is_empty();
    for (item, marker) in markers {
        document.mutate().set_attribute(item, QualName::new(None, ns!(), LocalName::from(DONE)), "");
        match marker {
            Marker::Text(text) => document.mutate().set_style_property(item, "list-style-type", &quoted(&text)),
            Marker::Image(image) => {
                image.load(document);
                images.push(image);
            }
        }
    }
    changed
}

/// What an item is marked by.
enum Marker {
    Text(String),
    Image(ItemImage),
}

/// An image that marks an item: the item begins further left, and the image is its background there.
pub(super) struct ItemImage {
    item: NodeId,
    address: String,
    outside: bool,
    /// The item's own padding and margin on the left, in CSS pixels.
    padding: f32,
    margin: f32,
    placed: bool,
    /// The marker that it has where the image does not come.
    otherwise: String,
}

/// CSS pixels between an image and the text, as in Chromium.
const GAP: f32 = 7.0;

impl ItemImage {
    /// The image of an item that has one as its marker, and none behind it.
    fn of(item: NodeId, style: &ComputedValues) -> Option<Self> {
        let Image::Url(url) = style.clone_list_style_image() else { return None };
        let address = url.url()?.as_str().replace('"', "%22");
        if style.get_background().background_image.0.iter().any(|image| *image != Image::None) {
            return None;
        }
        let margin = match style.clone_margin_left() {
            Margin::LengthPercentage(margin) => margin.to_length().map_or(0.0, |length| length.px()),
            _ => 0.0,
        };
        let padding = style.clone_padding_left().0.to_length().map_or(0.0, |length| length.px());
        let outside = style.clone_list_style_position() == Position::Outside;
        let otherwise = style.clone_list_style_type().to_css_string();
        Some(Self { item, address, outside, padding, margin, placed: false, otherwise })
    }

    /// Makes it the background.
    fn load(&self, document: &mut BaseDocument) {
        let mut mutator = document.mutate();
        mutator.set_style_property(self.item, "list-style-type", "none");
        mutator.set_style_property(self.item, "background-image", &format!("url(\"{}\")", self.address));
        mutator.set_style_property(self.item, "background-repeat", "no-repeat");
    }

    /// Puts the other marker in its place, where it has not come. To be called when all that will come has come. Returns whether it
    /// did.
    pub(super) fn give_up(&mut self, document: &mut BaseDocument) -> bool {
        if std::mem::replace(&mut self.placed, true) || size(document, self.item).is_some() {
            return false;
        }
        let mut mutator = document.mutate();
        mutator.set_style_property(self.item, "background-image", "none");
        mutator.set_style_property(self.item, "list-style-type", &self.otherwise);
        mutator.set_style_property(self.item, "list-style-image", "none");
        true
    }

    /// Makes room for it, once it has come: its lower edge is on the first line of the text. Returns whether it did.
    pub(super) fn place(&mut self, document: &mut BaseDocument) -> bool {
        let Some((width, height)) = size(document, self.item).filter(|_| !self.placed) else { return false };
        self.placed = true;
        let top = (document.get_node(self.item).and_then(baselines::of_own_line).unwrap_or(height) - height).max(0.0);
        let room = width + GAP;
        let mut mutator = document.mutate();
        mutator.set_style_property(self.item, "background-position", &format!("0 {top}px"));
        mutator.set_style_property(self.item, "padding-left", &format!("{}px", self.padding + room));
        if self.outside {
            mutator.set_style_property(self.item, "margin-left", &format!("{}px", self.margin - room));
        }
        true
    }
}

/// The size of an element's background image, in CSS pixels.
fn size(document: &BaseDocument, item: NodeId) -> Option<(f32, f32)> {
    let images = &document.get_node(item)?.element_data()?.background_images;
    match &images.first()?.as_ref()?.image {
        ImageData::Raster(image) => Some((image.width as f32, image.height as f32)),
        ImageData::Svg(image) => Some((image.intrinsic_width()?, image.intrinsic_height()?)),
        ImageData::None => None,
    }
}

/// What the next item of a list is numbered.
struct Counter {
    next: i64,
    step: i64,
}

fn number(document: &BaseDocument, parent: NodeId, counter: &mut Counter, markers: &mut Vec<(NodeId, Marker)>) {
    let Some(node) = document.get_node(parent) else { return };
    for child in node.children.iter().copied() {
        let Some(node) = document.get_node(child) else { continue };
        let Some(element) = node.element_data() else { continue };
        let Some(style) = node.primary_styles() else { continue };
        let display = style.clone_display();
        if display.is_none() {
            continue;
        }
        // Such an item counts nothing.
        if display.is_list_item() && element.name.local != local_name!("summary") {
            if element.name.local == local_name!("li")
                && let Some(value) = element.attr(local_name!("value")).and_then(integer)
            {
                counter.next = value;
            }
            let value = counter.next;
            counter.next = value.saturating_add(counter.step);
            let text = || match &style.clone_list_style_type().0 {
                CounterStyle::Name(name) => text(&name.0, value).map(Marker::Text),
                _ => None,
            };
            if !element.has_attr(LocalName::from(DONE))
                && let Some(marker) = ItemImage::of(child, &style).map(Marker::Image).or_else(text)
            {
                markers.push((child, marker));
            }
        }
        match &*element.name.local {
            "ol" => {
                let reversed = element.has_attr(local_name!("reversed"));
                let start = element.attr(local_name!("start")).and_then(integer);
                let first = if reversed { items(document, child) } else { 1 };
                let mut own = Counter { next: start.unwrap_or(first), step: if reversed { -1 } else { 1 } };
                number(document, child, &mut own, markers);
            }
            "ul" | "menu" | "dir" => number(document, child, &mut Counter { next: 1, step: 1 }, markers),
            _ => number(document, child, counter, markers),
        }
    }
}

/// How many items a list has of its own.
fn items(document: &BaseDocument, list: NodeId) -> i64 {
    let Some(node) = document.get_node(list) else { return 0 };
    let of = |child: &NodeId| {
        let node = document.get_node(*child)?;
        let display = node.primary_styles()?.clone_display();
        let own = i64::from(display.is_list_item());
        let is_list = matches!(&*node.element_data()?.name.local, "ol" | "ul" | "menu" | "dir");
        Some(own + if is_list || display.is_none() { 0 } else { items(document, *child) })
    };
    node.children.iter().filter_map(of).sum()
}

/// The "rules for parsing integers".
fn integer(text: &str) -> Option<i64> {
    let text = text.trim_ascii_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse::<i32>().ok().map(|number| sign * i64::from(number))
}

/// The marker of a style that numbers; `None` for one that does not.
fn text(style: &str, value: i64) -> Option<String> {
    if matches!(style, "none" | "disc" | "circle" | "square" | "disclosure-open" | "disclosure-closed") {
        return None;
    }
    let suffix = if matches!(style, "hiragana" | "katakana" | "cjk-decimal") { "、" } else { ".\u{a0}" };
    Some(counter_styles::number(style, value) + suffix)
}

/// A CSS string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || character == '.' || character == '-' {
            quoted.push(character);
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(quoted, "\\{:x} ", u32::from(character));
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_style_says() {
        for (style, value, expected) in [
            ("decimal", 12, "12."),
            ("decimal", -3, "-3."),
            ("decimal-leading-zero", 7, "07."),
            ("decimal-leading-zero", -7, "-07."),
            ("lower-alpha", 1, "a."),
            ("lower-latin", 26, "z."),
            ("upper-alpha", 27, "AA."),
            ("upper-latin", 703, "AAA."),
            ("lower-alpha", 0, "0."),
            ("lower-greek", 2, "β."),
            ("lower-greek", 24, "ω."),
            ("lower-roman", 1994, "mcmxciv."),
            ("upper-roman", 3999, "MMMCMXCIX."),
            ("upper-roman", 4000, "4000."),
            ("upper-roman", 0, "0."),
            ("armenian", 1994, "ՌՋՂԴ."),
            ("georgian", 1994, "ჩშჟდ."),
            ("devanagari", 10, "१०."),
            ("thai", 5, "๕."),
            ("hiragana", 2, "い、"),
            ("of-the-page-s-own", 2, "2."),
        ] {
            assert_eq!(text(style, value).unwrap().trim_end_matches('\u{a0}'), expected, "{style}");
        }
        assert_eq!(text("disc", 1), None);
    }

    #[test]
    fn a_marker_is_a_css_string() {
        assert_eq!(quoted("I.\u{a0}"), "\"I.\\a0 \"");
        assert_eq!(quoted("\"\\"), "\"\\22 \\5c \"");
    }
}
