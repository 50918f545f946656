//! `<input type=range>`: a click sets its value, arrow keys move it by steps. `additions.css` draws it as far as its custom property
//! says.

use blitz_dom::{BaseDocument, NodeId, QualName, local_name, ns};

/// The bounds and the value of a slider.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slider {
    low: f64,
    high: f64,
    /// `None` for any value.
    step: Option<f64>,
    value: f64,
}

impl Slider {
    fn of(document: &BaseDocument, node: NodeId) -> Option<Self> {
        let element = document.get_node(node)?.element_data()?;
        if element.name.local != local_name!("input") || element.attr(local_name!("type")) != Some("range") {
            return None;
        }
        let number = |text: Option<&str>| text?.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let low = number(element.attr(local_name!("min"))).unwrap_or(0.0);
        let high = number(element.attr(local_name!("max"))).unwrap_or(100.0).max(low);
        let step = match element.attr(local_name!("step")) {
            Some(any) if any.eq_ignore_ascii_case("any") => None,
            step => Some(number(step).filter(|step| *step > 0.0).unwrap_or(1.0)),
        };
        let value = number(element.attr(local_name!("value"))).unwrap_or(low);
        Some(Self { low, high, step, value })
    }

    /// The nearest value that it can have.
    fn with(self, value: f64) -> Self {
        let value = value.clamp(self.low, self.high);
        let value = match self.step {
            Some(step) => {
                let most = ((self.high - self.low) / step).floor();
                self.low + ((value - self.low) / step).round().min(most) * step
            }
            None => value,
        };
        Self { value, ..self }
    }

    fn show(self, document: &mut BaseDocument, node: NodeId) {
        let range = self.high - self.low;
        let fraction = if range > 0.0 { (self.value - self.low) / range } else { 0.0 };
        let mut mutator = document.mutate();
        mutator.set_attribute(node, QualName::new(None, ns!(), local_name!("value")), &self.value.to_string());
        mutator.set_style_property(node, "--bulkhead-fraction", &format!("{}%", fraction * 100.0));
    }
}

/// Sets a slider to where it is clicked, a part of its width from the left. Returns whether it is one.
pub(super) fn set(document: &mut BaseDocument, node: NodeId, part: f64) -> bool {
    let Some(slider) = Slider::of(document, node) else { return false };
    slider.with(slider.low + part.clamp(0.0, 1.0) * (slider.high - slider.low)).show(document, node);
    true
}

/// Moves a slider by a key. Returns whether it is one, and such a key.
pub(super) fn key(document: &mut BaseDocument, node: NodeId, key: &str) -> bool {
    let Some(slider) = Slider::of(document, node) else { return false };
    let range = slider.high - slider.low;
    let step = slider.step.unwrap_or(range / 100.0);
    let value = match key {
        "ArrowUp" | "ArrowRight" => slider.value + step,
        "ArrowDown" | "ArrowLeft" => slider.value - step,
        "PageUp" => slider.value + (range / 10.0).max(step),
        "PageDown" => slider.value - (range / 10.0).max(step),
        "Home" => slider.low,
        "End" => slider.high,
        _ => return false,
    };
    slider.with(value).show(document, node);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_whole_steps_within_bounds() {
        let slider = Slider { low: 1.0, high: 10.0, step: Some(4.0), value: 1.0 };
        assert_eq!(slider.with(6.0).value, 5.0);
        assert_eq!((slider.with(99.0).value, slider.with(-99.0).value), (9.0, 1.0));
        assert_eq!(Slider { step: None, ..slider }.with(3.25).value, 3.25);
    }
}
