//! Computed styles, read and made: what the other modules ask of the style system.

use ::style::color::{AbsoluteColor, ColorSpace};
use ::style::logical_geometry::PhysicalSide;
use ::style::properties::{ComputedValues, style_structs};
use ::style::selector_parser::RestyleDamage;
use ::style::servo_arc::Arc;
use ::style::values::computed::{
    BorderSideWidth, BorderStyle, Color as StyleColor, Length, Margin, NonNegativeLengthPercentage,
};
use ::style::values::specified::box_::{DisplayInside, DisplayOutside};
use blitz_dom::{BaseDocument, Node, NodeId, local_name};
use peniko::Color;
use peniko::kurbo::Insets;

/// All that the engine does for a node whose boxes are to be made anew.
pub(super) const REBUILD: RestyleDamage = RestyleDamage::from_bits_retain(0b_1110_1111);

/// Whether the element has no box of its own: its text is part of the lines of the block around it.
pub(super) fn is_inline(node: &Node, style: &ComputedValues) -> bool {
    let display = style.clone_display();
    display.outside() == DisplayOutside::Inline && display.inside() == DisplayInside::Flow && !is_atomic(node)
}

/// Elements that are boxes in a line, whatever their `display` is, and those that are no boxes at all.
fn is_atomic(node: &Node) -> bool {
    node.element_data().is_none_or(|element| {
        let name = &element.name.local;
        [
            local_name!("br"),
            local_name!("img"),
            local_name!("svg"),
            local_name!("canvas"),
            local_name!("video"),
            local_name!("iframe"),
            local_name!("object"),
            local_name!("embed"),
            local_name!("input"),
            local_name!("textarea"),
            local_name!("button"),
        ]
        .contains(name)
    })
}

/// Margins in CSS pixels; percentages count as none, since the width that they are of is not known before the layout.
pub(super) fn margin(style: &ComputedValues) -> Insets {
    let side = |value: &Margin| match value {
        Margin::LengthPercentage(length) => f64::from(length.resolve(Length::new(0.0)).px()),
        _ => 0.0,
    };
    let margin = style.get_margin();
    Insets {
        x0: side(&margin.margin_left),
        y0: side(&margin.margin_top),
        x1: side(&margin.margin_right),
        y1: side(&margin.margin_bottom),
    }
}

/// Paddings in CSS pixels; percentages count as none.
pub(super) fn padding(style: &ComputedValues) -> Insets {
    let side = |value: &NonNegativeLengthPercentage| f64::from(value.0.resolve(Length::new(0.0)).px().max(0.0));
    let padding = style.get_padding();
    Insets {
        x0: side(&padding.padding_left),
        y0: side(&padding.padding_top),
        x1: side(&padding.padding_right),
        y1: side(&padding.padding_bottom),
    }
}

/// Widths of the borders in CSS pixels.
pub(super) fn border(style: &ComputedValues) -> Insets {
    let side =
        |width: &BorderSideWidth, style: BorderStyle| if style.none_or_hidden() { 0.0 } else { width.0.to_f64_px() };
    let border = style.get_border();
    Insets {
        x0: side(&border.border_left_width, border.border_left_style),
        y0: side(&border.border_top_width, border.border_top_style),
        x1: side(&border.border_right_width, border.border_right_style),
        y1: side(&border.border_bottom_width, border.border_bottom_style),
    }
}

/// Whether text runs from right to left in it.
pub(super) fn is_rtl(style: &ComputedValues) -> bool {
    style.writing_mode.inline_start_physical_side() == PhysicalSide::Right
}

/// A color of a style as it is drawn.
pub(super) fn color(style: &ComputedValues, color: &StyleColor) -> Color {
    drawn(&color.resolve_to_absolute(&style.clone_color()))
}

/// An absolute color as it is drawn.
pub(super) fn drawn(color: &AbsoluteColor) -> Color {
    Color::new(*color.to_color_space(ColorSpace::Srgb).raw_components())
}

/// The style that an anonymous inline box in an element of this style has, before anything is set.
pub(super) fn anonymous(parent: &ComputedValues) -> ComputedValues {
    let initial = ComputedValues::initial_values_with_font_override(style_structs::Font::initial_values());
    let mut style = ComputedValues::clone(&initial);
    *style.mutate_font() = parent.get_font().clone();
    *style.mutate_inherited_box() = parent.get_inherited_box().clone();
    *style.mutate_inherited_text() = parent.get_inherited_text().clone();
    *style.mutate_inherited_ui() = parent.get_inherited_ui().clone();
    style.writing_mode = parent.writing_mode;
    style
}

/// The style of a node.
pub(super) fn of(document: &BaseDocument, node: NodeId) -> Option<Arc<ComputedValues>> {
    document.get_node(node)?.primary_styles().map(|style| Arc::clone(&style))
}

/// Gives a node a style. Returns the one that it had.
pub(super) fn replace(
    document: &mut BaseDocument,
    node: NodeId,
    style: Arc<ComputedValues>,
) -> Option<Arc<ComputedValues>> {
    let mut data = document.get_node_mut(node)?.try_stylo_element_data_mut()?.ensure_init_mut();
    data.styles.primary.replace(style)
}
