//! Repairs: the edits of findings as one patch, for `patch -p1` or `git apply`.

use crate::finding::{Edit, Finding};
use crate::sources::Sources;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// The patch of all findings that have edits, and how many of them are in it. Where two edits touch the same lines, the first one wins.
pub fn patch(findings: &[Finding], sources: &Sources) -> (String, usize) {
    let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    let mut count = 0;
    for finding in findings {
        // All edits of a finding or none.
        let clash = finding.fixes.iter().any(|edit| {
            by_file
                .get(edit.file.as_str())
                .is_some_and(|others| others.iter().any(|other| overlap(edit, other)))
        });
        if finding.fixes.is_empty() || clash {
            continue;
        }
        count += 1;
        for edit in &finding.fixes {
            by_file.entry(&edit.file).or_default().push(edit);
        }
    }
    let mut patch = String::new();
    for (file, mut edits) in by_file {
        edits.sort_by_key(|edit| (edit.line, edit.remove));
        if let Some(source) = sources.file(file) {
            file_patch(&mut patch, file, &source.text, &edits);
        }
    }
    (patch, count)
}

fn overlap(a: &Edit, b: &Edit) -> bool {
    let (first, second) = if a.line <= b.line { (a, b) } else { (b, a) };
    first.line == second.line || first.line + first.remove > second.line
}

fn file_patch(patch: &mut String, file: &str, text: &str, edits: &[&Edit]) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let _ = write!(patch, "--- a/{file}\n+++ b/{file}\n");
    let mut shift = 0isize;
    let mut at = 0;
    while at < edits.len() {
        // Edits whose surroundings touch are one hunk.
        let mut last = at;
        while last + 1 < edits.len() {
            let end = (edits[last].line + edits[last].remove) as usize;
            if edits[last + 1].line as usize > end + 2 * CONTEXT {
                break;
            }
            last += 1;
        }
        hunk(patch, &lines, &edits[at..=last], &mut shift);
        at = last + 1;
    }
}

fn hunk(patch: &mut String, lines: &[&str], edits: &[&Edit], shift: &mut isize) {
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else {
        return;
    };
    let start = (first.line as usize)
        .saturating_sub(1)
        .saturating_sub(CONTEXT);
    let end = ((last.line + last.remove) as usize - 1 + CONTEXT).min(lines.len());
    let mut body = String::new();
    let (mut old, mut new) = (0, 0);
    let mut line = start;
    let push = |body: &mut String, mark: char, text: &str| {
        body.push(mark);
        body.push_str(text);
        if !text.ends_with('\n') {
            body.push_str("\n\\ No newline at end of file\n");
        }
    };
    for edit in edits {
        let from = (edit.line as usize - 1).min(lines.len());
        while line < from {
            push(&mut body, ' ', lines[line]);
            (old, new, line) = (old + 1, new + 1, line + 1);
        }
        let to = (from + edit.remove as usize).min(lines.len());
        while line < to {
            push(&mut body, '-', lines[line]);
            (old, line) = (old + 1, line + 1);
        }
        for added in edit.text.split_inclusive('\n') {
            push(&mut body, '+', added);
            new += 1;
        }
    }
    while line < end {
        push(&mut body, ' ', lines[line]);
        (old, new, line) = (old + 1, new + 1, line + 1);
    }
    let new_start = (start as isize + *shift) as usize + 1;
    let _ = write!(
        patch,
        "@@ -{},{old} +{new_start},{new} @@\n{body}",
        start + 1
    );
    *shift += new as isize - old as isize;
}
