//! The quiz's sums are right, the benchmark's figures are there, and both can be written.

mod common;

use bulkhead_lab::bench::Report;
use bulkhead_lab::link::ALL;
use bulkhead_lab::quiz::{ANSWERS, Quiz};
use common::{assert_mentions, succeed};

#[test]
fn every_answer_to_the_quiz_sums_right_and_zero_copies_take_half_the_memory() {
    let directory = tempfile::tempdir().unwrap();
    let out = succeed(&["quiz", "--rounds", "1", "--json", "--out", directory.path().to_str().unwrap()]);
    let quiz: Quiz = serde_json::from_str(&out).unwrap();
    let memory = |name: &str| quiz.rows.iter().find(|row| row.name == name).map(|row| row.memory.iter().sum::<f64>());
    for answer in ANSWERS {
        let memory = memory(answer.name).unwrap_or(f64::NAN);
        let expected = if answer.copies == 0 { 100e6 } else { 200e6 };
        assert!((memory - expected).abs() < 20e6 || memory.is_nan(), "{}: {memory}", answer.name);
    }
    assert!(memory("memfd").is_some() && memory("pipe").is_some());
    let svg = std::fs::read_to_string(directory.path().join("quiz.svg")).unwrap();
    assert_mentions(&svg, &["<svg", "memfd", "0 copies"]);
}

#[test]
fn a_quick_benchmark_has_a_figure_for_every_link_and_limit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let report: Report =
        serde_json::from_str(&succeed(&["bench", "--quick", "--no-save", "--json", "--out", path])).unwrap();
    // A cell that went wrong carries its placement in its name: that is no excuse.
    let skipped = |name: &str| report.skipped.iter().any(|skipped| skipped.name == name);
    for name in ALL.iter().map(|mechanism| mechanism.name).chain(["crossbeam-channel"]) {
        let mut latency = report.latency.iter().filter(|row| row.name == name);
        assert!(latency.next().is_some() || skipped(name), "no round trip of {name}");
        assert!(latency.all(|row| row.p50_ns > 0.0 && row.p99_ns <= row.p999_ns), "{name}");
        assert!(report.throughput.iter().any(|row| row.name == name && row.bytes_per_second > 0.0) || skipped(name));
    }
    for limit in ["memcpy, 100 MB", "context switch, one core", "futex wake there and back, one core"] {
        assert!(report.limits.iter().any(|row| row.name == limit && row.median > 0.0), "{limit}");
    }
    let csv = std::fs::read_to_string(directory.path().join("bench.csv")).unwrap();
    let columns = csv.lines().next().unwrap().split(',').count();
    assert_eq!(columns, 9);
    assert_eq!(csv.lines().count(), 1 + report.latency.len() + report.throughput.len() + report.limits.len());
    let svg = std::fs::read_to_string(directory.path().join("latency-one-core.svg")).unwrap();
    assert_mentions(&svg, &["<svg", "ring", "iceoryx2", "microseconds"]);
}

#[test]
fn one_link_as_tables() {
    let out = succeed(&["bench", "--quick", "--no-save", "--only", "pipe"]);
    assert_mentions(&out, &["what the machine can do", "round trip, one core", "throughput, one core", "pipe"]);
}
