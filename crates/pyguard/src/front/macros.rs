//! Macros: their definitions, and their expansion.
//!
//! Expansion is bounded in depth and in what it produces, so no definition can blow up a file.

use std::sync::Arc;

use super::intern::{FastMap, Name, intern};
use super::lexer::{Directive, Kind, Token};

const DEPTH_MAX: usize = 32;
/// The longest argument list that is searched for its `)`.
const ARGUMENT_TOKENS_MAX: usize = 20_000;

#[derive(Debug)]
pub struct Macro {
    /// `None` for an object-like macro.
    pub parameters: Option<Vec<Name>>,
    pub variadic: bool,
    pub body: Vec<Token>,
}

impl Macro {
    /// The macro that a `#define` defines.
    pub fn parse(directive: &Directive) -> Option<(Name, Macro)> {
        let (name, rest) = directive.tokens.split_first()?;
        if name.kind != Kind::Ident {
            return None;
        }
        let mut at = 0;
        let mut parameters = None;
        let mut variadic = false;
        if rest
            .first()
            .is_some_and(|token| token.is("(") && !token.spaced)
        {
            let mut names = Vec::new();
            at = 1;
            loop {
                let token = rest.get(at)?;
                at += 1;
                match token.kind {
                    Kind::Ident => names.push(token.text),
                    Kind::Punct if token.text == "..." => {
                        variadic = true;
                        if !rest
                            .get(at - 2)
                            .is_some_and(|before| before.kind == Kind::Ident)
                        {
                            names.push("__VA_ARGS__");
                        }
                    }
                    Kind::Punct if token.text == ")" => break,
                    Kind::Punct if token.text == "," => {}
                    _ => return None,
                }
            }
            parameters = Some(names);
        }
        Some((
            name.text,
            Macro {
                parameters,
                variadic,
                body: rest[at..].to_vec(),
            },
        ))
    }
}

/// The macros at one place of a file.
#[derive(Clone, Debug, Default)]
pub struct Macros {
    /// `None`: known to be undefined.
    table: FastMap<Name, Option<Arc<Macro>>>,
}

impl Macros {
    pub fn define(&mut self, name: Name, definition: Arc<Macro>) {
        self.table.insert(name, Some(definition));
    }

    pub fn undefine(&mut self, name: Name) {
        self.table.insert(name, None);
    }

    /// Whether it is defined, if that is known.
    pub fn defined(&self, name: &str) -> Option<bool> {
        self.table.get(name).map(Option::is_some)
    }

    pub fn get(&self, name: &str) -> Option<&Arc<Macro>> {
        self.table.get(name)?.as_ref()
    }

    pub fn names(&self) -> impl Iterator<Item = (Name, &Arc<Macro>)> {
        self.table
            .iter()
            .filter_map(|(name, definition)| Some((*name, definition.as_ref()?)))
    }

    /// The value of a macro that is one integer.
    pub fn integer(&self, name: &str) -> Option<i64> {
        let mut name = name;
        for _ in 0..8 {
            let found = self.get(name)?;
            if found.parameters.is_some() {
                return None;
            }
            let body = match found.body.as_slice() {
                [open, inner @ .., close] if open.is("(") && close.is(")") => inner,
                body => body,
            };
            match body {
                [] => return Some(0),
                [token] if token.kind == Kind::Int => {
                    return super::numbers::integer(token.text).map(|value| value as i64);
                }
                [token] if token.kind == Kind::Ident => name = token.text,
                _ => return None,
            }
        }
        None
    }
}

/// Expands the macros of a stream of tokens.
pub struct Expander<'a> {
    pub macros: &'a Macros,
    /// Says which macros are left as they are, since their meaning is known.
    pub keep: &'a dyn Fn(&str) -> bool,
    pub active: Vec<Name>,
    /// How many tokens expansion may still produce.
    pub budget: &'a mut usize,
}

impl Expander<'_> {
    /// Expands what begins at `input[at]`, and returns how many tokens it took.
    pub fn step(&mut self, input: &[Token], at: usize, out: &mut Vec<Token>) -> usize {
        let token = input[at];
        let found = match token.kind {
            Kind::Ident if !self.active.contains(&token.text) && self.active.len() < DEPTH_MAX => {
                self.macros.get(token.text)
            }
            _ => None,
        };
        let Some(found) = found
            .filter(|_| *self.budget > 0 && !(self.keep)(token.text))
            .cloned()
        else {
            out.push(token);
            return 1;
        };
        let mut taken = 1;
        let replaced = match &found.parameters {
            None => found
                .body
                .iter()
                .map(|body| relocated(body, token, true))
                .collect(),
            Some(parameters) => {
                let Some((arguments, length)) = arguments(&input[at + 1..]) else {
                    out.push(token);
                    return 1;
                };
                taken += length;
                self.substitute(&found, parameters, &arguments, token)
            }
        };
        if found.parameters.is_none() && replaced.is_empty() && !token.expanded {
            // `#define Py_LOCAL_ATTRIBUTE` and the like simply vanish.
            return 1;
        }
        let replaced: Vec<Token> = replaced;
        *self.budget = self.budget.saturating_sub(replaced.len() + 1);
        self.active.push(token.text);
        let start = out.len();
        self.run(&replaced, out);
        self.active.pop();
        if let Some(first) = out.get_mut(start) {
            first.first = token.first;
            first.spaced = token.spaced;
        }
        taken
    }

    fn run(&mut self, input: &[Token], out: &mut Vec<Token>) {
        let mut at = 0;
        while at < input.len() {
            at += self.step(input, at, out);
        }
    }

    fn substitute(
        &mut self,
        found: &Macro,
        parameters: &[Name],
        arguments: &[Vec<Token>],
        site: Token,
    ) -> Vec<Token> {
        let argument = |name: Name| -> Option<Vec<Token>> {
            let index = parameters.iter().position(|parameter| *parameter == name)?;
            if found.variadic && index + 1 == parameters.len() {
                // The rest, with its commas.
                let mut rest = Vec::new();
                for (number, part) in arguments.iter().enumerate().skip(index) {
                    if number > index {
                        rest.push(Token {
                            text: ",",
                            kind: Kind::Punct,
                            ..site
                        });
                    }
                    rest.extend_from_slice(part);
                }
                return Some(rest);
            }
            Some(arguments.get(index).cloned().unwrap_or_default())
        };
        let mut out: Vec<Token> = Vec::new();
        let body = &found.body;
        let mut at = 0;
        while at < body.len() {
            let token = body[at];
            let pastes_next = body.get(at + 1).is_some_and(|next| next.is("##"));
            if token.is("##") {
                at += 1;
                continue;
            }
            if token.is("#") {
                if let Some(tokens) = body.get(at + 1).and_then(|next| argument(next.text)) {
                    let mut text = String::from("\"");
                    for token in &tokens {
                        text.extend(token.text.chars().filter(|c| *c != '"' && *c != '\\'));
                    }
                    text.push('"');
                    out.push(Token {
                        text: intern(&text),
                        kind: Kind::Str,
                        expanded: true,
                        first: false,
                        ..site
                    });
                    at += 2;
                    continue;
                }
            }
            let pasted = at > 0 && body[at - 1].is("##");
            let mut tokens = match (token.kind, argument(token.text)) {
                (Kind::Ident, Some(tokens)) if pastes_next || pasted => tokens,
                (Kind::Ident, Some(tokens)) => {
                    let mut expanded = Vec::new();
                    let depth = self.active.len();
                    if depth < DEPTH_MAX {
                        self.run(&tokens, &mut expanded);
                    } else {
                        expanded = tokens;
                    }
                    // Arguments keep their own places: they are the user's text.
                    expanded
                }
                _ => vec![relocated(&token, site, true)],
            };
            if pasted && !tokens.is_empty() {
                if let Some(left) = out.pop() {
                    if left.is(",") {
                        // `, ## __VA_ARGS__`
                        out.push(left);
                    } else {
                        let right = tokens.remove(0);
                        let text = format!("{}{}", left.text, right.text);
                        let kind = match left.kind {
                            Kind::Punct => right.kind,
                            kind => kind,
                        };
                        out.push(Token {
                            text: intern(&text),
                            kind,
                            expanded: true,
                            pos: site.pos,
                            ..left
                        });
                    }
                }
            }
            out.extend(tokens);
            if out.len() > *self.budget {
                break;
            }
            at += 1;
        }
        for token in &mut out {
            token.first = false;
        }
        out
    }
}

fn relocated(token: &Token, site: Token, expanded: bool) -> Token {
    Token {
        pos: site.pos,
        first: false,
        expanded,
        ..*token
    }
}

/// The arguments after a function-like macro's name, and how many tokens they take with their parentheses.
fn arguments(input: &[Token]) -> Option<(Vec<Vec<Token>>, usize)> {
    if !input.first()?.is("(") {
        return None;
    }
    let mut arguments = vec![Vec::new()];
    let mut depth = 0usize;
    for (index, token) in input.iter().enumerate().take(ARGUMENT_TOKENS_MAX) {
        match token.kind {
            Kind::Directive => continue,
            Kind::Punct => match token.text {
                "(" | "[" | "{" => {
                    depth += 1;
                    if depth == 1 {
                        continue;
                    }
                }
                ")" | "]" | "}" => {
                    depth -= 1;
                    if depth == 0 {
                        return Some((arguments, index + 1));
                    }
                }
                "," if depth == 1 => {
                    arguments.push(Vec::new());
                    continue;
                }
                _ => {}
            },
            _ => {}
        }
        arguments.last_mut()?.push(*token);
    }
    None
}
