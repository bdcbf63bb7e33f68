//! One reading of a file: which tokens remain under an assignment, with the file's own macros expanded.

use std::sync::Arc;

use super::conditions::{self, Assignment};
use super::intern::{FastSet, Name};
use super::lexer::{Kind, Lexed, Token};
use super::macros::{Expander, Macro, Macros};

/// Tokens that expansion may add to a file, times its own number, and at least.
const GROWTH_MAX: usize = 12;
const GROWTH_LEAST: usize = 100_000;

/// What a reading produced.
pub struct Reading {
    pub tokens: Vec<Token>,
    /// Directives whose branch was taken.
    pub taken: FastSet<usize>,
    pub macros: Macros,
}

struct Group {
    /// The branch being read is taken.
    active: bool,
    /// Some branch was.
    done: bool,
    /// The text around the group is read.
    outer: bool,
}

pub fn read(
    lexed: &Lexed,
    headers: &Macros,
    assignment: &Assignment,
    keep: &dyn Fn(&str) -> bool,
) -> Reading {
    let mut macros = headers.clone();
    let mut taken = FastSet::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut out = Vec::with_capacity(lexed.tokens.len());
    let mut budget = lexed.tokens.len() * GROWTH_MAX + GROWTH_LEAST;
    let mut at = 0;
    while at < lexed.tokens.len() {
        let token = lexed.tokens[at];
        let active = groups.last().is_none_or(|group| group.active);
        if token.kind != Kind::Directive {
            if !active {
                at += 1;
                continue;
            }
            if token.kind != Kind::Ident {
                out.push(token);
                at += 1;
                continue;
            }
            let mut expander = Expander {
                macros: &macros,
                keep,
                active: Vec::new(),
                budget: &mut budget,
            };
            at += expander.step(&lexed.tokens, at, &mut out);
            continue;
        }
        let index = token.pos as usize;
        let directive = &lexed.directives[index];
        at += 1;
        match directive.name {
            "if" | "ifdef" | "ifndef" => {
                let yes = active
                    && (guards(lexed, index) || conditions::holds(directive, &macros, assignment));
                if yes {
                    taken.insert(index);
                }
                groups.push(Group {
                    active: yes,
                    done: yes,
                    outer: active,
                });
            }
            "elif" | "else" => {
                if let Some(group) = groups.last_mut() {
                    let yes = group.outer
                        && !group.done
                        && (directive.name == "else"
                            || conditions::holds(directive, &macros, assignment));
                    group.active = yes;
                    group.done |= yes;
                    if yes {
                        taken.insert(index);
                    }
                }
            }
            "endif" => {
                groups.pop();
            }
            "define" if active => {
                if let Some((name, definition)) = Macro::parse(directive) {
                    macros.define(name, Arc::new(definition));
                }
            }
            "undef" if active => {
                if let Some(name) = directive.tokens.first() {
                    macros.undefine(name.text);
                }
            }
            _ => {}
        }
    }
    Reading {
        tokens: out,
        taken,
        macros,
    }
}

/// `#ifndef X` before `#define X`: a guard against double inclusion, or a default value.
fn guards(lexed: &Lexed, index: usize) -> bool {
    let directive = &lexed.directives[index];
    let name = |at: usize| -> Option<Name> {
        lexed
            .directives
            .get(at)?
            .tokens
            .first()
            .map(|token| token.text)
    };
    directive.name == "ifndef"
        && lexed
            .directives
            .get(index + 1)
            .is_some_and(|next| next.name == "define")
        && name(index) == name(index + 1)
}
