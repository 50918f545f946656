//! Medians, percentiles, noise.

/// The value that a share of the values is not above; 0 where there are none. `sorted` is in rising order.
#[must_use]
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((share * last as f64).round() as usize).copied().unwrap_or(0.0)
}

/// The middle value; 0 where there are none.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    percentile(&values, 0.5)
}

/// How far apart repeated measurements are: half the distance of their quartiles, in percent of their median.
#[must_use]
pub fn noise_percent(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = percentile(&values, 0.5);
    if middle > 0.0 { 50.0 * (percentile(&values, 0.75) - percentile(&values, 0.25)) / middle } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=1001).map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), 501.0);
        assert_eq!(percentile(&values, 0.999), 1000.0);
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([]), 0.0);
    }

    #[test]
    fn equal_measurements_have_no_noise() {
        assert_eq!(noise_percent(&[5.0; 7]), 0.0);
        assert_eq!(noise_percent(&[90.0, 100.0, 100.0, 110.0, 100.0]), 0.0);
        assert_eq!(noise_percent(&[80.0, 90.0, 100.0, 110.0, 120.0]), 10.0);
    }
}
