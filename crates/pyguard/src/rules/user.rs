//! Rules of the user, in TOML: a call by its name, and what it requires. No Rust is needed for them, and no paths are followed: they look at one function's
//! text. What needs more than that is said as rows of the knowledge base (`--kb`), which the built-in rules then apply.

use super::FileContext;
use super::syntax::{calls, place, statements};
use crate::finding::{Category, Finding, Tier};
use crate::front::ast::{BinaryOp, ExprId, ExprKind, Function, StmtKind, UnaryOp};
use crate::front::intern::{Name, intern};
use globset::{Glob, GlobMatcher};
use serde::Deserialize;
use std::path::Path;

/// What a call requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// The result is tested: in a condition, or kept in something that a later condition tests. Returning it is fine.
    Checked,
    /// The result is not dropped.
    Used,
    /// What was obtained is given to `by` later in the function, or returned, or stored elsewhere.
    Released,
    /// A call of `by` stands before it in the function.
    Preceded,
    /// The argument number `argument`, from 1, is a text in the source.
    Literal,
    /// The call is not to be made at all.
    Forbidden,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    call: String,
    require: Requirement,
    #[serde(default)]
    by: String,
    #[serde(default = "first")]
    argument: usize,
    message: String,
    #[serde(default = "category")]
    category: Category,
    #[serde(default)]
    cwe: u32,
    #[serde(default = "tier")]
    tier: Tier,
}

fn first() -> usize {
    1
}

fn category() -> Category {
    Category::InsufficientErrorCheck
}

fn tier() -> Tier {
    Tier::Medium
}

/// A rule of the user.
#[derive(Clone, Debug)]
pub struct UserRule {
    pub id: Name,
    call: GlobMatcher,
    require: Requirement,
    by: Option<GlobMatcher>,
    argument: usize,
    message: String,
    category: Category,
    cwe: u32,
    tier: Tier,
}

/// Reads a file of rules.
pub fn read(path: &Path) -> Result<Vec<UserRule>, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Reads the text of a file of rules.
pub fn parse(text: &str) -> Result<Vec<UserRule>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let glob = |pattern: &str| {
        Glob::new(pattern)
            .map(|glob| glob.compile_matcher())
            .map_err(|error| error.to_string())
    };
    let mut rules = Vec::new();
    for row in file.rule {
        if super::find(&row.id).is_some() {
            return Err(format!("rule `{}`: a built-in rule has that id", row.id));
        }
        let needs_by = matches!(row.require, Requirement::Released | Requirement::Preceded);
        if needs_by == row.by.is_empty() {
            return Err(format!(
                "rule `{}`: `by` goes with `released` and `preceded`, and with no other",
                row.id
            ));
        }
        rules.push(UserRule {
            id: intern(&row.id),
            call: glob(&row.call)?,
            require: row.require,
            by: if needs_by { Some(glob(&row.by)?) } else { None },
            argument: row.argument,
            message: row.message,
            category: row.category,
            cwe: row.cwe,
            tier: row.tier,
        });
    }
    Ok(rules)
}

/// Looks at a file with the user's rules.
pub fn check(rules: &[UserRule], context: &FileContext<'_>, findings: &mut Vec<Finding>) {
    if rules.is_empty() {
        return;
    }
    for function in &context.unit.functions {
        let places = Places::new(function);
        for call in calls(function) {
            for rule in rules.iter().filter(|rule| rule.call.is_match(call.name)) {
                if !violates(rule, function, &places, &call) {
                    continue;
                }
                findings.push(Finding {
                    rule: rule.id,
                    category: rule.category,
                    cwe: rule.cwe,
                    tier: rule.tier,
                    file: context.source.path.clone(),
                    line: context.source.line(call.expr.pos),
                    column: 0,
                    function: function.shown.to_owned(),
                    subtype: "",
                    message: rule.message.replace("{call}", call.name),
                    path: Vec::new(),
                    fixes: Vec::new(),
                    generated: false,
                    tools: Vec::new(),
                    code: String::new(),
                    fingerprint: String::new(),
                });
            }
        }
    }
}

fn violates(
    rule: &UserRule,
    function: &Function,
    places: &Places,
    call: &super::syntax::Call<'_>,
) -> bool {
    let by = |name: &str| rule.by.as_ref().is_some_and(|by| by.is_match(name));
    match rule.require {
        Requirement::Forbidden => true,
        Requirement::Literal => call
            .args
            .get(rule.argument.wrapping_sub(1))
            .is_some_and(|id| !matches!(function.expr(*id).kind, ExprKind::Str(_))),
        Requirement::Preceded => !calls(function)
            .iter()
            .any(|other| other.expr.pos < call.expr.pos && by(other.name)),
        Requirement::Used => places.fate(call.expr.pos) == Fate::Dropped,
        Requirement::Checked => match places.fate(call.expr.pos) {
            Fate::Dropped => true,
            Fate::Kept(name) => !places
                .tested
                .iter()
                .any(|(pos, tested)| *pos > call.expr.pos && *tested == name),
            Fate::Used => false,
        },
        Requirement::Released => match places.fate(call.expr.pos) {
            Fate::Dropped => true,
            Fate::Kept(name) => {
                // Stored in a field: somebody else's to release.
                let local = !name.contains(['-', '.', '[', '*']);
                let released = calls(function).iter().any(|other| {
                    by(other.name)
                        && other
                            .args
                            .iter()
                            .any(|id| place(function, *id).is_some_and(|place| place == name))
                });
                local && !released && !places.leaves.contains(&name)
            }
            Fate::Used => false,
        },
    }
}

/// What becomes of the result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Dropped,
    Kept(String),
    Used,
}

/// Where results go in a function.
struct Places {
    /// Positions of calls that stand alone.
    dropped: Vec<u32>,
    /// Positions of calls whose result is assigned, with the place.
    kept: Vec<(u32, String)>,
    /// Places that a condition mentions, with its position.
    tested: Vec<(u32, String)>,
    /// Places that are returned or assigned to something else.
    leaves: Vec<String>,
}

impl Places {
    fn new(function: &Function) -> Places {
        let mut places = Places {
            dropped: Vec::new(),
            kept: Vec::new(),
            tested: Vec::new(),
            leaves: Vec::new(),
        };
        statements(&function.body, &mut |stmt| match &stmt.kind {
            StmtKind::Expr(id) => {
                let mut id = *id;
                // `(void)f()` says that it is meant.
                if let ExprKind::Cast(ty, inner) = &function.expr(id).kind
                    && ty.name != "void"
                {
                    id = *inner;
                }
                if let ExprKind::Call(..) = function.expr(id).kind {
                    places.dropped.push(function.expr(id).pos);
                }
            }
            StmtKind::Decl(variables) => {
                for (var, value) in variables {
                    if let Some(value) = value {
                        places.assigned(function, function.var(*var).name.to_owned(), *value);
                    }
                }
            }
            StmtKind::If(condition, ..)
            | StmtKind::While(condition, _)
            | StmtKind::DoWhile(_, condition)
            | StmtKind::Switch(condition, _) => places.condition(function, *condition),
            StmtKind::For(_, Some(condition), ..) => places.condition(function, *condition),
            StmtKind::Return(Some(value)) => places.leaves.extend(place(function, *value)),
            _ => {}
        });
        for expr in &function.exprs {
            match &expr.kind {
                ExprKind::Assign(None, left, right) => {
                    if let Some(name) = place(function, *left) {
                        places.assigned(function, name, *right);
                    }
                    places.leaves.extend(place(function, *right));
                }
                ExprKind::Conditional(condition, ..) => places.condition(function, *condition),
                ExprKind::Unary(UnaryOp::Not, _)
                | ExprKind::Binary(BinaryOp::And | BinaryOp::Or, ..) => {}
                _ => {}
            }
        }
        places
    }

    fn assigned(&mut self, function: &Function, name: String, value: ExprId) {
        let value = super::syntax::uncast(function, value);
        if let ExprKind::Call(..) = function.expr(value).kind {
            self.kept.push((function.expr(value).pos, name));
        }
    }

    /// Every place that a condition mentions counts as tested.
    fn condition(&mut self, function: &Function, id: ExprId) {
        let expr = function.expr(id);
        if let Some(name) = place(function, id) {
            self.tested.push((expr.pos, name));
        }
        match &expr.kind {
            ExprKind::Unary(_, inner) | ExprKind::Cast(_, inner) => {
                self.condition(function, *inner)
            }
            ExprKind::Binary(_, left, right) => {
                self.condition(function, *left);
                self.condition(function, *right);
            }
            ExprKind::Assign(_, left, right) => {
                // `(x = f()) == NULL`: the test is as late as the call.
                if let Some(name) = place(function, *left) {
                    self.tested.push((u32::MAX, name));
                }
                self.condition(function, *right);
            }
            ExprKind::Call(_, args) => args.iter().for_each(|id| self.condition(function, *id)),
            _ => {}
        }
    }

    fn fate(&self, pos: u32) -> Fate {
        if self.dropped.contains(&pos) {
            return Fate::Dropped;
        }
        match self.kept.iter().find(|(kept, _)| *kept == pos) {
            Some((_, name)) => Fate::Kept(name.clone()),
            None => Fate::Used,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::{Headers, parse as parse_c};
    use crate::kb::Kb;
    use crate::source::SourceFile;

    const RULES: &str = r#"
        [[rule]]
        id = "pool-checked"
        call = "pool_get*"
        require = "checked"
        message = "the result of {call} is not tested"

        [[rule]]
        id = "pool-released"
        call = "pool_get"
        require = "released"
        by = "pool_put"
        message = "what {call} gives is not put back"
        category = "memory-management"

        [[rule]]
        id = "no-gets"
        call = "gets"
        require = "forbidden"
        message = "never {call}"

        [[rule]]
        id = "log-literal"
        call = "log_message"
        require = "literal"
        argument = 2
        message = "a format from data"

        [[rule]]
        id = "locked"
        call = "table_write"
        require = "preceded"
        by = "table_lock"
        message = "without the lock"
    "#;

    fn found(body: &str) -> Vec<Name> {
        let source = SourceFile::new(
            "t.c",
            format!("struct s *f(struct s *self, int a) {{ {body} }}"),
        );
        let file = parse_c(
            &source,
            Path::new("/nonexistent/t.c"),
            &Headers::default(),
            &|_| false,
        );
        let context = FileContext {
            source: &source,
            unit: &file.unit,
            kb: Kb::builtin(),
        };
        let mut findings = Vec::new();
        check(&parse(RULES).expect("rules"), &context, &mut findings);
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn requirements() {
        assert_eq!(found("pool_get(1);"), ["pool-checked", "pool-released"]);
        assert_eq!(
            found("struct s *p = pool_get(1); p->x = 1; pool_put(p); return 0;"),
            ["pool-checked"]
        );
        assert_eq!(
            found("struct s *p = pool_get(1); if (!p) return 0; p->x = 1; return 0;"),
            ["pool-released"]
        );
        assert!(
            found("struct s *p; if ((p = pool_get(1)) == 0) return 0; pool_put(p); return 0;")
                .is_empty()
        );
        assert!(found("struct s *p = pool_get(1); if (p) p->x = 1; return p;").is_empty());
        assert!(found("return pool_get(1);").is_empty());
        assert!(found("self->p = pool_get(1); if (self->p == 0) return 0;").is_empty());
        assert_eq!(found("gets(a);"), ["no-gets"]);
        assert_eq!(
            found("log_message(1, a); log_message(1, \"x\", a);"),
            ["log-literal"]
        );
        assert_eq!(found("table_write(a);"), ["locked"]);
        assert!(found("table_lock(); table_write(a);").is_empty());
    }

    #[test]
    fn wrong_files_are_refused() {
        assert!(parse("[[rule]]\nid = \"x\"\n").is_err());
        assert!(
            parse("[[rule]]\nid = \"x\"\ncall = \"f\"\nrequire = \"released\"\nmessage = \"m\"\n")
                .is_err()
        );
        assert!(
            parse(
                "[[rule]]\nid = \"parse-unit\"\ncall = \"f\"\nrequire = \"used\"\nmessage = \"m\"\n"
            )
            .is_err()
        );
    }
}
