//! Captions. The engine leaves them out of a table's grid, and so out of the page.
//!
//! Here a caption is placed absolutely, above or below its table, which gets a margin as high as the caption is; that is known
//! when it was laid out.

use super::{Part, all, children, mark, mark_of, rebuild, set};
use blitz_dom::{BaseDocument, NodeId};
use style::computed_values::caption_side::T as CaptionSide;
use style::values::specified::box_::DisplayInside;

#[derive(Default)]
pub(super) struct Captions {
    captions: Vec<Caption>,
}

struct Caption {
    table: NodeId,
    caption: NodeId,
    bottom: bool,
    /// The table's own margin on that side, once it is known.
    margin: Option<f32>,
    /// What was made of it.
    given: f32,
    widened: bool,
}

impl Captions {
    pub(super) fn settle(&mut self, document: &mut BaseDocument) -> bool {
        let found: Vec<NodeId> = all(document, Part::Caption);
        let mut changed = false;
        for caption in found {
            let Some(table) = document.get_node(caption).and_then(|node| node.parent) else { continue };
            if Part::of(document, table) != Part::Table || mark_of(document, caption).is_some() {
                continue;
            }
            let side = document.get_node(caption).and_then(|node| Some(node.primary_styles()?.clone_caption_side()));
            let bottom = side == Some(CaptionSide::Bottom);
            mark(document, caption, if bottom { "caption-below" } else { "caption-above" });
            mark(document, table, "captioned");
            rebuild(document, caption);
            let entry = Caption { table, caption, bottom, margin: None, given: 0.0, widened: false };
            self.captions.push(entry);
            changed = true;
        }
        changed
    }

    /// Takes back what was given to tables: another style sheet may say another margin. Returns whether anything was.
    pub(super) fn forget(&mut self, document: &mut BaseDocument) -> bool {
        let mut changed = false;
        for caption in self.captions.iter_mut().filter(|caption| caption.margin.is_some()) {
            let side = if caption.bottom { "margin-bottom" } else { "margin-top" };
            document.mutate().remove_style_property(caption.table, side);
            (caption.margin, caption.given) = (None, 0.0);
            changed = true;
        }
        changed
    }

    pub(super) fn fit(&mut self, document: &mut BaseDocument) -> bool {
        // Each of them, whatever the one before says.
        self.captions.iter_mut().map(|caption| caption.fit(document)).fold(false, std::ops::BitOr::bitor)
    }
}

impl Caption {
    fn fit(&mut self, document: &mut BaseDocument) -> bool {
        let (Some(table), Some(caption)) = (document.get_node(self.table), document.get_node(self.caption)) else {
            return false;
        };
        let (table, caption) = (*table.final_layout(), *caption.final_layout());
        let own = *self.margin.get_or_insert(if self.bottom { table.margin.bottom } else { table.margin.top });
        let above = if self.bottom { 0.0 } else { collapsing_margin_above(document, self.table) };
        let height = caption.size.height + caption.margin.top + caption.margin.bottom;
        let wanted = own.max(above) + height;
        let mut changed = false;
        if (wanted - self.given).abs() > 0.1 {
            self.given = wanted;
            let side = if self.bottom { "margin-bottom" } else { "margin-top" };
            let mut mutator = document.mutate();
            mutator.set_style_property(self.table, side, &format!("{wanted}px"));
            let border = if self.bottom { table.border.bottom } else { table.border.top };
            let edge = if self.bottom { "top" } else { "bottom" };
            mutator.set_style_property(self.caption, edge, &format!("calc(100% + {border}px)"));
            mutator.set_style_property(self.caption, "left", &format!("{}px", -table.border.left));
            mutator.set_style_property(self.caption, "right", &format!("{}px", -table.border.right));
            changed = true;
        }
        // A table is as wide as the longest word of its caption at least.
        let needed = caption.size.width.max(caption.scrollable_overflow_rect.right);
        if !self.widened && needed > table.size.width + 0.5 {
            self.widened = true;
            set(document, self.table, "min-width", &format!("{needed}px"));
            changed = true;
        }
        changed
    }
}

/// The margin that a table's own collapses with: that of the box before it, or, where there is none, of the boxes that it is
/// the first in.
fn collapsing_margin_above(document: &BaseDocument, table: NodeId) -> f32 {
    let mut node = table;
    let mut margin: f32 = 0.0;
    loop {
        let Some(parent) = document.get_node(node).and_then(|node| node.parent) else { return margin };
        let siblings = children(document, parent);
        let before =
            siblings.iter().take_while(|(sibling, _)| *sibling != node).filter(|(_, part)| *part != Part::Nothing);
        if let Some((sibling, _)) = before.last() {
            let element = document.get_node(*sibling).filter(|node| node.is_element());
            return margin.max(element.map_or(0.0, |node| node.final_layout().margin.bottom));
        }
        let Some(above) = document.get_node(parent) else { return margin };
        let Some(display) = above.primary_styles().map(|style| style.clone_display()) else { return margin };
        let layout = above.final_layout();
        let is_root = document.try_root_element().is_some_and(|root| root.id == parent);
        if display.inside() != DisplayInside::Flow || is_root || layout.padding.top + layout.border.top > 0.0 {
            return margin;
        }
        margin = margin.max(layout.margin.top);
        node = parent;
    }
}
