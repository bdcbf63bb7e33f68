//! The grammar text → tables.
//!
//! A rule is `name: alternative | alternative …`; lines that begin with a space continue it. An alternative is a sequence of items:
//! `'x'` a token or keyword, `"x"` a name with that text, `UPPER` a kind of token, `lower` a rule, `(…)` a group, `[…]` optional,
//! `x*`, `x+`, `s.x+` repeated with separator, `&x` and `!x` look ahead, `&&'x'` must come, `~` no other alternative after this,
//! `{name}` a function of the engine. `a=x` names a span for the action, `^x` is what the alternative yields. `?` in front of an
//! alternative means second pass only. After `=>` comes what is yielded: a node kind, or an error.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::token::{self, Kind};

/// What a span is; what the messages call expressions depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// Anything that messages do not name.
    Other,
    /// Several items.
    List,
    Name,
    True,
    False,
    NoneLit,
    EllipsisLit,
    Number,
    Str,
    JoinedStr,
    TemplateStr,
    Attribute,
    Subscript,
    Starred,
    Call,
    ListExpr,
    Tuple,
    Lambda,
    GeneratorExp,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    DictExpr,
    SetExpr,
    Compare,
    IfExp,
    NamedExpr,
    BoolOp,
    BinOp,
    UnaryOp,
    Slice,
    Args,
    Kwargs,
    Keyword,
    DoubleStarred,
}

const NODES: &[(&str, Node)] = &[
    ("List", Node::List),
    ("True", Node::True),
    ("False", Node::False),
    ("NoneLit", Node::NoneLit),
    ("EllipsisLit", Node::EllipsisLit),
    ("Number", Node::Number),
    ("Str", Node::Str),
    ("JoinedStr", Node::JoinedStr),
    ("TemplateStr", Node::TemplateStr),
    ("Attribute", Node::Attribute),
    ("Subscript", Node::Subscript),
    ("Starred", Node::Starred),
    ("Call", Node::Call),
    ("ListExpr", Node::ListExpr),
    ("Tuple", Node::Tuple),
    ("Lambda", Node::Lambda),
    ("GeneratorExp", Node::GeneratorExp),
    ("Yield", Node::Yield),
    ("Await", Node::Await),
    ("ListComp", Node::ListComp),
    ("SetComp", Node::SetComp),
    ("DictComp", Node::DictComp),
    ("DictExpr", Node::DictExpr),
    ("SetExpr", Node::SetExpr),
    ("Compare", Node::Compare),
    ("IfExp", Node::IfExp),
    ("NamedExpr", Node::NamedExpr),
    ("BoolOp", Node::BoolOp),
    ("BinOp", Node::BinOp),
    ("UnaryOp", Node::UnaryOp),
    ("Slice", Node::Slice),
    ("Args", Node::Args),
    ("Kwargs", Node::Kwargs),
    ("Keyword", Node::Keyword),
    ("DoubleStarred", Node::DoubleStarred),
];

/// Which places may be assigned to or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    Assign,
    For,
    Delete,
}

/// Where an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A span.
    At(usize),
    /// From one span's start to another's end.
    Range(usize, usize),
    /// From a span's start to where reading has come.
    From(usize),
    /// The last token read.
    Here,
    /// The next token.
    Next,
}

/// What a matched alternative does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Yields the item marked `^`, or the only item, or a span of all.
    Pass,
    /// Yields a span of this kind.
    Make(Node),
    /// A SyntaxError.
    Raise(Place, String),
    /// An IndentationError at the last token read.
    Indentation(String),
    /// "cannot assign to …" if the named span has such a part.
    BadTarget(Targets, usize),
    /// A function of `report.rs`.
    Native(&'static str),
}

/// What must be matched.
#[derive(Debug)]
pub enum Item {
    Token(Kind),
    Keyword(&'static str),
    Soft(&'static str),
    AnyName,
    AnySoftKeyword,
    Rule(usize),
    Group(Vec<Alternative>),
    Optional(Box<Item>),
    Repeat {
        item: Box<Item>,
        separator: Option<Box<Item>>,
        at_least_one: bool,
    },
    Ahead(Box<Item>),
    NotAhead(Box<Item>),
    Forced(Box<Item>, &'static str),
    Cut,
    Native(&'static str),
}

/// A sequence of items and what it does.
#[derive(Debug)]
pub struct Alternative {
    pub second_pass: bool,
    /// The letter that names the item's span (0 for `a`), and whether it is what is yielded.
    pub items: Vec<(Option<usize>, bool, Item)>,
    pub action: Action,
}

/// A rule's alternatives, in order of preference.
#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    /// Whether what it gave is remembered for both kinds of passes.
    pub shared: bool,
    pub alternatives: Vec<Alternative>,
}

/// The whole grammar.
#[derive(Debug)]
pub struct Grammar {
    pub rules: Vec<Rule>,
    index: HashMap<&'static str, usize>,
}

/// Rules whose results CPython remembers even across the switch that turns the second pass's alternatives off for a while. It
/// shows in which error is found first.
const SHARED: &[&str] = &[
    "simple_stmt",
    "block",
    "star_expression",
    "expression",
    "disjunction",
    "conjunction",
    "inversion",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_and",
    "shift_expr",
    "sum",
    "term",
    "factor",
    "await_primary",
    "primary",
    "arguments",
    "strings",
    "star_target",
    "target_with_star_atom",
    "del_target",
];

/// How many spans an alternative can name: `a`, `b`.
pub const NAMED_MAX: usize = 2;

/// Python's hard keywords.
pub const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

impl Grammar {
    /// The grammar, read on first use.
    pub fn get() -> &'static Grammar {
        static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
        GRAMMAR.get_or_init(|| Grammar::read(include_str!("rules.txt")))
    }

    /// The number of a rule. Names come from this crate only; an unknown one is caught by a test of the grammar.
    pub fn rule(&self, name: &str) -> usize {
        self.index.get(name).copied().unwrap_or(0)
    }

    fn read(text: &'static str) -> Grammar {
        let mut logical: Vec<(&'static str, &'static str)> = Vec::new();
        let mut at = 0;
        // A rule's text runs to the next line that does not begin with a space; comments stand between rules.
        while at < text.len() {
            let rest = &text[at..];
            let mut len = rest.find('\n').map_or(rest.len(), |n| n + 1);
            while rest[len..].starts_with("  ") {
                len += rest[len..].find('\n').map_or(rest.len() - len, |n| n + 1);
            }
            let line = &rest[..len];
            at += len;
            if let Some((name, body)) = line.split_once(": ")
                && !line.starts_with('#')
            {
                logical.push((name, body));
            }
        }
        let index: HashMap<_, _> = logical
            .iter()
            .enumerate()
            .map(|(n, (name, _))| (*name, n))
            .collect();
        let rules = logical
            .iter()
            .map(|&(name, body)| {
                let mut reader = Reader {
                    text: body,
                    at: 0,
                    index: &index,
                    rule: name,
                };
                Rule {
                    name,
                    shared: SHARED.contains(&name),
                    alternatives: reader.alternatives(""),
                }
            })
            .collect();
        Grammar { rules, index }
    }
}

/// Reads one rule. The text is a constant of this crate, so its errors are panics, which a test would show.
struct Reader<'g> {
    text: &'static str,
    at: usize,
    index: &'g HashMap<&'static str, usize>,
    rule: &'static str,
}

impl Reader<'_> {
    fn rest(&self) -> &'static str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, word: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn word(&mut self) -> &'static str {
        self.space();
        let rest = self.rest();
        let len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        assert!(
            len > 0,
            "grammar rule {}: a word is missing at {rest:?}",
            self.rule
        );
        self.at += len;
        &rest[..len]
    }

    fn quoted(&mut self, quote: char) -> &'static str {
        let rest = self.rest();
        let len = rest.find(quote).expect("the grammar's quotes are closed");
        self.at += len + 1;
        &rest[..len]
    }

    fn alternatives(&mut self, close: &str) -> Vec<Alternative> {
        let mut all = Vec::new();
        loop {
            let second_pass = self.eat("?");
            let mut items = Vec::new();
            let mut action = Action::Pass;
            loop {
                self.space();
                if self.rest().is_empty()
                    || self.rest().starts_with('|')
                    || (!close.is_empty() && self.rest().starts_with(close))
                {
                    break;
                }
                if self.eat("=>") {
                    action = self.action();
                    break;
                }
                let named = match self.rest().as_bytes() {
                    [letter @ b'a'..=b'b', b'=', ..] => {
                        self.at += 2;
                        Some(usize::from(letter - b'a'))
                    }
                    _ => None,
                };
                let yields = self.eat("^");
                items.push((named, yields, self.item()));
            }
            all.push(Alternative {
                second_pass,
                items,
                action,
            });
            if !self.eat("|") {
                break;
            }
        }
        if !close.is_empty() {
            assert!(
                self.eat(close),
                "grammar rule {}: {close} is missing",
                self.rule
            );
        }
        all
    }

    fn item(&mut self) -> Item {
        if self.eat("&&") {
            self.eat("'");
            let text = self.quoted('\'');
            return Item::Forced(Box::new(terminal(text)), text);
        }
        if self.eat("&") {
            return Item::Ahead(Box::new(self.item()));
        }
        if self.eat("!") {
            return Item::NotAhead(Box::new(self.item()));
        }
        if self.eat("~") {
            return Item::Cut;
        }
        let base = self.base();
        if self.rest().starts_with('.') {
            self.at += 1;
            let item = self.base();
            assert!(self.eat("+"), "grammar rule {}: + is missing", self.rule);
            return Item::Repeat {
                item: Box::new(item),
                separator: Some(Box::new(base)),
                at_least_one: true,
            };
        }
        for (sign, at_least_one) in [("*", false), ("+", true)] {
            if self.rest().starts_with(sign) {
                self.at += 1;
                return Item::Repeat {
                    item: Box::new(base),
                    separator: None,
                    at_least_one,
                };
            }
        }
        base
    }

    fn base(&mut self) -> Item {
        if self.eat("'") {
            return terminal(self.quoted('\''));
        }
        if self.eat("\"") {
            return Item::Soft(self.quoted('"'));
        }
        if self.eat("(") {
            return Item::Group(self.alternatives(")"));
        }
        if self.eat("[") {
            return Item::Optional(Box::new(Item::Group(self.alternatives("]"))));
        }
        if self.eat("{") {
            return Item::Native(self.quoted('}'));
        }
        match self.word() {
            "NAME" => Item::AnyName,
            "SOFT_KEYWORD" => Item::AnySoftKeyword,
            "NUMBER" => Item::Token(Kind::Number),
            "STRING" => Item::Token(Kind::String),
            "NEWLINE" => Item::Token(Kind::Newline),
            "INDENT" => Item::Token(Kind::Indent),
            "DEDENT" => Item::Token(Kind::Dedent),
            "ENDMARKER" => Item::Token(Kind::EndMarker),
            "FSTRING_START" => Item::Token(Kind::FStringStart),
            "FSTRING_MIDDLE" => Item::Token(Kind::FStringMiddle),
            "FSTRING_END" => Item::Token(Kind::FStringEnd),
            "TSTRING_START" => Item::Token(Kind::TStringStart),
            "TSTRING_MIDDLE" => Item::Token(Kind::TStringMiddle),
            "TSTRING_END" => Item::Token(Kind::TStringEnd),
            name => match self.index.get(name) {
                Some(&rule) => Item::Rule(rule),
                None => panic!("grammar rule {}: no rule {name}", self.rule),
            },
        }
    }

    fn action(&mut self) -> Action {
        let letter = |word: &str| usize::from(word.as_bytes()[0] - b'a');
        let place = match self.word() {
            "at" => Place::At(letter(self.word())),
            "range" => Place::Range(letter(self.word()), letter(self.word())),
            "from" => Place::From(letter(self.word())),
            "here" => Place::Here,
            "next" => Place::Next,
            "indent" => return Action::Indentation(self.message()),
            "native" => return Action::Native(self.word()),
            "target" => {
                let targets = match self.word() {
                    "assign" => Targets::Assign,
                    "for" => Targets::For,
                    _ => Targets::Delete,
                };
                return Action::BadTarget(targets, letter(self.word()));
            }
            kind => {
                let found = NODES.iter().find(|(name, _)| *name == kind);
                return Action::Make(
                    found
                        .unwrap_or_else(|| panic!("grammar rule {}: no node {kind}", self.rule))
                        .1,
                );
            }
        };
        Action::Raise(place, self.message())
    }

    /// A message in double quotes, with `\"` for a quote.
    fn message(&mut self) -> String {
        assert!(
            self.eat("\""),
            "grammar rule {}: a message is missing",
            self.rule
        );
        let mut message = String::new();
        loop {
            let part = self.quoted('"');
            match part.strip_suffix('\\') {
                Some(part) => message = message + part + "\"",
                None => return message + part,
            }
        }
    }
}

fn terminal(text: &'static str) -> Item {
    if KEYWORDS.contains(&text) {
        return Item::Keyword(text);
    }
    match token::operator(text.as_bytes()) {
        Some((len, kind)) if len == text.len() => Item::Token(kind),
        _ => panic!("the grammar has no token {text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_reads() {
        let grammar = Grammar::get();
        assert!(grammar.rules.len() > 200);
        assert_eq!(grammar.rules[grammar.rule("wrong_if")].name, "wrong_if");
    }
}
