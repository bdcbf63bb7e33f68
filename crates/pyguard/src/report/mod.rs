//! What is printed of a scan: one function a format, all from the same [`Scan`].

pub mod html;
pub mod json;
pub mod sarif;
pub mod stats;
pub mod text;

use crate::scan::Scan;
use std::io::{self, Write};

/// The formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Text,
    Json,
    Sarif,
    Html,
    Stats,
}

impl Format {
    pub const NAMES: &[(&str, Format)] = &[
        ("text", Format::Text),
        ("json", Format::Json),
        ("sarif", Format::Sarif),
        ("html", Format::Html),
        ("stats", Format::Stats),
    ];

    pub fn parse(name: &str) -> Option<Format> {
        Format::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, format)| *format)
    }
}

/// How a report looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub colour: bool,
    /// JSON: with the functions of each file, which `diff` needs to tell a repaired finding from one whose function is gone.
    pub functions: bool,
}

/// Writes the report.
pub fn write(out: &mut dyn Write, format: Format, scan: &Scan, style: Style) -> io::Result<()> {
    match format {
        Format::Text => text::write(out, scan, style),
        Format::Json => json::write(out, scan, style),
        Format::Sarif => sarif::write(out, scan),
        Format::Html => html::write(out, scan),
        Format::Stats => stats::write(out, scan),
    }
}
