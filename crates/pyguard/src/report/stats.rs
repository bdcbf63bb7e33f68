//! Tables of counts: by folder and category, by rule and tier.

use crate::finding::{Category, Finding, Tier};
use crate::scan::Scan;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// A row is a name and as many counts as there are columns.
pub struct Table {
    pub title: &'static str,
    pub columns: Vec<&'static str>,
    pub rows: Vec<(String, Vec<usize>)>,
}

/// The tables of a list of findings.
pub fn tables(findings: &[Finding]) -> Vec<Table> {
    let categories: Vec<&str> = Category::ALL
        .iter()
        .map(|category| category.name())
        .collect();
    let tiers: Vec<&str> = Tier::ALL.iter().map(|tier| tier.name()).collect();
    let category = |finding: &Finding| finding.category as usize;
    let tier = |finding: &Finding| finding.tier as usize;
    vec![
        table(
            "folder",
            &categories,
            findings,
            |finding| folder(&finding.file).to_owned(),
            category,
        ),
        table(
            "category",
            &tiers,
            findings,
            |finding| finding.category.name().to_owned(),
            tier,
        ),
        table(
            "rule",
            &tiers,
            findings,
            |finding| finding.rule.to_owned(),
            tier,
        ),
    ]
}

/// The folder of a file, two levels deep at most.
pub fn folder(file: &str) -> &str {
    let end = file
        .match_indices('/')
        .take(2)
        .last()
        .map_or(0, |(at, _)| at);
    if end == 0 { "." } else { &file[..end] }
}

fn table(
    title: &'static str,
    columns: &[&'static str],
    findings: &[Finding],
    row: impl Fn(&Finding) -> String,
    column: impl Fn(&Finding) -> usize,
) -> Table {
    let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for finding in findings {
        rows.entry(row(finding))
            .or_insert_with(|| vec![0; columns.len()])[column(finding)] += 1;
    }
    Table {
        title,
        columns: columns.to_vec(),
        rows: rows.into_iter().collect(),
    }
}

pub fn write(out: &mut dyn Write, scan: &Scan) -> io::Result<()> {
    for table in tables(&scan.findings) {
        write_table(out, &table)?;
        writeln!(out)?;
    }
    write_summary(out, scan)
}

/// A table with a line of totals, aligned for reading.
pub fn write_table(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    let names = table.rows.iter().map(|(name, _)| name.chars().count());
    let width = names
        .chain([table.title.len(), "all".len()])
        .max()
        .unwrap_or(0);
    write!(out, "{:width$}", table.title)?;
    for column in table.columns.iter().chain(&["all"]) {
        write!(out, "  {column}")?;
    }
    writeln!(out)?;
    let total: Vec<usize> = (0..table.columns.len())
        .map(|index| table.rows.iter().map(|(_, counts)| counts[index]).sum())
        .collect();
    let all = ("all".to_owned(), total);
    for (name, counts) in table.rows.iter().chain([&all]) {
        write!(out, "{name:width$}")?;
        let sum = counts.iter().sum::<usize>();
        for (column, count) in table
            .columns
            .iter()
            .chain(&["all"])
            .zip(counts.iter().chain([&sum]))
        {
            write!(out, "  {count:>column_width$}", column_width = column.len())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The last lines of a report: how many findings, and of how much code.
pub fn write_summary(out: &mut dyn Write, scan: &Scan) -> io::Result<()> {
    let count = |tier| {
        scan.findings
            .iter()
            .filter(|finding| finding.tier == tier)
            .count()
    };
    write!(out, "{}", plural(scan.findings.len(), "finding"))?;
    if !scan.findings.is_empty() {
        let tiers: Vec<String> = Tier::ALL
            .into_iter()
            .filter(|tier| count(*tier) > 0)
            .map(|tier| format!("{} {}", count(tier), tier.name()))
            .collect();
        write!(out, " ({})", tiers.join(", "))?;
    }
    if !scan.suppressed.is_empty() {
        write!(out, ", {} suppressed", scan.suppressed.len())?;
    }
    if scan.hidden > 0 {
        write!(out, ", {} of lower tiers not shown", scan.hidden)?;
    }
    writeln!(out)?;
    let statistics = &scan.statistics;
    write!(
        out,
        "{}, {} lines, {}",
        plural(statistics.files, "file"),
        statistics.lines,
        plural(statistics.functions, "function")
    )?;
    if statistics.functions > 0 {
        let share = 100.0 * statistics.not_understood as f64 / statistics.functions as f64;
        write!(
            out,
            " ({} not understood: {share:.2} %)",
            statistics.not_understood
        )?;
    }
    writeln!(out, ", {:.2} s", statistics.time.as_secs_f64())
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        format!("1 {word}")
    } else {
        format!("{count} {word}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_two_levels_deep() {
        assert_eq!(folder("a.c"), ".");
        assert_eq!(folder("Modules/a.c"), "Modules");
        assert_eq!(folder("Modules/_io/a.c"), "Modules/_io");
        assert_eq!(folder("a/b/c/d.c"), "a/b");
    }

    #[test]
    fn tables_have_totals() {
        let table = Table {
            title: "folder",
            columns: vec!["high", "low"],
            rows: vec![
                ("Modules".to_owned(), vec![1, 2]),
                ("P".to_owned(), vec![0, 10]),
            ],
        };
        let mut out = Vec::new();
        write_table(&mut out, &table).expect("a vector takes all");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text,
            "folder   high  low  all\nModules     1    2    3\nP           0   10   10\nall         1   12   13\n"
        );
    }
}
