//! The source lines of a traceback's entry, with the part that was running marked below.
//!
//! What is marked `^` is the operator or the brackets where the expression is an operation, a subscript or a call, and `~` the rest of it;
//! so the expression is parsed on its own. Columns count characters, wide ones twice. CPython: `traceback.StackSummary.format_frame_summary`.

use mesapy_bytecode::Position;
use mesapy_syntax::ast::{Expr, Stmt};
use mesapy_syntax::text_size::Ranged;
use mesapy_syntax::{Mode, Options, Tree, parse};
use std::collections::BTreeSet;

/// Line (from 0) and column of a character in the marked expression's lines.
type Place = (usize, usize);

/// The lines to print for an entry, without the traceback's own indentation. `lines` are those from `position.line` to `position.end_line`.
pub(crate) fn mark(lines: &[String], position: Position) -> Vec<String> {
    let Some(first_original) = lines.first() else {
        return Vec::new();
    };
    let lines: Vec<Vec<char>> = lines
        .iter()
        .map(|l| l.trim_end().chars().collect())
        .collect();
    let all = dedent(&lines);
    if all.iter().all(|l| l.is_empty()) {
        return Vec::new();
    }
    let (Ok(start), Ok(end)) = (
        usize::try_from(position.column),
        usize::try_from(position.end_column),
    ) else {
        return vec![first_original.trim().to_string()];
    };
    let cut = lines[0].len() - all[0].len();
    let last = all.len() - 1;
    let start = characters(&lines[0], start)
        .saturating_sub(cut)
        .min(all[0].len());
    let end = characters(&lines[last], end)
        .saturating_sub(cut)
        .min(all[last].len());
    let segment = segment(&all, start, end);
    let anchors = anchors(&segment).map(|(left, right)| {
        let shift = |(line, column): Place| (line, if line == 0 { column + start } else { column });
        (shift(left), shift(right))
    });
    Entry {
        shows: shows_carets(&all, start, end, anchors.is_some()),
        lines: all,
        start,
        end,
        anchors,
    }
    .print()
}

struct Entry {
    lines: Vec<Vec<char>>,
    start: usize,
    end: usize,
    anchors: Option<(Place, Place)>,
    shows: bool,
}
impl Entry {
    /// The first and the last line, and those around the anchors; what is left out is counted.
    fn print(&self) -> Vec<String> {
        let last = self.lines.len() - 1;
        let mut significant = BTreeSet::from([0, last]);
        if let Some((left, right)) = self.anchors {
            for line in [left.0, right.0] {
                significant.extend(line.saturating_sub(1)..=(line + 1).min(last));
            }
        }
        let mut out = Vec::new();
        let mut before: Option<usize> = None;
        for line in significant {
            match before.map_or(0, |b| line - b) {
                0 | 1 => {}
                2 => self.line(line - 1, &mut out),
                more => out.push(format!("...<{} lines>...", more - 1)),
            }
            self.line(line, &mut out);
            before = Some(line);
        }
        out
    }
    fn line(&self, number: usize, out: &mut Vec<String>) {
        let Some(text) = self.lines.get(number) else {
            return;
        };
        out.push(text.iter().collect());
        if !self.shows {
            return;
        }
        let lead = text.iter().take_while(|c| c.is_whitespace()).count();
        let last = number + 1 == self.lines.len();
        let stop = width(text, if last { self.end } else { text.len() });
        let start = width(text, self.start);
        let at = |(line, column): Place| {
            let text = self.lines.get(line).map_or(&[][..], |l| l);
            (line, width(text, column))
        };
        let anchors = self.anchors.map(|(l, r)| (at(l), at(r)));
        out.push(
            (0..stop)
                .map(|column| {
                    let here = (number, column);
                    if column < lead || number == 0 && column < start {
                        ' '
                    } else if anchors.is_some_and(|(left, right)| here < left || here >= right) {
                        '~'
                    } else {
                        '^'
                    }
                })
                .collect(),
        );
    }
}

/// Columns of the first `count` characters on a screen.
fn width(line: &[char], count: usize) -> usize {
    line.iter()
        .take(count)
        .map(|c| {
            let class = mesapy_text::unicode::east_asian_width(*c as u32);
            1 + usize::from(matches!(class, "W" | "F"))
        })
        .sum()
}
/// Characters in the first `bytes` bytes.
fn characters(line: &[char], bytes: usize) -> usize {
    let mut rest = bytes;
    line.iter()
        .take_while(|c| {
            let fits = rest > 0;
            rest = rest.saturating_sub(c.len_utf8());
            fits
        })
        .count()
}
/// Takes off the indentation that all lines have which are not blank.
fn dedent(lines: &[Vec<char>]) -> Vec<Vec<char>> {
    let mut margin: Option<&[char]> = None;
    for line in lines.iter().filter(|l| !l.is_empty()) {
        let blank = line.iter().take_while(|c| matches!(c, ' ' | '\t')).count();
        let shared = margin.map_or(blank, |m| {
            m.iter()
                .zip(&line[..blank])
                .take_while(|(a, b)| a == b)
                .count()
        });
        margin = Some(&line[..shared]);
    }
    let cut = margin.map_or(0, |m| m.len());
    lines
        .iter()
        .map(|l| l[cut.min(l.len())..].to_vec())
        .collect()
}
fn segment(lines: &[Vec<char>], start: usize, end: usize) -> String {
    let last = lines.len() - 1;
    let parts = lines.iter().enumerate().map(|(i, line)| {
        let from = if i == 0 { start } else { 0 };
        let to = if i == last { end } else { line.len() };
        line.get(from..to)
            .unwrap_or_default()
            .iter()
            .collect::<String>()
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// Where in an expression its operator or brackets begin and end.
fn anchors(segment: &str) -> Option<(Place, Place)> {
    // In brackets, so that its lines may end anywhere.
    const LEAD: &str = "(\n";
    let text = format!("{LEAD}{segment}\n)");
    let parsed = parse(&text, Mode::Eval, &Options::default()).ok()?;
    let Tree::Expression(tree) = &parsed.tree else {
        return None;
    };
    let offset = |at: u32| (at as usize).checked_sub(LEAD.len());
    let close = offset(tree.body.end().into())?;
    let (open, close) = match &*tree.body {
        Expr::BinOp(e) => {
            let open = find(segment, offset(e.left.end().into())?, |c| {
                !c.is_whitespace() && c != ')'
            })?;
            // The operator has a second character where that is not the operand's.
            let first = segment[open..].chars().next()?;
            let next = open + first.len_utf8();
            let second = segment[next..]
                .chars()
                .next()
                .filter(|c| !c.is_whitespace() && !matches!(c, '\\' | '#'))
                .filter(|_| offset(e.right.start().into()).is_some_and(|right| next < right));
            (open, next + second.map_or(0, char::len_utf8))
        }
        Expr::Subscript(e) => {
            let end = offset(e.value.end().into())?;
            (find(segment, end, |c| c == '[')?, close)
        }
        Expr::Call(e) => {
            let end = offset(e.func.end().into())?;
            (find(segment, end, |c| c == '(')?, close)
        }
        _ => return None,
    };
    let place = |at: usize| {
        let before = segment.get(..at)?;
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count();
        Some((line, column))
    };
    Some((place(open)?, place(close)?))
}
/// The first character from `at` that is looked for, outside comments.
fn find(segment: &str, at: usize, wanted: impl Fn(char) -> bool) -> Option<usize> {
    let mut comment = false;
    for (i, c) in segment.get(at..)?.char_indices() {
        match c {
            '\n' => comment = false,
            '\\' | '#' => comment = true,
            _ if !comment && wanted(c) => return Some(at + i),
            _ => {}
        }
    }
    None
}

/// Marks are left out where they would say nothing: below a whole line, and below a whole `return f(…)` or `x = f(…)`.
fn shows_carets(lines: &[Vec<char>], start: usize, end: usize, anchored: bool) -> bool {
    let text = lines
        .iter()
        .map(|l| l.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("\n");
    if let Ok(parsed) = parse(&text, Mode::Exec, &Options::default())
        && let Tree::Module(tree) = &parsed.tree
    {
        let whole = match tree.body.first() {
            None => return false,
            Some(Stmt::Return(r)) => r.value.as_deref().filter(|v| match v {
                Expr::Call(call) => call.func.is_name_expr(),
                _ => false,
            }),
            Some(Stmt::Assign(a)) => match &a.targets[..] {
                [Expr::Name(_)] if a.value.is_call_expr() => Some(&*a.value),
                _ => None,
            },
            Some(_) => None,
        };
        let last = lines.len() - 1;
        let from = lines[0]
            .iter()
            .take(start)
            .map(|c| c.len_utf8())
            .sum::<usize>();
        let to = text.len()
            - lines[last]
                .iter()
                .skip(end)
                .map(|c| c.len_utf8())
                .sum::<usize>();
        if whole.is_some_and(|v| (v.start().to_usize(), v.end().to_usize()) == (from, to)) {
            return false;
        }
    }
    let blank = |part: &[char]| part.iter().all(|c| c.is_whitespace());
    anchored
        || !blank(lines[0].get(..start).unwrap_or_default())
        || !blank(lines[lines.len() - 1].get(end..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, line: u32, column: i32, end_line: u32, end_column: i32) -> String {
        let lines: Vec<String> = text.lines().map(str::to_string).collect();
        mark(
            &lines,
            Position {
                line,
                end_line,
                column,
                end_column,
            },
        )
        .join("\n")
    }

    #[test]
    fn operators_and_brackets_are_marked() {
        assert_eq!(marked("    x = 1 / 0", 1, 8, 1, 13), "x = 1 / 0\n    ~~^~~");
        assert_eq!(marked("f(1)", 1, 0, 1, 4), "f(1)\n~^^^");
        assert_eq!(marked("a[1][2]", 1, 0, 1, 7), "a[1][2]\n~~~~^^^");
        assert_eq!(marked("return f(1)", 1, 7, 1, 11), "return f(1)");
        assert_eq!(marked("raise x", 1, 0, 1, 7), "raise x");
        assert_eq!(marked("a.größe", 1, 0, 1, 9), "a.größe");
    }
    #[test]
    fn long_statements_are_abbreviated() {
        let text = "class A:\n  x = 1\n  y = 2\n  z = q";
        assert_eq!(
            marked(text, 1, 0, 4, 7),
            "class A:\n...<2 lines>...\n  z = q"
        );
    }
}
