//! The table of docs/threat-model.md is whole and counts right: whose code runs in the broker's process.
//!
//! What counts is what the executable links on Linux on x86_64 but through the renderer: no build script, no procedural macro,
//! nothing that tests alone use. A crate in two versions counts twice. Each row counts what the rows before it have not.

use crate::documents::{code, read, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The executable, and what of it never runs in the broker's process.
const PROGRAM: &str = "bulkhead";
const RENDERER: &str = "bulkhead-renderer";
const CORE: &str = "bulkhead-broker";

/// What is linked, by package id.
struct Graph {
    names: BTreeMap<String, String>,
    own: BTreeSet<String>,
    needs: BTreeMap<String, Vec<String>>,
}

#[test]
fn the_table_of_others_crates_is_that_of_the_program() {
    let graph = Graph::read();
    let all = graph.others(&graph.named(PROGRAM));
    let core = graph.others(&graph.named(CORE));
    let mut counted = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for (name, roots, told) in table() {
        let is = match name.as_str() {
            "**all**" => all.len(),
            "**of these, the core**" => core.len(),
            _ => {
                let ids: Vec<_> = roots.iter().flat_map(|root| graph.named(root)).collect();
                let begins = roots.iter().find(|root| graph.named(root).is_empty());
                assert_eq!(begins, None, "{name}: no such crate");
                let new: BTreeSet<_> =
                    graph.others(&ids).intersection(&all).filter(|id| !counted.contains(*id)).cloned().collect();
                counted.extend(new.iter().cloned());
                new.len()
            }
        };
        rows += 1;
        if told != is.to_string() {
            wrong.push(format!("{name}: {told} told, {is} counted"));
        }
    }
    let left: BTreeSet<_> = all.difference(&counted).map(|id| &graph.names[id]).collect();
    assert!(rows > 2, "docs/threat-model.md has the table");
    assert!(left.is_empty(), "crates in no row: {left:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows: what for, the crates that it begins at, how many it tells of.
fn table() -> Vec<(String, Vec<String>, String)> {
    let text = read("docs/threat-model.md");
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("| what for |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        (cell().to_owned(), code(cell()).map(str::to_owned).collect(), cell().trim_matches('*').to_owned())
    })
    .collect()
}

impl Graph {
    fn read() -> Self {
        let metadata = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--locked", "--filter-platform=x86_64-unknown-linux-gnu"])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
        let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("cargo's metadata are JSON");
        let is_macro = |package: &Value| {
            let targets = list(&package["targets"]);
            targets.iter().flat_map(|target| list(&target["kind"])).any(|kind| kind == "proc-macro")
        };
        let packages = list(&metadata["packages"]);
        let macros: BTreeSet<_> =
            packages.iter().filter(|package| is_macro(package)).map(|package| text(&package["id"])).collect();
        let names = packages.iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let own = list(&metadata["workspace_members"]).iter().map(text).collect();
        let normal = |needed: &&Value| list(&needed["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let needs = list(&metadata["resolve"]["nodes"])
            .iter()
            .map(|node| {
                let needed = list(&node["deps"]).iter().filter(normal).map(|needed| text(&needed["pkg"]));
                (text(&node["id"]), needed.filter(|id| !macros.contains(id)).collect())
            })
            .collect();
        Self { names, own, needs }
    }

    /// The packages of this name, one for each version.
    fn named(&self, name: &str) -> Vec<String> {
        self.names.iter().filter(|(_, has)| *has == name).map(|(id, _)| id.clone()).collect()
    }

    /// What these need that is not the project's own, they themselves included, but through the renderer.
    fn others(&self, begin: &[String]) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut next = begin.to_vec();
        while let Some(id) = next.pop() {
            if self.names[&id] != RENDERER && seen.insert(id.clone()) {
                next.extend(self.needs.get(&id).into_iter().flatten().cloned());
            }
        }
        seen.retain(|id| !self.own.contains(id));
        seen
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
