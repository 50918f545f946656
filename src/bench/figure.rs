//! A figure: many samples, said in a median and a 95th percentile.

use serde_json::{Value, json};
use std::fmt;

/// What was measured.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    name: String,
    unit: &'static str,
    samples: Vec<f64>,
    limit: Option<(String, f64)>,
}

impl Figure {
    pub(super) fn new(name: impl Into<String>, unit: &'static str, mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        Self { name: name.into(), unit, samples, limit: None }
    }

    /// Says what the machine allows at best, as measured in the same run.
    pub(super) fn beside(mut self, limit: &Self) -> Self {
        self.limit = Some((limit.name.clone(), limit.median()));
        self
    }

    pub(super) fn median(&self) -> f64 {
        self.percentile(50)
    }

    /// By the nearest rank; 0 without samples.
    fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.samples.len() * percent).div_ceil(100).saturating_sub(1);
        self.samples.get(rank).copied().unwrap_or_default()
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "unit": self.unit,
            "n": self.samples.len(),
            "median": rounded(self.median()),
            "p95": rounded(self.percentile(95)),
            "limit": self.limit.as_ref().map(|(name, median)| json!({ "name": name, "median": rounded(*median) })),
        })
    }
}

/// To a thousandth: more digits are noise.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, samples, limit } = self;
        let (median, p95, n) = (self.median(), self.percentile(95), samples.len());
        write!(f, "{name:<34} {median:>10.3} {unit:<4} p95 {p95:>10.3}  n {n:>4}")?;
        if let Some((name, limit)) = limit {
            write!(f, "  {:.1} x {name} ({limit:.3})", median / limit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_p95_are_by_nearest_rank() {
        let figure = Figure::new("x", "ms", (1..=20).rev().map(f64::from).collect());
        assert_eq!((figure.median(), figure.percentile(95)), (10.0, 19.0));
        assert_eq!(Figure::new("none", "ms", Vec::new()).median(), 0.0);
    }

    #[test]
    fn json_names_the_limit_or_null() {
        let floor = Figure::new("floor", "ms", vec![2.0]);
        let figure = Figure::new("x", "ms", vec![4.0]).beside(&floor);
        assert_eq!(figure.to_json()["limit"], json!({ "name": "floor", "median": 2.0 }));
        assert_eq!(floor.to_json()["limit"], Value::Null);
    }
}
