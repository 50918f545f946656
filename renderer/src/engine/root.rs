//! The width of the root element. The engine lays it out as wide as the window, whatever its `min-width` and `max-width` say, and
//! has no `auto` margins for it.
//!
//! So where those make a difference, the root gets the width and the margin that come of them.

use blitz_dom::{BaseDocument, NodeId};
use style::computed_values::box_sizing::T as BoxSizing;
use style::properties::ComputedValues;
use style::values::computed::{Length, Margin, MaxSize, Size};

/// What the root element was given.
#[derive(Default)]
pub(super) struct Root {
    given: Option<Given>,
}

struct Given {
    /// Whether the left and the right margin are `auto` by the page.
    auto: (bool, bool),
    /// The width and the left margin that it has now, in CSS pixels.
    width: f32,
    left: f32,
}

impl Root {
    /// To be called when sizes are known, with the width of the window in CSS pixels. Returns whether anything has to be laid out
    /// anew.
    pub(super) fn fit(&mut self, document: &mut BaseDocument, window: f32) -> bool {
        let Some(root) = document.try_root_element() else { return false };
        let (id, layout) = (root.id, *root.final_layout());
        let Some(style) = root.primary_styles().map(|style| style.clone()) else { return false };
        let is_auto = |margin: &Margin| matches!(margin, Margin::Auto);
        let auto = match &self.given {
            Some(given) => given.auto,
            None if !matches!(style.clone_width(), Size::Auto) => return false,
            None => (is_auto(&style.clone_margin_left()), is_auto(&style.clone_margin_right())),
        };
        let edges = layout.padding.left + layout.padding.right + layout.border.left + layout.border.right;
        let left = if auto.0 { 0.0 } else { length(&style.clone_margin_left(), window) };
        let right = if auto.1 { 0.0 } else { length(&style.clone_margin_right(), window) };
        let content = (window - left - right - edges).max(0.0);
        let width = limited(&style, content, edges, window);
        if self.given.is_none() && (width - content).abs() < 0.5 {
            return false;
        }
        let rest = (window - right - width - edges).max(0.0);
        let left = match auto {
            (true, true) => rest / 2.0,
            (true, false) => rest,
            (false, _) => left,
        };
        if let Some(given) = &self.given
            && (given.width - width).abs() < 0.5
            && (given.left - left).abs() < 0.5
        {
            return false;
        }
        self.given = Some(Given { auto, width, left });
        give(document, id, &style, width, edges, left);
        true
    }
}

fn give(document: &mut BaseDocument, root: NodeId, style: &ComputedValues, width: f32, edges: f32, left: f32) {
    let width = if style.clone_box_sizing() == BoxSizing::BorderBox { width + edges } else { width };
    let mut mutator = document.mutate();
    mutator.set_style_property(root, "width", &format!("{width}px"));
    mutator.set_style_property(root, "margin-left", &format!("{left}px"));
}

/// A width of the content within what the style says.
fn limited(style: &ComputedValues, content: f32, edges: f32, window: f32) -> f32 {
    let inner = |width: f32| match style.clone_box_sizing() {
        BoxSizing::BorderBox => (width - edges).max(0.0),
        BoxSizing::ContentBox => width,
    };
    let most = match style.clone_max_width() {
        MaxSize::LengthPercentage(width) => inner(width.0.resolve(Length::new(window)).px()),
        _ => f32::INFINITY,
    };
    let least = match style.clone_min_width() {
        Size::LengthPercentage(width) => inner(width.0.resolve(Length::new(window)).px()),
        _ => 0.0,
    };
    content.min(most).max(least)
}

fn length(margin: &Margin, window: f32) -> f32 {
    match margin {
        Margin::LengthPercentage(length) => length.resolve(Length::new(window)).px(),
        _ => 0.0,
    }
}
