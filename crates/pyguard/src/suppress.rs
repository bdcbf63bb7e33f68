//! Suppressions: a comment `/* pyguard: ignore[rule] reason */` on the line of a finding, or alone on the lines before it.
//!
//! A suppression must say why; one that does not suppresses nothing. One that no longer suppresses anything is reported, so that they don't pile up.

use crate::finding::Finding;
use crate::rules;
use crate::scan::{Notice, Options};

/// What a suppression begins with.
pub const MARK: &str = "pyguard:";

/// A finding that a comment takes out.
#[derive(Clone, Debug)]
pub struct Suppressed {
    pub finding: Finding,
    pub reason: String,
    /// Where the comment stands.
    pub line: u32,
}

/// A suppression comment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Comment {
    /// Where it begins, from 1.
    line: u32,
    /// The line it speaks of.
    target: u32,
    rules: Vec<String>,
    reason: String,
}

/// Takes out the findings that a comment suppresses, and reports the comments that are of no use.
pub fn apply(
    findings: Vec<Finding>,
    files: &[(String, String)],
    options: &Options,
    notices: &mut Vec<Notice>,
) -> (Vec<Finding>, Vec<Suppressed>) {
    let mut kept = findings;
    let mut suppressed = Vec::new();
    for (file, text) in files {
        for comment in comments(text) {
            let mut notice = |kind, message| {
                notices.push(Notice {
                    file: file.clone(),
                    line: comment.line,
                    kind,
                    message,
                })
            };
            if comment.reason.is_empty() {
                notice(
                    "suppression-without-reason",
                    "a suppression must say why; this one suppresses nothing".to_owned(),
                );
                continue;
            }
            for rule in &comment.rules {
                let before = suppressed.len();
                kept.retain(|finding| {
                    let hit = finding.file == *file
                        && finding.line == comment.target
                        && finding.rule == rule;
                    if hit {
                        suppressed.push(Suppressed {
                            finding: finding.clone(),
                            reason: comment.reason.clone(),
                            line: comment.line,
                        });
                    }
                    !hit
                });
                let ran = options.rules.is_empty() || options.rules.iter().any(|only| only == rule);
                if suppressed.len() == before && ran {
                    if rules::find(rule).is_none() && !options.knows_user_rule(rule) {
                        notice("unknown-rule", format!("there is no rule `{rule}`"));
                    } else {
                        notice(
                            "unused-suppression",
                            format!(
                                "nothing to suppress here: no finding of `{rule}` on line {}",
                                comment.target
                            ),
                        );
                    }
                }
            }
        }
    }
    (kept, suppressed)
}

/// The suppression comments of a file.
fn comments(text: &str) -> Vec<Comment> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(at) = line.find(MARK) else { continue };
        // Only in a comment that begins on this line.
        let before = &line[..at];
        let (open, block) = match (before.rfind("/*"), before.rfind("//")) {
            (Some(block), Some(line)) if line > block => (line, false),
            (Some(block), _) => (block, true),
            (None, Some(line)) => (line, false),
            (None, None) => continue,
        };
        if !before[open + 2..].trim().is_empty() {
            continue;
        }
        // A block comment may go on over further lines; what it says is its reason.
        let mut body = line[at + MARK.len()..].to_owned();
        let mut last = index;
        let mut after = "";
        if block {
            while !body.contains("*/") && last + 1 < lines.len() {
                last += 1;
                body.push(' ');
                body.push_str(lines[last].trim().trim_start_matches("* "));
            }
            if let Some(end) = body.find("*/") {
                body.truncate(end);
            }
            after = lines[last].rsplit_once("*/").map_or("", |(_, after)| after);
        }
        let Some((rules, reason)) = body
            .trim_start()
            .strip_prefix("ignore[")
            .and_then(|rest| rest.split_once(']'))
        else {
            continue;
        };
        let alone = before[..open].trim().is_empty() && after.trim().is_empty();
        let target = if alone {
            // The next line that holds code.
            let next = lines[last + 1..].iter().position(|line| {
                !line.trim().is_empty()
                    && !line.trim_start().starts_with("//")
                    && !line.trim_start().starts_with("/*")
            });
            last + 1 + next.unwrap_or(0)
        } else {
            last
        };
        found.push(Comment {
            line: index as u32 + 1,
            target: target as u32 + 1,
            rules: rules
                .split(',')
                .map(|rule| rule.trim().to_owned())
                .filter(|rule| !rule.is_empty())
                .collect(),
            reason: reason
                .trim()
                .trim_start_matches([':', '-'])
                .trim()
                .to_owned(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Comment {
        let mut all = comments(text);
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    #[test]
    fn a_comment_speaks_of_its_line_or_of_the_next_one_with_code() {
        let same = one("a;\nb; /* pyguard: ignore[unchecked-null] the pool never gives NULL */\n");
        assert_eq!((same.line, same.target), (2, 2));
        assert_eq!(same.reason, "the pool never gives NULL");
        let next = one("// pyguard: ignore[a, b]: tested above\n\n/* more */\nb;\n");
        assert_eq!((next.line, next.target), (1, 4));
        assert_eq!(next.rules, ["a", "b"]);
        assert_eq!(next.reason, "tested above");
    }

    #[test]
    fn a_comment_may_have_several_lines() {
        let long = one("  /* pyguard: ignore[a] it is owned\n   * by the table */\n  x();\n");
        assert_eq!(long.reason, "it is owned by the table");
        assert_eq!(long.target, 3);
    }

    #[test]
    fn other_text_is_no_suppression() {
        assert!(comments("char *s = \"pyguard: ignore[a] b\";").is_empty());
        assert!(comments("/* see pyguard: ignore[a] b */").is_empty());
        assert!(comments("/* pyguard: ignore */").is_empty());
        assert_eq!(one("/* pyguard: ignore[a] */").reason, "");
    }
}
