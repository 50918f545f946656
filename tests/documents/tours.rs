//! The tours of ARCHITECTURE.md and the marks in the code (`// TOUR frame 4`) lead the same way.
//!
//! A tour is a heading `## Tour 1: the life of a frame` and a numbered list. A step links the one file that it reads, and names the
//! function there; the mark of the step stands in that function.

use crate::documents::{code, links, read};
use crate::source::{self, words};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A reader keeps so many files in mind.
const FILES_MOST: usize = 12;

/// A step, in a document or in the code.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    file: PathBuf,
    function: String,
}

type Tours = BTreeMap<String, BTreeMap<usize, Step>>;

#[test]
fn the_tours_go_where_the_code_has_their_marks() {
    let (told, marked) = (told(), marked());
    assert_eq!(told.keys().collect::<Vec<_>>(), ["crash", "fetch", "frame"]);
    for (tour, steps) in &told {
        let marks = marked.get(tour).unwrap_or_else(|| panic!("no mark of the tour {tour} in the code"));
        for (number, step) in steps {
            assert_eq!(Some(step), marks.get(number), "tour {tour}, step {number}: told, and marked in the code");
        }
    }
    let known = |tour: &String, number: &usize| told.get(tour).is_some_and(|steps| steps.contains_key(number));
    for (tour, marks) in &marked {
        assert!(marks.keys().all(|number| known(tour, number)), "marks of {tour} that no step tells of: {marks:?}");
    }
}

#[test]
fn a_tour_reads_few_files_and_none_twice() {
    for (tour, steps) in told() {
        assert!(steps.keys().copied().eq(1..=steps.len()), "tour {tour}: steps {:?}", steps.keys());
        assert!(steps.len() <= FILES_MOST, "tour {tour} has {} files", steps.len());
        let mut files: Vec<_> = steps.values().map(|step| &step.file).collect();
        files.sort();
        assert!(files.windows(2).all(|pair| pair[0] != pair[1]), "tour {tour} reads a file twice: {files:?}");
    }
}

fn told() -> Tours {
    let mut tours = Tours::new();
    let mut tour = None;
    let mut items: Vec<(String, usize, String)> = Vec::new();
    for line in read("ARCHITECTURE.md").lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            tour = heading.starts_with("Tour ").then(|| words(heading).last().unwrap_or_default().to_owned());
        } else if let Some(tour) = &tour {
            match line.split_once(". ").and_then(|(number, text)| Some((number.parse().ok()?, text))) {
                Some((number, text)) => items.push((tour.clone(), number, text.to_owned())),
                None if line.starts_with("   ") => {
                    items.last_mut().expect("a list begins with an item").2.push_str(line)
                }
                None => {}
            }
        }
    }
    for (tour, number, text) in items {
        let files: Vec<_> = links(&text).collect();
        let [file] = files.as_slice() else { panic!("tour {tour}, step {number} reads not one file: {files:?}") };
        let function = code(&text).next().and_then(|name| name.rsplit("::").next()).unwrap_or_default().to_owned();
        let before = tours.entry(tour.clone()).or_default().insert(number, Step { file: file.into(), function });
        assert_eq!(before, None, "tour {tour} has step {number} twice");
    }
    tours
}

fn marked() -> Tours {
    let mut tours = Tours::new();
    for source in source::all() {
        let mut function = "";
        for line in source.text.lines() {
            if let Some(name) = line.split_once("fn ").and_then(|(_, rest)| words(rest).next())
                && !line.trim_start().starts_with("//")
            {
                function = name;
            }
            if let Some(mark) = line.trim_start().strip_prefix("// TOUR ") {
                let (tour, number) =
                    mark.split_once(' ').unwrap_or_else(|| panic!("a mark is a tour and a step: {mark}"));
                let number = number.parse().unwrap_or_else(|_| panic!("a step is a number: {mark}"));
                let step = Step { file: source.path.clone(), function: function.to_owned() };
                let before = tours.entry(tour.to_owned()).or_default().insert(number, step);
                assert_eq!(before, None, "two marks: {mark}");
            }
        }
    }
    tours
}
