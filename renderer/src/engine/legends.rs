//! Legends. The engine lays a `<legend>` out below the upper border of its `<fieldset>`, and draws that border through.
//!
//! Here a legend is moved up into the border by negative margins, as its height demands, which is known when it was laid out; and
//! it gets a background, that of what is behind it.

use super::forms::controls::{ancestors, is_element};
use super::tables::css_colour;
use blitz_dom::{BaseDocument, LocalName, NodeId, QualName, ns};

/// What marks a `<fieldset>` that has a legend, for `additions.css`.
const MARK: &str = "bulkhead-legend";

/// The legends of a page.
#[derive(Default)]
pub(super) struct Legends {
    legends: Vec<Legend>,
}

struct Legend {
    legend: NodeId,
    fieldset: NodeId,
    /// The upper margin of the `<fieldset>` itself, once it is known.
    margin: Option<f32>,
    /// The legend's height when it was placed.
    placed: f32,
}

impl Legends {
    /// To be called when styles are known. Returns whether there were legends that were not known before.
    pub(super) fn settle(&mut self, document: &mut BaseDocument) -> bool {
        let legends: Vec<(NodeId, NodeId)> = document
            .tree()
            .iter()
            .filter(|(id, node)| node.flags.is_in_document() && is_element(document, *id, "legend"))
            .filter_map(|(id, node)| Some((id, node.parent?)))
            .filter(|(_, parent)| is_element(document, *parent, "fieldset"))
            .collect();
        let mut changed = false;
        for (legend, fieldset) in legends {
            if document.get_node(fieldset).is_none_or(|node| node.attr(LocalName::from(MARK)).is_some()) {
                continue;
            }
            let background = ancestors(document, legend).find_map(|above| background(document, above));
            let mut mutator = document.mutate();
            mutator.set_attribute(fieldset, QualName::new(None, ns!(), LocalName::from(MARK)), "");
            if let Some(background) = background {
                mutator.set_style_property(legend, "--bulkhead-ground", &background);
            }
            self.legends.push(Legend { legend, fieldset, margin: None, placed: 0.0 });
            changed = true;
        }
        changed
    }

    /// To be called when sizes are known. Returns whether anything has to be laid out anew.
    pub(super) fn fit(&mut self, document: &mut BaseDocument) -> bool {
        // Each of them, whatever the one before says.
        self.legends.iter_mut().map(|legend| legend.fit(document)).fold(false, std::ops::BitOr::bitor)
    }
}

impl Legend {
    fn fit(&mut self, document: &mut BaseDocument) -> bool {
        let (Some(fieldset), Some(legend)) = (document.get_node(self.fieldset), document.get_node(self.legend)) else {
            return false;
        };
        let (fieldset, height) = (*fieldset.final_layout(), legend.final_layout().size.height);
        if (height - self.placed).abs() < 0.1 {
            return false;
        }
        self.placed = height;
        let (border, padding) = (fieldset.border.top, fieldset.padding.top);
        // Their middles are on one line; what of the legend is above the border, the box keeps free.
        let above = ((height - border) / 2.0).max(0.0);
        let margin = *self.margin.get_or_insert(fieldset.margin.top) + above;
        let up = padding + border / 2.0 + height / 2.0;
        let mut mutator = document.mutate();
        mutator.set_style_property(self.fieldset, "margin-top", &format!("{margin}px"));
        mutator.set_style_property(self.legend, "margin-top", &format!("{}px", -up));
        mutator.set_style_property(self.legend, "margin-bottom", &format!("{padding}px"));
        true
    }
}

/// The colour of a background that nothing shows through.
fn background(document: &BaseDocument, node: NodeId) -> Option<String> {
    let style = document.get_node(node)?.primary_styles()?;
    let colour = style.get_background().background_color.resolve_to_absolute(&style.clone_color());
    (colour.alpha >= 1.0).then(|| css_colour(&colour))
}
