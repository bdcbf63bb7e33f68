//! What a rule reports: one defect at one place, with the path that leads to it.

use crate::rules::Rule;
use serde::{Deserialize, Serialize};

/// The four families of bugs that the study of CPython 3.9.0 counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    IntegerOverflow,
    MemoryManagement,
    ExceptionHandling,
    InsufficientErrorCheck,
}

impl Category {
    pub const ALL: [Category; 4] = [
        Category::IntegerOverflow,
        Category::MemoryManagement,
        Category::ExceptionHandling,
        Category::InsufficientErrorCheck,
    ];

    /// The name in reports and label files.
    pub fn name(self) -> &'static str {
        match self {
            Category::IntegerOverflow => "integer-overflow",
            Category::MemoryManagement => "memory-management",
            Category::ExceptionHandling => "exception-handling",
            Category::InsufficientErrorCheck => "insufficient-error-check",
        }
    }
}

/// How sure a finding is. Low ones are shown only when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    High,
    Medium,
    Low,
}

impl Tier {
    pub const ALL: [Tier; 3] = [Tier::High, Tier::Medium, Tier::Low];

    pub fn name(self) -> &'static str {
        match self {
            Tier::High => "high",
            Tier::Medium => "medium",
            Tier::Low => "low",
        }
    }

    /// One tier less sure; low stays low.
    pub fn lower(self) -> Tier {
        match self {
            Tier::High => Tier::Medium,
            Tier::Medium | Tier::Low => Tier::Low,
        }
    }

    /// One tier surer; high stays high.
    pub fn raise(self) -> Tier {
        match self {
            Tier::High | Tier::Medium => Tier::High,
            Tier::Low => Tier::Medium,
        }
    }
}

/// One step of the path that leads to a defect, in the order of execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub file: String,
    /// From 1.
    pub line: u32,
    pub note: String,
}

/// A change of whole lines that repairs the defect: the `remove` lines from `line` on make way for `text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub file: String,
    /// From 1: the first line that goes, or before which `text` is put.
    pub line: u32,
    /// How many lines go; 0 for an insertion.
    pub remove: u32,
    /// Whole lines, each ended by a newline, indented as they shall stand.
    pub text: String,
}

/// A defect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub rule: &'static str,
    pub category: Category,
    pub cwe: u32,
    pub tier: Tier,
    /// Relative to where the scan was started, with `/`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters; 0 when only the line is known.
    pub column: u32,
    /// The function that holds it, or empty at file level.
    pub function: String,
    /// What kind of defect within the rule, in the words of the label files (`refleak`, `unchecked-null`, …).
    pub subtype: &'static str,
    pub message: String,
    pub path: Vec<Step>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<Edit>,
    /// The file looks written by a generator (Argument Clinic, Cython, …); such findings are ranked down.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub generated: bool,
    /// Other tools that report the same place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// The statement it is about, without layout and comments; filled in when the scan is complete.
    pub code: String,
    /// Says that it is the same finding although lines moved; filled in when the scan is complete.
    pub fingerprint: String,
}

impl Finding {
    /// A finding of `rule` with the rule's own category, CWE, tier and first subtype.
    pub fn new(rule: &Rule, file: &str, line: u32, function: &str, message: String) -> Finding {
        Finding {
            rule: rule.id,
            category: rule.category,
            cwe: rule.cwe,
            tier: rule.tier,
            file: file.to_owned(),
            line,
            column: 0,
            function: function.to_owned(),
            subtype: rule.subtypes.first().copied().unwrap_or(""),
            message,
            path: Vec::new(),
            fixes: Vec::new(),
            generated: false,
            tools: Vec::new(),
            code: String::new(),
            fingerprint: String::new(),
        }
    }

    /// Adds a step to the path.
    pub fn step(&mut self, line: u32, note: impl Into<String>) {
        self.path.push(Step {
            file: self.file.clone(),
            line,
            note: note.into(),
        });
    }
}
