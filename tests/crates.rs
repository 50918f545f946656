//! What the crates may weigh, and who may depend on whom: a small trusted core, and everything else its client.
//!
//! Lines of code are those that are neither blank nor comments, outside of what is compiled for tests alone. rustfmt fixes what a line is.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A part of the source and how many lines of code it may have.
struct Budget {
    what: &'static str,
    /// Files and directories.
    paths: &'static [&'static str],
    /// Parts of them that do not count.
    except: &'static [&'static str],
    lines: usize,
}

const BUDGETS: &[Budget] = &[
    // To become 6,000.
    Budget { what: "the core", paths: &["broker/src"], except: &[], lines: 6_650 },
    Budget { what: "what processes say to each other", paths: &["shared/src"], except: &[], lines: 2_200 },
    Budget { what: "the sandbox", paths: &["sandbox/src"], except: &[], lines: 3_000 },
    Budget {
        what: "the renderer without the adapter of its engine and fonts",
        paths: &["renderer/src"],
        except: &["renderer/src/engine", "renderer/src/fonts"],
        lines: 1_800,
    },
];

/// A crate and what must not be below it, by the beginnings of names.
const NOT_BELOW: &[(&str, &[&str])] = &[
    // No window, no template, no bus, no engine, no client.
    (
        "bulkhead-broker",
        &["egui", "winit", "softbuffer", "x11", "wayland", "smithay", "zbus", "maud", "blitz", "stylo", "parley"],
    ),
    (
        "bulkhead-broker",
        &["bulkhead-ui", "bulkhead-pages", "bulkhead-renderer", "bulkhead-siege", "bulkhead-lab", "bulkhead-fonts"],
    ),
    ("bulkhead-pages", &["egui", "winit", "blitz", "stylo", "bulkhead-ui", "bulkhead-renderer", "bulkhead-siege"]),
    ("bulkhead-ui", &["blitz", "stylo", "parley", "bulkhead-renderer", "bulkhead-siege"]),
    (
        "bulkhead-renderer",
        &["bulkhead-broker", "bulkhead-ui", "bulkhead-pages", "bulkhead-siege", "egui", "winit", "zbus"],
    ),
    // The attacker is a client of the core, and needs neither a window nor the engine.
    ("bulkhead-siege", &["bulkhead-renderer", "bulkhead-ui", "egui", "winit", "blitz", "stylo"]),
    ("bulkhead-shared", &["bulkhead-broker", "bulkhead-renderer", "bulkhead-ui", "bulkhead-pages", "bulkhead-siege"]),
    ("bulkhead-sandbox", &["bulkhead-"]),
    (
        "bulkhead-lab",
        &[
            "bulkhead-broker",
            "bulkhead-shared",
            "bulkhead-sandbox",
            "bulkhead-renderer",
            "bulkhead-ui",
            "blitz",
            "stylo",
        ],
    ),
    ("bulkhead-lab-report", &["bulkhead-broker", "bulkhead-lab", "iceoryx2"]),
    // The executable starts the lab; it does not link it.
    ("bulkhead", &["iceoryx2", "io-uring"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below, none of those that only tests compile.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_file() {
        return found.push(path.to_owned());
    }
    let entries: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_rust = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let for_tests: BTreeSet<_> =
        entries.iter().filter(is_rust).flat_map(|file| modules_for_tests(&fs::read_to_string(file).unwrap())).collect();
    let counts = |path: &&PathBuf| !for_tests.contains(&path.file_stem().unwrap().display().to_string());
    for path in entries.iter().filter(counts).filter(|path| path.is_dir() || is_rust(path)) {
        files(path, found);
    }
}

/// The names in `#[cfg(test)] mod NAME;`.
fn modules_for_tests(source: &str) -> Vec<String> {
    let names = source.lines().zip(source.lines().skip(1)).filter(|(line, _)| line.trim() == "#[cfg(test)]");
    let names = names.filter_map(|(_, line)| line.split_once("mod ")?.1.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// Lines of code. An item behind `#[cfg(test)]` ends, as rustfmt writes it, with a brace or a semicolon at its own indentation.
fn lines(source: &str) -> usize {
    let mut count = 0;
    let mut skipped: Option<String> = None;
    for line in source.lines() {
        let code = line.trim();
        let indentation = &line[..line.len() - line.trim_start().len()];
        if let Some(at) = &skipped {
            let ends =
                (code.starts_with('}') || code.ends_with(';') || code.ends_with('}')) && indentation == at.as_str();
            if ends {
                skipped = None;
            }
        } else if code == "#[cfg(test)]" {
            skipped = Some(indentation.to_owned());
        } else if !code.is_empty() && !code.starts_with("//") {
            count += 1;
        }
    }
    count
}

#[test]
fn what_is_for_tests_is_not_counted_and_what_follows_is() {
    let source = "//! Doc.\n\nuse a;\n#[cfg(test)]\nuse b;\n#[cfg(test)]\nmod tests {\n    fn x() {\n    }\n}\nfn y() {\n    // Why.\n    z();\n}\n";
    assert_eq!(lines(source), 4);
    assert_eq!(
        modules_for_tests("#[cfg(test)]\nmod tests;\nmod other;\n#[cfg(test)]\npub(crate) mod more;\n"),
        ["tests", "more"]
    );
}

#[test]
fn no_crate_outgrows_its_budget() {
    let mut over = Vec::new();
    for Budget { what, paths, except, lines: budget } in BUDGETS {
        let mut found = Vec::new();
        paths.iter().for_each(|path| files(&root().join(path), &mut found));
        let excepted = |file: &PathBuf| except.iter().any(|path| file.starts_with(root().join(path)));
        let counted: Vec<_> = found.iter().filter(|file| !excepted(file)).collect();
        assert!(!counted.is_empty(), "{what}: there is nothing at {paths:?}");
        let count: usize = counted.iter().map(|file| lines(&fs::read_to_string(file).unwrap())).sum();
        println!("{what}: {count} of {budget} lines of code in {} files", counted.len());
        if count > *budget {
            over.push(format!("{what} ({paths:?}) has {count} lines of code, and may have {budget}"));
        }
    }
    assert!(over.is_empty(), "{}", over.join("; "));
}

/// The names of all packages that a package links, by `cargo metadata`: dependencies of tests and of builds are left out.
struct Graph {
    names: BTreeMap<String, String>,
    below: BTreeMap<String, Vec<String>>,
}

impl Graph {
    fn read() -> Self {
        let arguments =
            ["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform=x86_64-unknown-linux-gnu"];
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let names =
            metadata["packages"].as_array().unwrap().iter().map(|it| (text(&it["id"]), text(&it["name"]))).collect();
        let is_linked =
            |dependency: &&Value| dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
        let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
        let below = nodes.iter().map(|node| {
            let linked = node["deps"].as_array().unwrap().iter().filter(is_linked);
            (text(&node["id"]), linked.map(|dependency| text(&dependency["pkg"])).collect())
        });
        Self { names, below: below.collect() }
    }

    fn below(&self, name: &str) -> BTreeSet<&str> {
        let start =
            self.names.iter().find(|(_, other)| *other == name).unwrap_or_else(|| panic!("there is no crate {name}"));
        let mut seen = BTreeSet::from([start.0]);
        let mut next = vec![start.0];
        while let Some(id) = next.pop() {
            next.extend(self.below[id].iter().filter(|id| seen.insert(id)));
        }
        seen.into_iter().map(|id| self.names[id].as_str()).filter(|other| *other != name).collect()
    }
}

#[test]
fn nothing_is_below_a_crate_that_must_not_be() {
    let graph = Graph::read();
    let mut wrong = Vec::new();
    for (name, forbidden) in NOT_BELOW {
        let below = graph.below(name);
        let is_forbidden = |other: &&&str| forbidden.iter().any(|start| other.starts_with(start));
        wrong.extend(below.iter().filter(is_forbidden).map(|other| format!("{other} is below {name}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
    let core = graph.below("bulkhead-broker");
    let others: Vec<_> = core.iter().filter(|name| !name.starts_with("bulkhead")).collect();
    println!("{} crates of others are below the core: {others:?}", others.len());
    assert!(graph.below("bulkhead-renderer").contains("stylo"), "the graph is empty: {:?}", graph.names.len());
}
