//! The style of what a drawing consists of, as `usvg` reads it: the properties of the page's own cascade that differ from those of the
//! parent, since `usvg` hands down the others.
//!
//! Attributes like `fill="red"` are no styles to the engine. `additions.css` gives elements that have one a value instead that no
//! page has ([`Property::stand_in`]): where that is what comes of the cascade, the attribute decides.

use crate::engine::tables::css_colour;
use ::style::color::AbsoluteColor;
use ::style::computed_values::visibility::T as Visibility;
use ::style::properties::ComputedValues;
use ::style::values::computed::url::ComputedUrl;
use ::style::values::computed::{Color, SVGPaint};
use ::style::values::generics::svg::{SVGPaintFallback, SVGPaintKind};
use blitz_dom::{ElementData, LocalName};
use std::fmt::Write;
use style_traits::ToCss;

/// An inherited property.
struct Property {
    name: &'static str,
    /// What `additions.css` says where an attribute decides.
    stand_in: Option<&'static str>,
    value: fn(&ComputedValues) -> String,
}

/// The components of the colour that stands for an attribute.
const STAND_IN: [f32; 3] = [9.0, 8.0, 7.0];

/// How that colour is written here.
const COLOUR: &str = "attribute";

const PROPERTIES: [Property; 11] = [
    Property { name: "fill", stand_in: Some(COLOUR), value: |style| paint(style, &style.clone_fill()) },
    Property { name: "stroke", stand_in: Some(COLOUR), value: |style| paint(style, &style.clone_stroke()) },
    Property {
        name: "fill-opacity",
        stand_in: Some("0.12345"),
        value: |style| style.clone_fill_opacity().to_css_string(),
    },
    Property {
        name: "stroke-opacity",
        stand_in: Some("0.12345"),
        value: |style| style.clone_stroke_opacity().to_css_string(),
    },
    Property {
        name: "stroke-width",
        stand_in: Some("98765px"),
        value: |style| style.clone_stroke_width().to_css_string(),
    },
    Property {
        name: "stroke-dasharray",
        stand_in: Some("98765px"),
        value: |style| style.clone_stroke_dasharray().to_css_string(),
    },
    Property {
        name: "stroke-dashoffset",
        stand_in: Some("98765px"),
        value: |style| style.clone_stroke_dashoffset().to_css_string(),
    },
    Property {
        name: "stroke-miterlimit",
        stand_in: Some("98765"),
        value: |style| style.clone_stroke_miterlimit().to_css_string(),
    },
    // There is no value left that could stand for an attribute.
    Property { name: "fill-rule", stand_in: None, value: |style| style.clone_fill_rule().to_css_string() },
    Property { name: "stroke-linecap", stand_in: None, value: |style| style.clone_stroke_linecap().to_css_string() },
    Property { name: "stroke-linejoin", stand_in: None, value: |style| style.clone_stroke_linejoin().to_css_string() },
];

/// What is inherited by text. An attribute decides where the style is that of the parent.
const OF_TEXT: [Property; 5] = [
    Property { name: "color", stand_in: None, value: |style| css_colour(&style.clone_color()) },
    Property { name: "font-family", stand_in: None, value: |style| style.clone_font_family().to_css_string() },
    Property {
        name: "font-size",
        stand_in: None,
        value: |style| format!("{}px", style.clone_font_size().computed_size().px()),
    },
    Property { name: "font-weight", stand_in: None, value: |style| style.clone_font_weight().to_css_string() },
    Property { name: "font-style", stand_in: None, value: |style| style.clone_font_style().to_css_string() },
];

/// Elements that are seen by themselves.
const SEEN: [&str; 13] =
    ["a", "circle", "ellipse", "g", "image", "line", "path", "polygon", "polyline", "rect", "text", "tspan", "use"];

/// Where an element is in its drawing.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// It is the drawing; with the initial style.
    Root(&'a ComputedValues),
    /// It has a parent; with the style of that.
    Within(&'a ComputedValues),
}

/// The declarations that an element has beyond what it inherits.
pub(super) fn declarations(element: &ElementData, style: &ComputedValues, place: Place<'_>, has_text: bool) -> String {
    let mut written = String::new();
    let (above, is_root) = match place {
        Place::Root(initial) => (initial, true),
        Place::Within(parent) => (parent, false),
    };
    let same_colour = style.clone_color() == above.clone_color();
    if !(same_colour && std::ptr::eq(style.get_inherited_svg(), above.get_inherited_svg())) {
        PROPERTIES.iter().for_each(|property| property.write(element, style, above, &mut written));
    }
    if has_text {
        // The page's text has no colour and no font that is initial to `usvg`.
        for property in &OF_TEXT {
            let value = (property.value)(style);
            if is_root || value != (property.value)(above) {
                write(&mut written, property.name, &value);
            }
        }
    }
    if is_root {
        return written;
    }
    // Of what is no box, such as a gradient, this would take away what is referred to.
    if style.clone_display().is_none() && SEEN.contains(&&*element.name.local) {
        write(&mut written, "display", "none");
    }
    let opacity = style.get_effects().opacity;
    if opacity < 1.0 {
        write(&mut written, "opacity", &opacity.to_string());
    }
    let visibility = style.clone_visibility();
    if visibility != above.clone_visibility() {
        write(&mut written, "visibility", if visibility == Visibility::Visible { "visible" } else { "hidden" });
    }
    written
}

/// Takes what is in the outlines of a drawing already from the drawing itself.
pub(super) fn strip(root: &mut ElementData) {
    root.attrs.retain(|attribute| {
        let name = &*attribute.name.local;
        let inherited = PROPERTIES.iter().chain(&OF_TEXT);
        !["style", "opacity", "visibility"].contains(&name) && inherited.into_iter().all(|known| known.name != name)
    });
}

/// A `style` attribute without the custom properties, at the first of which `usvg` would stop to read.
pub(super) fn without_custom_properties(attribute: &str) -> String {
    if !attribute.contains("--") {
        return attribute.to_owned();
    }
    let known = attribute.split(';').filter(|declaration| !declaration.trim_start().starts_with("--"));
    known.collect::<Vec<_>>().join(";")
}

impl Property {
    fn write(&self, element: &ElementData, style: &ComputedValues, above: &ComputedValues, written: &mut String) {
        let value = (self.value)(style);
        if self.stand_in == Some(&value) {
            return;
        }
        let is_declared = self.stand_in.is_some() && element.has_attr(LocalName::from(self.name));
        if is_declared || value != (self.value)(above) {
            write(written, self.name, &value);
        }
    }
}

fn write(written: &mut String, name: &str, value: &str) {
    write!(written, "{name}:{value};").expect("a String takes all that is written");
}

fn paint(style: &ComputedValues, paint: &SVGPaint) -> String {
    let mut written = match &paint.kind {
        SVGPaintKind::None => "none".to_owned(),
        SVGPaintKind::Color(Color::Absolute(colour)) if is_stand_in(colour) => return COLOUR.to_owned(),
        SVGPaintKind::Color(colour) => css_colour(&colour.resolve_to_absolute(&style.clone_color())),
        // What is in another document is not there for `usvg` either.
        SVGPaintKind::PaintServer(url) => {
            let address = match url {
                ComputedUrl::Invalid(address) => address,
                ComputedUrl::Valid(address) => address.as_str(),
            };
            format!("url(#{})", address.split_once('#').map_or("", |(_, name)| name))
        }
        SVGPaintKind::ContextFill => "context-fill".to_owned(),
        SVGPaintKind::ContextStroke => "context-stroke".to_owned(),
    };
    match &paint.fallback {
        SVGPaintFallback::Unset => {}
        SVGPaintFallback::None => written.push_str(" none"),
        SVGPaintFallback::Color(colour) => {
            written.push(' ');
            written.push_str(&css_colour(&colour.resolve_to_absolute(&style.clone_color())));
        }
    }
    written
}

fn is_stand_in(colour: &AbsoluteColor) -> bool {
    let components = colour.components;
    [components.0, components.1, components.2] == STAND_IN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usvg_gets_no_custom_properties() {
        assert_eq!(without_custom_properties("fill: red"), "fill: red");
        assert_eq!(without_custom_properties("--a: b; fill: var(--a);--c:d"), " fill: var(--a)");
    }
}
