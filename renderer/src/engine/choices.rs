//! `<select>`: keys and clicks choose options. The engine draws its options as it draws any element, and knows nothing more of
//! it.
//!
//! What is chosen has the attribute `selected`. A `<select>` of one line shows it before all others, which are out of sight
//! (`additions.css`); no list is opened: a click chooses the option that follows. A list box shows what is chosen by its colours.

use super::forms::controls::{ancestors, is_disabled, is_element};
use super::page::Page;
use blitz_dom::traversal::TreeTraverser;
use blitz_dom::{BaseDocument, LocalName, Node, NodeId, QualName, local_name, ns};
use bulkhead_shared::input::Modifiers;

/// What marks an option that the document itself declares selected, for a form that is taken back.
const DEFAULT: &str = "bulkhead-default";

/// To where a key moves the choice.
enum Step {
    To(usize),
    By(isize),
}

/// How a `<select>` looks and how many options it lets be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One line; one option is always chosen.
    Line,
    /// A list; at most one option is chosen.
    List,
    /// A list; any number is chosen.
    Multiple,
}

impl Kind {
    fn of(document: &BaseDocument, select: NodeId) -> Option<Self> {
        let element = document.get_node(select)?.element_data()?;
        if element.name.local != local_name!("select") {
            return None;
        }
        let size: Option<u32> = element.attr(local_name!("size")).and_then(|size| size.trim().parse().ok());
        Some(match size {
            _ if element.has_attr(local_name!("multiple")) => Self::Multiple,
            Some(2..) => Self::List,
            _ => Self::Line,
        })
    }
}

/// Notes what the document declares, and gives every `<select>` its choice.
pub(super) fn settle(document: &mut BaseDocument) {
    let selects: Vec<NodeId> = document
        .tree()
        .iter()
        .map(|(id, _)| id)
        .filter(|id| document.get_node(*id).is_some_and(|node| node.flags.is_in_document()))
        .filter(|id| Kind::of(document, *id).is_some())
        .collect();
    for select in selects {
        for option in options(document, select) {
            if is_selected(document, option) {
                document.mutate().set_attribute(option, attribute(LocalName::from(DEFAULT)), "");
            }
        }
        restore(document, select);
    }
}

/// Chooses what the document declares: in a `<select>` that lets one option be chosen the last, and in one of one line, where none
/// is declared, the first.
pub(super) fn restore(document: &mut BaseDocument, select: NodeId) {
    let Some(kind) = Kind::of(document, select) else { return };
    let options = options(document, select);
    let mut chosen: Vec<NodeId> =
        options.iter().copied().filter(|option| has(document, *option, LocalName::from(DEFAULT))).collect();
    if kind != Kind::Multiple {
        chosen = chosen.pop().into_iter().collect();
    }
    if kind == Kind::Line && chosen.is_empty() {
        chosen.extend(options.iter().copied().find(|option| can_be_chosen(document, *option)));
    }
    choose(document, &options, &chosen);
}

/// What an option sends.
pub(super) fn option_value(option: &Node) -> String {
    let text = || option.text_content().split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    option.attr(local_name!("value")).map_or_else(text, str::to_owned)
}

impl Page {
    /// Lets a key choose in the `<select>` that has the focus. Returns whether it was such a key.
    pub(super) fn choose_by_key(&mut self, select: NodeId, key: &str) -> bool {
        if Kind::of(&self.document, select).is_none() || is_disabled(&self.document, select) {
            return false;
        }
        let step = match key {
            "ArrowDown" | "ArrowRight" => Step::By(1),
            "ArrowUp" | "ArrowLeft" => Step::By(-1),
            "Home" | "PageUp" => Step::To(0),
            "End" | "PageDown" => Step::To(usize::MAX),
            _ => return false,
        };
        let all = options(&self.document, select);
        let open: Vec<NodeId> = all.iter().copied().filter(|option| can_be_chosen(&self.document, *option)).collect();
        let Some(last) = open.len().checked_sub(1) else { return true };
        let now = open.iter().rposition(|option| is_selected(&self.document, *option));
        let next = match (step, now) {
            (Step::To(at), _) => at.min(last),
            (Step::By(by), Some(now)) => now.saturating_add_signed(by).min(last),
            (Step::By(_), None) => 0,
        };
        self.choose(&all, &[open[next]]);
        true
    }

    /// Lets a click choose: in a list what it hits, with Ctrl besides what is chosen already; in one line the option that follows,
    /// and after the last the first.
    pub(super) fn choose_by_click(&mut self, pressed_on: NodeId, released_on: NodeId, keys: Modifiers) {
        let Some((select, kind)) = nearest(&self.document, released_on) else { return };
        if nearest(&self.document, pressed_on) != Some((select, kind)) || is_disabled(&self.document, select) {
            return;
        }
        self.document.set_focus_to(select);
        let all = options(&self.document, select);
        let open: Vec<NodeId> = all.iter().copied().filter(|option| can_be_chosen(&self.document, *option)).collect();
        if kind == Kind::Line {
            let now = open.iter().rposition(|option| is_selected(&self.document, *option));
            let next = now.map_or(0, |now| now + 1);
            if let Some(option) = open.get(next).or(open.first()) {
                self.choose(&all, &[*option]);
            }
            return;
        }
        let hit =
            std::iter::once(released_on).chain(ancestors(&self.document, released_on)).find(|id| open.contains(id));
        let Some(hit) = hit else { return };
        let mut chosen: Vec<NodeId> = match keys.ctrl && kind == Kind::Multiple {
            true => all.iter().copied().filter(|option| is_selected(&self.document, *option)).collect(),
            false => Vec::new(),
        };
        match chosen.iter().position(|option| *option == hit) {
            Some(at) => drop(chosen.remove(at)),
            None => chosen.push(hit),
        }
        self.choose(&all, &chosen);
    }

    fn choose(&mut self, options: &[NodeId], chosen: &[NodeId]) {
        choose(&mut self.document, options, chosen);
        self.redraw = true;
    }
}

/// The `<select>` that a node belongs to.
fn nearest(document: &BaseDocument, node: NodeId) -> Option<(NodeId, Kind)> {
    std::iter::once(node).chain(ancestors(document, node)).find_map(|id| Some((id, Kind::of(document, id)?)))
}

/// The options of a `<select>`, in their order.
fn options(document: &BaseDocument, select: NodeId) -> Vec<NodeId> {
    TreeTraverser::new_with_root(document, select).filter(|node| is_element(document, *node, "option")).collect()
}

fn can_be_chosen(document: &BaseDocument, option: NodeId) -> bool {
    let group =
        document.get_node(option).and_then(|node| node.parent).filter(|id| is_element(document, *id, "optgroup"));
    ![Some(option), group].into_iter().flatten().any(|id| has(document, id, local_name!("disabled")))
}

fn is_selected(document: &BaseDocument, option: NodeId) -> bool {
    has(document, option, local_name!("selected"))
}

fn has(document: &BaseDocument, node: NodeId, attribute: LocalName) -> bool {
    document.get_node(node).is_some_and(|node| node.attr(attribute).is_some())
}

fn attribute(name: LocalName) -> QualName {
    QualName::new(None, ns!(), name)
}

fn choose(document: &mut BaseDocument, options: &[NodeId], chosen: &[NodeId]) {
    for option in options {
        let (is, shall) = (is_selected(document, *option), chosen.contains(option));
        let selected = attribute(local_name!("selected"));
        match (is, shall) {
            (false, true) => document.mutate().set_attribute(*option, selected, ""),
            (true, false) => document.mutate().clear_attribute(*option, selected),
            _ => {}
        }
    }
}
