//! Counts the lines of unsafe code in the tree, and checks that each block says why it is sound.

use proc_macro2::Span;
use std::fs;
use std::path::{Path, PathBuf};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// More lines than this inside unsafe blocks and functions fail; the number only goes down.
const UNSAFE_LINES_MAX: usize = 600;

/// Crates that may hold unsafe code.
const MAY: [&str; 3] = ["cage", "codemem", "platform"];

#[derive(Default)]
struct Finder {
    /// First and last line of each unsafe region, from 1.
    regions: Vec<(usize, usize)>,
    /// Lines where a comment saying `SAFETY:` is needed.
    explained: Vec<usize>,
}

impl Finder {
    fn region(&mut self, span: Span, needs_comment: bool) {
        self.regions.push((span.start().line, span.end().line));
        if needs_comment {
            self.explained.push(span.start().line);
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_expr_unsafe(&mut self, node: &'ast syn::ExprUnsafe) {
        self.region(node.span(), true);
        visit::visit_expr_unsafe(self, node);
    }
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        if node.sig.unsafety.is_some() {
            self.region(node.span(), false);
        }
        visit::visit_item_fn(self, node);
    }
    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        if node.sig.unsafety.is_some() {
            self.region(node.span(), false);
        }
        visit::visit_impl_item_fn(self, node);
    }
    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        if let Some(word) = node.unsafety {
            self.region(word.span, true);
        }
        visit::visit_item_impl(self, node);
    }
    fn visit_item_foreign_mod(&mut self, node: &'ast syn::ItemForeignMod) {
        self.region(node.span(), true);
        visit::visit_item_foreign_mod(self, node);
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != ".git" {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The comment stands in the lines above, before any other code, or on the line itself.
fn is_explained(lines: &[&str], line: usize) -> bool {
    let here = lines
        .get(line - 1)
        .is_some_and(|text| text.contains("SAFETY:"));
    let mut above = line - 1;
    // A statement may begin a few lines before its `unsafe`, as in `let x =\n unsafe { … }`.
    let mut skipped = 0;
    while above > 0 {
        let text = lines[above - 1].trim();
        if text.starts_with("//") {
            if text.contains("SAFETY:") {
                return true;
            }
        } else if !text.starts_with("#[") {
            skipped += 1;
            if skipped > 2 || text.ends_with(';') || text.ends_with('}') {
                break;
            }
        }
        above -= 1;
    }
    here
}

#[test]
fn unsafe_code_is_small_and_explained() {
    let root = xtask::root();
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "shims"] {
        sources(&root.join(folder), &mut files);
    }
    files.sort();
    let (mut total, mut problems) = (0, Vec::new());
    for path in files {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        if !text.contains("unsafe") {
            continue;
        }
        let shown = path
            .strip_prefix(&root)
            .unwrap_or(&path)
            .display()
            .to_string();
        let tree = syn::parse_file(&text).unwrap_or_else(|error| panic!("{shown}: {error}"));
        let mut finder = Finder::default();
        finder.visit_file(&tree);
        let lines: Vec<&str> = text.lines().collect();
        let mut inside = vec![false; lines.len() + 2];
        for (first, last) in &finder.regions {
            inside[*first..=*last].fill(true);
        }
        let count = inside.iter().filter(|line| **line).count();
        if count > 0 {
            println!("{shown}: {count}");
            if !MAY
                .iter()
                .any(|name| shown.starts_with(&format!("crates/{name}/")))
            {
                problems.push(format!("{shown}: unsafe code outside of {MAY:?}"));
            }
        }
        total += count;
        for line in finder.explained {
            if !is_explained(&lines, line) {
                problems.push(format!(
                    "{shown}:{line}: an unsafe block without a SAFETY comment"
                ));
            }
        }
    }
    println!("unsafe code: {total} lines (at most {UNSAFE_LINES_MAX})");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(
        total <= UNSAFE_LINES_MAX,
        "{total} lines of unsafe code; at most {UNSAFE_LINES_MAX}"
    );
}
