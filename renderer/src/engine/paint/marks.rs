//! Marks: styles that nodes have only while they are painted.
//!
//! The engine's painter takes colors from styles and passes them on to the scene. So a color that no page can ask for, with an
//! alpha above 1, tells the scene which node it is that is being painted, and the scene paints what the engine does not.

use super::super::computed;
use ::style::color::{AbsoluteColor, ColorComponents, ColorFlags, ColorSpace};
use ::style::computed_values::visibility::T as Visibility;
use ::style::properties::ComputedValues;
use ::style::servo_arc::Arc;
use ::style::values::computed::image::Gradient;
use ::style::values::computed::{BorderStyle, Color as StyleColor, Image, OutlineStyle, TextDecorationLine};
use ::style::values::generics::image::GradientItem;
use blitz_dom::{BaseDocument, NodeId};
use peniko::Color;
use peniko::kurbo::Vec2;
use std::collections::HashMap;

/// A shadow of text, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Shadow {
    pub(in super::super) offset: Vec2,
    pub(in super::super) blur: f64,
    pub(in super::super) color: Color,
}

/// How text is to be painted.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Text {
    pub(in super::super) color: Color,
    /// The first is the uppermost.
    pub(in super::super) shadows: Vec<Shadow>,
    pub(in super::super) opacity: f32,
    pub(in super::super) hidden: bool,
    /// The lines that it is in end with signs of their own: see `line_ends`.
    pub(in super::super) ends: bool,
    /// The element whose background is seen through it.
    pub(in super::super) clip: Option<NodeId>,
}

/// An outline that is not at the edge of its box, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Outline {
    pub(in super::super) width: f64,
    pub(in super::super) offset: f64,
    pub(in super::super) radius: f64,
    pub(in super::super) color: Color,
}

/// What is to be different while a node is painted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Wish {
    pub(in super::super) text: Option<Text>,
    /// The node's lines have boxes that the scene paints.
    pub(in super::super) boxes: bool,
    /// The node is hidden, but something in it is not.
    pub(in super::super) exposed: bool,
    pub(in super::super) outline: Option<Outline>,
    /// The node's background is seen through text only.
    pub(in super::super) clip: bool,
}

/// What a color says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    /// Text of the node in this place is painted.
    Text(usize),
    /// The background of the node in this place would be painted.
    Background(usize),
    /// The outline of the node in this place is painted.
    Outline(usize),
    /// A background of the node in this place is painted, which is seen through text only, in one of its colors. A number between two
    /// is a color between those.
    Clip(usize, f32),
}

/// The nodes with marks, each in a place of its own.
#[derive(Default)]
pub(in super::super) struct Marks {
    places: HashMap<NodeId, usize>,
    nodes: Vec<Marked>,
    /// Anonymous blocks around the text of nodes with marks.
    wrappers: HashMap<NodeId, Swap>,
}

struct Marked {
    node: NodeId,
    wish: Wish,
    swap: Option<Swap>,
}

/// A style for painting, and what it was made from.
struct Swap {
    from: Arc<ComputedValues>,
    to: Arc<ComputedValues>,
    /// The colors of a background that is seen through text only.
    colors: Vec<Color>,
}

impl Marks {
    /// Whether something has been said of a node.
    pub(in super::super) fn has(&self, node: NodeId) -> bool {
        !self.places.is_empty() && self.places.contains_key(&node)
    }

    /// Says how a node is to be painted.
    pub(in super::super) fn set(&mut self, node: NodeId, wish: Wish) {
        match self.places.get(&node) {
            None if wish == Wish::default() => {}
            None => {
                self.places.insert(node, self.nodes.len());
                self.nodes.push(Marked { node, wish, swap: None });
            }
            Some(&place) if self.nodes[place].wish != wish => {
                self.nodes[place].wish = wish;
                self.nodes[place].swap = None;
            }
            Some(_) => {}
        }
    }

    /// Says that boxes are painted when a node's background would be.
    pub(in super::super) fn set_boxes(&mut self, node: NodeId) {
        let wish = self.places.get(&node).map(|place| self.nodes[*place].wish.clone()).unwrap_or_default();
        self.set(node, Wish { boxes: true, ..wish });
    }

    /// Whether a node is painted for what is in it.
    pub(in super::super) fn is_exposed(&self, node: NodeId) -> bool {
        self.has(node) && self.nodes[self.places[&node]].wish.exposed
    }

    /// The nodes whose lines have boxes, with their places.
    pub(super) fn with_boxes(&self) -> impl Iterator<Item = (usize, NodeId)> {
        self.nodes
            .iter()
            .enumerate()
            .filter(|(_, marked)| marked.wish.boxes)
            .map(|(place, marked)| (place, marked.node))
    }

    /// Nodes with text in lines that end with signs of their own, with their places.
    pub(super) fn with_ends(&self) -> impl Iterator<Item = (usize, NodeId)> {
        let has_ends = |marked: &Marked| marked.wish.text.as_ref().is_some_and(|text| text.ends);
        self.nodes
            .iter()
            .enumerate()
            .filter(move |(_, marked)| has_ends(marked))
            .map(|(place, marked)| (place, marked.node))
    }

    pub(super) fn text(&self, place: usize) -> Option<&Text> {
        self.nodes.get(place)?.wish.text.as_ref()
    }

    /// The node in a place, and a color of its background.
    pub(super) fn background(&self, place: usize, number: f32) -> Option<(NodeId, Color)> {
        let marked = self.nodes.get(place)?;
        let colors = &marked.swap.as_ref()?.colors;
        let first = *colors.get(number as usize)?;
        let second = colors.get(number as usize + 1).copied().unwrap_or(first);
        Some((marked.node, first.lerp_rect(second, number.fract())))
    }

    pub(super) fn outline(&self, place: usize) -> Option<&Outline> {
        self.nodes.get(place)?.wish.outline.as_ref()
    }

    /// Gives the nodes the styles to be painted with. Returns what [`Marks::take_off`] gives back.
    pub(super) fn put_on(&mut self, document: &mut BaseDocument) -> Vec<(NodeId, Arc<ComputedValues>)> {
        let mut before = Vec::new();
        // Blocks that are not there any more are forgotten.
        let mut known = std::mem::take(&mut self.wrappers);
        for (place, marked) in self.nodes.iter_mut().enumerate() {
            if marked.wish == Wish::default() {
                continue;
            }
            let Some(style) = computed::of(document, marked.node) else { continue };
            let to = Swap::update(&mut marked.swap, &style, &marked.wish, place);
            computed::replace(document, marked.node, to);
            before.push((marked.node, style));
            if marked.wish.text.is_none() && !marked.wish.exposed {
                continue;
            }
            let Some(blocks) = document.get_node(marked.node).map(|node| node.anonymous_blocks.clone()) else {
                continue;
            };
            for block in blocks {
                let Some(style) = computed::of(document, block) else { continue };
                let mut swap = known.remove(&block);
                let to = Swap::update(
                    &mut swap,
                    &style,
                    &Wish { boxes: false, outline: None, clip: false, ..marked.wish.clone() },
                    place,
                );
                self.wrappers.extend(swap.map(|swap| (block, swap)));
                computed::replace(document, block, to);
                before.push((block, style));
            }
        }
        before
    }

    /// Gives the nodes their own styles back.
    pub(super) fn take_off(document: &mut BaseDocument, before: Vec<(NodeId, Arc<ComputedValues>)>) {
        for (node, style) in before {
            computed::replace(document, node, style);
        }
    }
}

impl Swap {
    fn update(swap: &mut Option<Self>, from: &Arc<ComputedValues>, wish: &Wish, place: usize) -> Arc<ComputedValues> {
        match swap {
            Some(swap) if Arc::ptr_eq(&swap.from, from) => Arc::clone(&swap.to),
            _ => {
                let mut colors = Vec::new();
                let to = Arc::new(marked(from, wish, place, &mut colors));
                *swap = Some(Self { from: Arc::clone(from), to: Arc::clone(&to), colors });
                to
            }
        }
    }
}

fn marked(style: &ComputedValues, wish: &Wish, place: usize, colors: &mut Vec<Color>) -> ComputedValues {
    let mut style = style.clone();
    if wish.clip {
        mark_background(&mut style, place, colors);
    }
    if let Some(text) = &wish.text {
        style.mutate_inherited_text().color = Mark::Text(place).color();
        if text.hidden {
            style.mutate_text().text_decoration_line = TextDecorationLine::NONE;
        }
    }
    if wish.boxes {
        style.mutate_background().background_color = StyleColor::Absolute(Mark::Background(place).color());
    }
    if wish.outline.is_some() {
        style.mutate_outline().outline_color = StyleColor::Absolute(Mark::Outline(place).color());
    }
    if wish.exposed {
        expose(&mut style);
    }
    style
}

/// Replaces the colors of a background by marks.
fn mark_background(style: &mut ComputedValues, place: usize, colors: &mut Vec<Color>) {
    let text = style.clone_color();
    let mut mark = |color: &mut StyleColor| {
        let absolute = color.resolve_to_absolute(&text);
        *color = StyleColor::Absolute(Mark::Clip(place, colors.len() as f32).color());
        colors.push(computed::drawn(&absolute));
    };
    let background = style.mutate_background();
    if background.background_color != StyleColor::TRANSPARENT_BLACK {
        mark(&mut background.background_color);
    }
    for image in background.background_image.0.iter_mut() {
        let Image::Gradient(gradient) = image else { continue };
        match &mut **gradient {
            Gradient::Linear { items, .. } => each_color(items, &mut mark),
            Gradient::Radial { items, .. } => each_color(items, &mut mark),
            Gradient::Conic { items, .. } => each_color(items, &mut mark),
        }
    }
}

fn each_color<T>(items: &mut [GradientItem<StyleColor, T>], mark: &mut impl FnMut(&mut StyleColor)) {
    for item in items {
        match item {
            GradientItem::SimpleColorStop(color) | GradientItem::ComplexColorStop { color, .. } => mark(color),
            GradientItem::InterpolationHint(_) => {}
        }
    }
}

/// Makes a hidden box one that is painted, but has nothing to be seen.
fn expose(style: &mut ComputedValues) {
    style.mutate_inherited_box().visibility = Visibility::Visible;
    let initial = ComputedValues::initial_values_with_font_override(style.get_font().clone());
    *style.mutate_background() = initial.get_background().clone();
    style.mutate_effects().box_shadow = initial.get_effects().box_shadow.clone();
    style.mutate_outline().outline_style = OutlineStyle::none();
    let border = style.mutate_border();
    border.border_top_style = BorderStyle::None;
    border.border_right_style = BorderStyle::None;
    border.border_bottom_style = BorderStyle::None;
    border.border_left_style = BorderStyle::None;
}

const TEXT: f32 = 2.0;
const BACKGROUND: f32 = 3.0;
const OUTLINE: f32 = 4.0;
const CLIP: f32 = 5.0;
/// A place has two digits, since an `f32` is exact to 24 bits only.
const DIGIT: usize = 1 << 20;

impl Mark {
    fn color(self) -> AbsoluteColor {
        let (place, alpha, number) = match self {
            Self::Text(place) => (place, TEXT, 0.0),
            Self::Background(place) => (place, BACKGROUND, 0.0),
            Self::Outline(place) => (place, OUTLINE, 0.0),
            Self::Clip(place, number) => (place, CLIP, number),
        };
        AbsoluteColor {
            components: ColorComponents((place % DIGIT) as f32, (place / DIGIT) as f32, number),
            alpha,
            color_space: ColorSpace::Srgb,
            flags: ColorFlags::empty(),
        }
    }

    /// What a color says, if it is a mark.
    pub(super) fn of(color: &Color) -> Option<Self> {
        let [low, high, number, alpha] = color.components;
        if alpha <= 1.5 {
            return None;
        }
        let place = low as usize + high as usize * DIGIT;
        Some(if alpha < (TEXT + BACKGROUND) / 2.0 {
            Self::Text(place)
        } else if alpha < (BACKGROUND + OUTLINE) / 2.0 {
            Self::Background(place)
        } else if alpha < (OUTLINE + CLIP) / 2.0 {
            Self::Outline(place)
        } else {
            Self::Clip(place, number)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_from_the_color_that_was_made_of_it() {
        for place in [0, 1, DIGIT - 1, DIGIT, 3 * DIGIT + 7] {
            for mark in [Mark::Text(place), Mark::Background(place), Mark::Outline(place), Mark::Clip(place, 3.0)] {
                assert_eq!(Mark::of(&computed::drawn(&mark.color())), Some(mark));
            }
        }
    }

    #[test]
    fn no_color_of_a_page_is_a_mark() {
        assert_eq!(Mark::of(&Color::new([9.0, -1.0, 4.0, 1.0])), None);
        assert_eq!(Mark::of(&Color::TRANSPARENT), None);
    }
}
