//! The report as one HTML page that needs nothing beside itself: tables, filters, and the code of each finding with the steps marked in it.

use super::stats;
use crate::explain;
use crate::finding::{Category, Finding, Tier};
use crate::rules;
use crate::scan::Scan;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Lines shown around each step.
const CONTEXT: u32 = 4;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub fn write(out: &mut dyn Write, scan: &Scan) -> io::Result<()> {
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>PyGuard: {} findings</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>PyGuard</h1>\n",
        scan.findings.len()
    )?;
    let mut summary = Vec::new();
    stats::write_summary(&mut summary, scan)?;
    writeln!(
        out,
        "<p>{}</p>",
        escape(&String::from_utf8_lossy(&summary))
            .trim()
            .replace('\n', "<br>")
    )?;
    filters(out, scan)?;
    writeln!(
        out,
        "<details><summary>Tables</summary><div class=\"tables\">"
    )?;
    for table in stats::tables(&scan.findings) {
        write_table(out, &table)?;
    }
    writeln!(out, "</div></details>\n<main>")?;
    for finding in &scan.findings {
        write_finding(out, scan, finding)?;
    }
    writeln!(out, "</main>")?;
    if !scan.notices.is_empty() {
        writeln!(out, "<h2>Notes</h2>\n<ul>")?;
        for notice in &scan.notices {
            writeln!(
                out,
                "<li><code>{}:{}</code> {}</li>",
                escape(&notice.file),
                notice.line,
                escape(&notice.message)
            )?;
        }
        writeln!(out, "</ul>")?;
    }
    if !scan.suppressed.is_empty() {
        writeln!(out, "<h2>Suppressed</h2>\n<ul>")?;
        for suppressed in &scan.suppressed {
            let finding = &suppressed.finding;
            writeln!(
                out,
                "<li><code>{}:{}</code> {}: {}</li>",
                escape(&finding.file),
                finding.line,
                escape(finding.rule),
                escape(&suppressed.reason)
            )?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
}

fn filters(out: &mut dyn Write, scan: &Scan) -> io::Result<()> {
    let rules: BTreeSet<&str> = scan.findings.iter().map(|finding| finding.rule).collect();
    let folders: BTreeSet<&str> = scan
        .findings
        .iter()
        .map(|finding| stats::folder(&finding.file))
        .collect();
    write!(out, "<form id=\"filters\">")?;
    for tier in Tier::ALL {
        if scan.findings.iter().any(|finding| finding.tier == tier) {
            write!(
                out,
                "<label><input type=\"checkbox\" name=\"tier\" value=\"{0}\" checked>{0}</label>",
                tier.name()
            )?;
        }
    }
    let categories = Category::ALL.map(Category::name);
    select(out, "category", categories.into_iter())?;
    select(out, "rule", rules.into_iter())?;
    select(out, "folder", folders.into_iter())?;
    writeln!(
        out,
        "<input type=\"search\" name=\"text\" placeholder=\"file, function, message\"><output id=\"count\"></output></form>"
    )
}

fn select<'a>(
    out: &mut dyn Write,
    name: &str,
    values: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    write!(
        out,
        "<select name=\"{name}\"><option value=\"\">every {name}</option>"
    )?;
    for value in values {
        let value = escape(value);
        write!(out, "<option>{value}</option>")?;
    }
    write!(out, "</select>")
}

fn write_table(out: &mut dyn Write, table: &stats::Table) -> io::Result<()> {
    write!(out, "<table><tr><th>{}</th>", table.title)?;
    for column in &table.columns {
        write!(out, "<th>{column}</th>")?;
    }
    writeln!(out, "<th>all</th></tr>")?;
    for (name, counts) in &table.rows {
        write!(out, "<tr><td>{}</td>", escape(name))?;
        for count in counts {
            write!(out, "<td>{count}</td>")?;
        }
        writeln!(out, "<td>{}</td></tr>", counts.iter().sum::<usize>())?;
    }
    writeln!(out, "</table>")
}

fn write_finding(out: &mut dyn Write, scan: &Scan, finding: &Finding) -> io::Result<()> {
    writeln!(
        out,
        "<details class=\"finding\" data-tier=\"{0}\" data-category=\"{1}\" data-rule=\"{2}\" data-folder=\"{3}\">\n\
         <summary><b class=\"{0}\">{0}</b> <code>{4}:{5}</code> {6} <i>{7}</i></summary>",
        finding.tier.name(),
        finding.category.name(),
        escape(finding.rule),
        escape(stats::folder(&finding.file)),
        escape(&finding.file),
        finding.line,
        escape(&finding.message),
        escape(&finding.function),
    )?;
    write!(out, "<p>{}, CWE-{}", escape(finding.rule), finding.cwe)?;
    if !finding.tools.is_empty() {
        write!(
            out,
            "; also reported by {}",
            escape(&finding.tools.join(", "))
        )?;
    }
    if finding.generated {
        write!(out, "; in generated code")?;
    }
    writeln!(out, "</p>")?;
    for (file, steps) in by_file(finding) {
        write_source(out, scan, &file, &steps, file != finding.file)?;
    }
    if let Some(rule) = rules::find(finding.rule) {
        writeln!(
            out,
            "<details class=\"rule\"><summary>{}</summary><pre>{}</pre></details>",
            escape(rule.name),
            escape(&explain::page(rule))
        )?;
    }
    writeln!(out, "</details>")
}

/// A step as it is shown in the source: its line, its number on the path, what happens there.
type Mark<'a> = (u32, usize, &'a str);

/// The steps by file, in the order in which the files come; the finding's own place is the last step where no other says it.
fn by_file(finding: &Finding) -> Vec<(String, Vec<Mark<'_>>)> {
    let mut places: Vec<(&str, Mark<'_>)> = finding
        .path
        .iter()
        .enumerate()
        .map(|(index, step)| {
            (
                step.file.as_str(),
                (step.line, index + 1, step.note.as_str()),
            )
        })
        .collect();
    if finding
        .path
        .last()
        .is_none_or(|step| step.line != finding.line)
    {
        places.push((
            &finding.file,
            (finding.line, finding.path.len() + 1, &finding.message),
        ));
    }
    let mut files: Vec<(String, Vec<Mark<'_>>)> = Vec::new();
    for (file, mark) in places {
        match files.iter_mut().find(|(known, _)| known == file) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((file.to_owned(), vec![mark])),
        }
    }
    files
}

fn write_source(
    out: &mut dyn Write,
    scan: &Scan,
    file: &str,
    steps: &[Mark<'_>],
    elsewhere: bool,
) -> io::Result<()> {
    if elsewhere {
        writeln!(out, "<p><code>{}</code></p>", escape(file))?;
    }
    let mut wanted = BTreeSet::new();
    for (line, _, _) in steps {
        wanted.extend(line.saturating_sub(CONTEXT).max(1)..=line + CONTEXT);
    }
    writeln!(out, "<pre class=\"source\">")?;
    let mut last = 0;
    let (first, end) = (
        wanted.first().copied().unwrap_or(1),
        wanted.last().copied().unwrap_or(0),
    );
    for (number, text) in scan.sources.lines(file, first, end) {
        if !wanted.contains(&number) {
            continue;
        }
        if last != 0 && number != last + 1 {
            writeln!(out, "<span class=\"gap\">     …</span>")?;
        }
        last = number;
        let marked = steps.iter().any(|(line, _, _)| *line == number);
        let class = if marked { " class=\"step\"" } else { "" };
        writeln!(
            out,
            "<span{class}>{number:6}  {}</span>",
            escape(&super::text::printable(&text))
        )?;
        for (_, index, note) in steps.iter().filter(|(line, _, _)| *line == number) {
            writeln!(
                out,
                "<span class=\"note\">        <b>{index}</b> {}</span>",
                escape(note)
            )?;
        }
    }
    writeln!(out, "</pre>")
}

/// Text as HTML: nothing in it is markup any more.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
