//! How wide contents are by themselves: at least, and where no line breaks (CSS Sizing 3, "min-content" and "max-content"
//! contributions). The engine works this out within its layout and tells nobody.

use super::super::computed;
use blitz_dom::{BaseDocument, Node, NodeId, local_name};
use std::collections::HashMap;
use style::computed_values::float::T as Float;
use style::properties::ComputedValues;
use style::values::computed::{MaxSize, Size};
use style::values::specified::box_::{DisplayInside, DisplayOutside};

/// In CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Widths {
    pub(super) min: f32,
    pub(super) max: f32,
}

impl Widths {
    fn plus(self, more: f32) -> Self {
        Self { min: self.min + more, max: self.max + more }
    }
}

/// Measures within one state of the layout.
pub(super) struct Ruler<'a> {
    pub(super) document: &'a BaseDocument,
    /// Tables that were measured, without their margins.
    pub(super) tables: HashMap<NodeId, Widths>,
}

impl Ruler<'_> {
    /// What is between the edges of a box and its contents.
    pub(super) fn edges(style: &ComputedValues) -> f32 {
        let (border, padding) = (computed::border(style), computed::padding(style));
        (padding.x0 + padding.x1 + border.x0 + border.x1) as f32
    }

    /// The contents of a box.
    pub(super) fn contents(&self, node: &Node) -> Widths {
        if let Some(text) = node.element_data().and_then(|element| element.inline_layout_data.as_ref()) {
            let scale = self.document.viewport().scale();
            let widths = text.layout.calculate_content_widths();
            let (min, max) = (widths.min / scale, widths.max / scale);
            return Widths { min, max: max.max(min) };
        }
        let Some(style) = node.primary_styles() else { return Widths::default() };
        let is_row = style.clone_display().inside() == DisplayInside::Flex
            && matches!(
                style.clone_flex_direction(),
                style::computed_values::flex_direction::T::Row | style::computed_values::flex_direction::T::RowReverse
            );
        let children = node.layout_children.borrow();
        let children = children.as_deref().unwrap_or_default();
        let mut widths = Widths::default();
        // Floats lie beside each other where nothing breaks.
        let mut beside = 0.0;
        for child in children.iter().filter_map(|child| self.document.get_node(*child)) {
            let child_widths = self.contribution(child);
            let is_float = child.primary_styles().is_some_and(|style| style.clone_float() != Float::None);
            widths.min = widths.min.max(child_widths.min);
            if is_row || is_float {
                beside += child_widths.max;
            } else {
                widths.max = widths.max.max(child_widths.max);
            }
        }
        Widths { min: widths.min, max: widths.max.max(beside) }
    }

    /// A box with its margins.
    fn contribution(&self, node: &Node) -> Widths {
        let Some(style) = node.primary_styles() else { return Widths::default() };
        if style.clone_position().is_absolutely_positioned() {
            return Widths::default();
        }
        let margin = computed::margin(&style);
        let margins = (margin.x0 + margin.x1) as f32;
        if let Some(table) = self.tables.get(&node.id) {
            return table.plus(margins);
        }
        let display = style.clone_display();
        if is_replaced(node) || display.outside() == DisplayOutside::Inline {
            let width = node.final_layout().size.width;
            return Widths { min: width, max: width }.plus(margins);
        }
        let edges = Self::edges(&style);
        let inner = if is_border_box(&style) { edges } else { 0.0 };
        let length = |size: &Size| match size {
            Size::LengthPercentage(width) => width.0.to_length().map(|width| (width.px() - inner).max(0.0)),
            _ => None,
        };
        let mut widths = match length(&style.clone_width()) {
            Some(width) => Widths { min: width, max: width },
            None => self.contents(node),
        };
        if let MaxSize::LengthPercentage(most) = style.clone_max_width()
            && let Some(most) = most.0.to_length()
        {
            let most = (most.px() - inner).max(0.0);
            widths = Widths { min: widths.min.min(most), max: widths.max.min(most) };
        }
        if let Some(least) = length(&style.clone_min_width()) {
            widths = Widths { min: widths.min.max(least), max: widths.max.max(least) };
        }
        widths.plus(edges + margins)
    }
}

/// Whether widths of it mean the box with its padding and borders.
pub(super) fn is_border_box(style: &ComputedValues) -> bool {
    style.clone_box_sizing() == style::computed_values::box_sizing::T::BorderBox
}

fn is_replaced(node: &Node) -> bool {
    let names = [
        local_name!("img"),
        local_name!("svg"),
        local_name!("canvas"),
        local_name!("input"),
        local_name!("textarea"),
        local_name!("select"),
    ];
    node.element_data().is_some_and(|element| names.contains(&element.name.local))
}
