//! The report as text: each finding with the path that leads to it, and the lines of code it goes through.

use super::{Style, stats};
use crate::finding::{Finding, Tier};
use crate::scan::Scan;
use std::io::{self, Write};

/// A longer line of code is cut.
const COLUMNS_MAX: usize = 160;

/// The escape sequences of a style, all empty without colour.
pub struct Paint {
    pub bold: &'static str,
    pub dim: &'static str,
    pub red: &'static str,
    pub yellow: &'static str,
    pub green: &'static str,
    pub end: &'static str,
}

impl Paint {
    pub fn new(colour: bool) -> Paint {
        if colour {
            Paint {
                bold: "\x1b[1m",
                dim: "\x1b[2m",
                red: "\x1b[31m",
                yellow: "\x1b[33m",
                green: "\x1b[32m",
                end: "\x1b[0m",
            }
        } else {
            Paint {
                bold: "",
                dim: "",
                red: "",
                yellow: "",
                green: "",
                end: "",
            }
        }
    }

    fn tier(&self, tier: Tier) -> &'static str {
        match tier {
            Tier::High => self.red,
            Tier::Medium => self.yellow,
            Tier::Low => self.dim,
        }
    }
}

pub fn write(out: &mut dyn Write, scan: &Scan, style: Style) -> io::Result<()> {
    let paint = Paint::new(style.colour);
    for finding in &scan.findings {
        write_finding(out, scan, finding, &paint)?;
    }
    for notice in &scan.notices {
        let line = if notice.line == 0 {
            String::new()
        } else {
            format!(":{}", notice.line)
        };
        writeln!(
            out,
            "{}{line}: note: {} [{}]",
            notice.file, notice.message, notice.kind
        )?;
    }
    if !scan.notices.is_empty() {
        writeln!(out)?;
    }
    stats::write_summary(out, scan)
}

/// One finding: where, what, and how it comes to it.
pub fn write_finding(
    out: &mut dyn Write,
    scan: &Scan,
    finding: &Finding,
    paint: &Paint,
) -> io::Result<()> {
    let Paint { bold, dim, end, .. } = *paint;
    let column = if finding.column == 0 {
        String::new()
    } else {
        format!(":{}", finding.column)
    };
    let function = if finding.function.is_empty() {
        String::new()
    } else {
        format!(" in {}", finding.function)
    };
    writeln!(
        out,
        "{bold}{}:{}{column}{end}: {}{}{end}: {}{function} {dim}[{}, CWE-{}]{end}",
        finding.file,
        finding.line,
        paint.tier(finding.tier),
        finding.tier.name(),
        finding.message,
        finding.rule,
        finding.cwe,
    )?;
    if !finding.tools.is_empty() {
        writeln!(out, "  also reported by {}", finding.tools.join(", "))?;
    }
    if finding.generated {
        writeln!(out, "  in generated code: ranked down")?;
    }
    let width = finding
        .path
        .iter()
        .map(|step| step.line)
        .chain([finding.line])
        .max()
        .unwrap_or(0)
        .to_string()
        .len();
    let last = finding.path.last();
    for step in &finding.path {
        code_line(out, scan, &step.file, step.line, width, paint)?;
        let elsewhere = if step.file == finding.file {
            String::new()
        } else {
            format!(" ({})", step.file)
        };
        writeln!(
            out,
            "  {:width$} {dim}|{end}   {}{elsewhere}",
            "", step.note
        )?;
    }
    if last.is_none_or(|step| step.line != finding.line) {
        code_line(out, scan, &finding.file, finding.line, width, paint)?;
    }
    writeln!(out)
}

fn code_line(
    out: &mut dyn Write,
    scan: &Scan,
    file: &str,
    line: u32,
    width: usize,
    paint: &Paint,
) -> io::Result<()> {
    let Paint { dim, end, .. } = *paint;
    for (number, text) in scan.sources.lines(file, line, line) {
        writeln!(
            out,
            "  {number:width$} {dim}|{end} {}",
            cut(&printable(&text))
        )?;
    }
    Ok(())
}

/// Source text as it can be shown on a terminal: no control character reaches it.
pub fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '\t' => "        ".chars().take(8).collect::<Vec<_>>(),
            c if c.is_control() => vec!['\u{fffd}'],
            c => vec![c],
        })
        .collect()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= COLUMNS_MAX {
        text.to_owned()
    } else {
        text.chars().take(COLUMNS_MAX).chain(['…']).collect()
    }
}
