//! Amends what the engine's style leaves undone, before its layout: a walk over what has changed since the last.

use super::computed;
use super::declarations;
use super::generated::{Found, Generated};
use super::inline::spacing::Spacers;
use super::paint::line_ends::{self, SOFT_HYPHEN};
use super::paint::marks::{Marks, Outline, Shadow, Text, Wish};
use super::sticky::{self, StickyBoxes};
use ::style::computed_values::visibility::T as Visibility;
use ::style::properties::ComputedValues;
use ::style::servo_arc::Arc;
use ::style::values::specified::box_::Display;
use blitz_dom::{BaseDocument, Node, NodeId, local_name};
use peniko::kurbo::{Insets, Vec2};
use std::collections::HashSet;

/// What is kept of a document from one layout to the next.
#[derive(Default)]
pub(super) struct Amendments {
    pub(super) spacers: Spacers,
    pub(super) marks: Marks,
    /// Inline elements with something to be seen of their boxes, in document order, each with its opacity.
    pub(super) boxes: Vec<(NodeId, f32)>,
    pub(super) sticky: StickyBoxes,
    generated: Generated,
    /// Elements whose pseudo-elements are made by the next layout.
    expecting: Vec<NodeId>,
}

/// What one walk has found.
#[derive(Default)]
struct Findings {
    /// Whether anything has changed.
    any: bool,
    /// All elements that were looked at and had boxes before.
    boxed: HashSet<NodeId>,
    /// Inline elements that take room in their lines, or did.
    inlines: Vec<NodeId>,
    /// No inline elements any more.
    others: Vec<NodeId>,
    wishes: Vec<(NodeId, Wish)>,
    boxes: Vec<(NodeId, f32)>,
    sticky: Vec<(NodeId, bool)>,
    /// Inline elements whose backgrounds are cut to their text.
    clipped_inlines: Vec<NodeId>,
    generated: Found,
}

/// What an element gets from those around it.
#[derive(Clone, Copy)]
struct Around {
    /// Everything is to be looked at, also what has not changed.
    all: bool,
    /// There is an inline element around it whose box is seen.
    boxed: bool,
    /// The product of the inline elements around it.
    opacity: f32,
    /// Its lines end with an ellipsis where they do not fit.
    ellipsis: bool,
    /// The nearest element whose background is seen through text only.
    clip: Option<NodeId>,
}

impl Around {
    const NOTHING: Self = Self { all: false, boxed: false, opacity: 1.0, ellipsis: false, clip: None };

    /// What is around that which is in a node.
    fn of(node: &Node) -> Self {
        let around = node.parent.map_or(Self::NOTHING, |parent| {
            let is_part = node.primary_styles().is_some_and(|style| computed::is_inline(node, &style));
            let around = Self::of(node.with(parent));
            if is_part { around } else { Self { clip: around.clip, ..Self::NOTHING } }
        });
        let Some(style) = node.primary_styles() else { return around };
        around.within(node, &style, computed::is_inline(node, &style), false)
    }

    /// What is around that which is in an element of some style.
    fn within(self, node: &Node, style: &ComputedValues, inline: bool, changed: bool) -> Self {
        let all = self.all || changed;
        let clip = if declarations::clips_background_to_text(style) { Some(node.id) } else { self.clip };
        if !inline {
            return Self { all, ellipsis: line_ends::has_ellipsis(style), clip, ..Self::NOTHING };
        }
        let opacity = self.opacity * style.get_effects().opacity;
        Self { all, boxed: self.boxed || has_box(style), opacity, ellipsis: self.ellipsis, clip }
    }
}

impl Amendments {
    /// Makes good what has changed, or everything. To be called when styles are there, and before the layout.
    pub(super) fn amend(&mut self, document: &mut BaseDocument, all: bool) {
        let mut found = Findings::default();
        let Some(root) = document.try_root_element() else { return };
        let around = Around { all, ..Around::NOTHING };
        Walk { amendments: self, found: &mut found }.visit(root, around);
        if !found.any {
            return;
        }
        for element in found.clipped_inlines {
            make_block(document, element);
        }
        for element in &found.inlines {
            self.spacers.fit(document, *element);
        }
        for element in &found.others {
            self.spacers.remove(document, *element);
        }
        for (node, sticky) in found.sticky {
            self.sticky.set(node, sticky);
        }
        self.expecting.extend(found.generated.elements());
        self.generated.amend(document, found.generated, &mut self.spacers);
        self.mark(found.wishes, found.boxes, &found.boxed);
    }

    /// To be called after each layout: pseudo-elements are there, and everything is in its own place.
    pub(super) fn laid_out(&mut self, document: &mut BaseDocument) {
        self.sticky.laid_out(document);
        let mut found = Findings::default();
        for element in std::mem::take(&mut self.expecting) {
            let Some(node) = document.get_node(element) else { continue };
            let around = Around::of(node);
            for pseudo in [node.before(), node.after()].into_iter().flatten() {
                Walk { amendments: self, found: &mut found }.visit(node.with(pseudo), Around { all: true, ..around });
            }
        }
        if found.any {
            self.mark(found.wishes, found.boxes, &found.boxed);
        }
    }

    fn mark(&mut self, wishes: Vec<(NodeId, Wish)>, boxes: Vec<(NodeId, f32)>, boxed: &HashSet<NodeId>) {
        for (node, wish) in wishes {
            self.marks.set(node, wish);
        }
        for (element, _) in &boxes {
            for spacer in self.spacers.beside(*element) {
                self.marks.set_boxes(spacer);
            }
        }
        self.boxes.retain(|(element, _)| !boxed.contains(element));
        self.boxes.extend(boxes);
    }
}

struct Walk<'a> {
    amendments: &'a Amendments,
    found: &'a mut Findings,
}

impl Walk<'_> {
    /// Looks at an element and all in it. Returns whether there is something in it that is visible.
    fn visit(&mut self, node: &Node, around: Around) -> bool {
        let Some(style) = node.primary_styles() else { return false };
        let style: &ComputedValues = &style;
        let visible = style.clone_visibility() == Visibility::Visible;
        let changed = node.damage().is_some_and(|damage| !damage.is_empty());
        if !around.all && !changed && !node.has_damaged_descendants() {
            return visible || self.amendments.marks.is_exposed(node.id);
        }
        let clips = inline_clip(node, style);
        self.found.clipped_inlines.extend(clips.then_some(node.id));
        let inline = !clips && computed::is_inline(node, style);
        let inner = around.within(node, style, inline, changed);
        if inline && visible && has_box(style) {
            self.found.boxes.push((node.id, inner.opacity));
        }
        let pseudos = [node.before(), node.after()].into_iter().flatten();
        let mut shows = false;
        // A drawing is painted by other means.
        let is_drawing = node.data.is_element_with_tag_name(&local_name!("svg"));
        for child in node.children.iter().copied().chain(pseudos).filter(|_| !is_drawing) {
            let child = node.with(child);
            if child.element_data().is_some() && self.amendments.spacers.owner(child.id).is_none() {
                shows |= self.visit(child, inner);
            }
        }
        self.note(node, style, inline, inner, shows);
        visible || shows
    }

    fn note(&mut self, node: &Node, style: &ComputedValues, inline: bool, inner: Around, shows: bool) {
        self.found.any = true;
        if !self.amendments.boxes.is_empty() {
            self.found.boxed.insert(node.id);
        }
        self.found.generated.look(node, style);
        let sticky = !inline && sticky::is_sticky(style);
        if sticky || self.amendments.sticky.has(node.id) {
            self.found.sticky.push((node.id, sticky));
        }
        let ends = inner.ellipsis || has_soft_hyphens(node);
        let hidden = style.clone_visibility() != Visibility::Visible;
        let shadows = shadows(style);
        let mut wish = Wish {
            text: None,
            boxes: inline && inner.boxed,
            exposed: hidden && shows && !inline,
            outline: None,
            clip: inner.clip == Some(node.id),
        };
        wish.outline = outline(style).filter(|_| !inline && !hidden);
        let fill = declarations::text_fill(style);
        let clip = inner.clip;
        let is_plain = shadows.is_empty() && inner.opacity >= 1.0 && !ends && fill.is_none() && clip.is_none();
        if hidden && (inline || shows) || !is_plain {
            let color = computed::drawn(&fill.unwrap_or_else(|| style.clone_color()));
            wish.text = Some(Text { color, shadows, opacity: inner.opacity, hidden, ends, clip });
        }
        if wish != Wish::default() || self.amendments.marks.has(node.id) {
            self.found.wishes.push((node.id, wish));
        }
        let spaced = self.amendments.spacers.has(node.id);
        if !inline {
            self.found.others.extend(spaced.then_some(node.id));
            return;
        }
        if spaced || Spacers::are_wanted(style) {
            self.found.inlines.push(node.id);
        }
    }
}

/// Whether it is an inline element whose background is cut to its text. Inline elements have backgrounds of one colour only, so it is made
/// an inline block, which it is as long as it fits into its line.
fn inline_clip(node: &Node, style: &ComputedValues) -> bool {
    declarations::clips_background_to_text(style) && computed::is_inline(node, style)
}

fn make_block(document: &mut BaseDocument, element: NodeId) {
    let Some(style) = computed::of(document, element) else { return };
    let mut style = ComputedValues::clone(&style);
    style.mutate_box().display = Display::InlineBlock;
    computed::replace(document, element, Arc::new(style));
    if let Some(node) = document.get_node_mut(element) {
        node.insert_damage(computed::REBUILD);
    }
}

fn has_soft_hyphens(node: &Node) -> bool {
    let mut texts = node.children.iter().filter_map(|child| node.with(*child).text_data());
    texts.any(|text| text.content.contains(SOFT_HYPHEN))
}

/// Whether something of an inline element's box is seen.
fn has_box(style: &ComputedValues) -> bool {
    let background = &style.get_background().background_color;
    computed::color(style, background).components[3] > 0.0
        || computed::border(style) != Insets::ZERO
        || !style.get_effects().box_shadow.0.is_empty()
        || !style.get_outline().outline_style.none_or_hidden()
}

fn outline(style: &ComputedValues) -> Option<Outline> {
    let outline = style.get_outline();
    let offset = outline.outline_offset.to_f64_px();
    if outline.outline_style.none_or_hidden() || offset == 0.0 {
        return None;
    }
    let radius =
        style.get_border().border_top_left_radius.0.width.0.to_length().map_or(0.0, |radius| f64::from(radius.px()));
    Some(Outline {
        width: outline.outline_width.0.to_f64_px(),
        offset,
        radius: if radius > 0.0 { (radius + offset).max(0.0) } else { 0.0 },
        color: computed::color(style, &outline.outline_color),
    })
}

fn shadows(style: &ComputedValues) -> Vec<Shadow> {
    let shadow = |shadow: &::style::values::computed::effects::SimpleShadow| Shadow {
        offset: Vec2::new(f64::from(shadow.horizontal.px()), f64::from(shadow.vertical.px())),
        blur: f64::from(shadow.blur.px()),
        color: computed::color(style, &shadow.color),
    };
    style.get_inherited_text().text_shadow.0.iter().map(shadow).collect()
}
