//! The packrat interpreter of the grammar: two passes over lazily read tokens.
//!
//! Every rule's result is remembered for each token it was tried at, so time is linear in the tokens, and forgotten after each
//! statement of the outermost level, so memory is bounded by the longest one. Depth is counted, and ends in CPython's MemoryError.

use super::rules::{Action, Alternative, Grammar, Item, KEYWORDS, NAMED_MAX, Node, Place, Targets};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::parse::{Mode, Options};
use crate::strings::NameLookup;
use crate::token::{Kind, Token};
use crate::tokenizer::{Config, Stop, Tokenizer};

/// What the grammar says of a source.
#[derive(Debug)]
pub enum Verdict {
    /// It is right.
    Accepted,
    /// It is wrong.
    Rejected(Box<SyntaxError>),
}

/// Rules within rules: far above what 200 brackets need.
const LEVELS_MAX: usize = 24_000;
/// Nesting up to which parsing stays on the caller's stack, and the rules within rules that it may take there.
const NESTING_INLINE_MAX: usize = 60;
const LEVELS_INLINE_MAX: usize = 1_500;
/// Native stack for `LEVELS_MAX`, in a debug build too.
const STACK_BYTES: usize = 192 << 20;

/// A span of tokens.
#[derive(Debug, Clone)]
pub struct Span {
    pub node: Node,
    /// Its first token, and the one after its last.
    pub first: usize,
    pub end: usize,
    pub parts: Vec<usize>,
}

/// Which span a match yielded.
pub type SpanId = usize;

/// `Ok(None)` means no match; `Err` an error that ends parsing.
pub type Parsed = Result<Option<SpanId>, Raised>;

/// An error was raised; it is in `Engine::raised`.
#[derive(Debug, Clone, Copy)]
pub struct Raised;

/// Parses `source`, which in `exec` mode ends with a newline. `nesting` is the prescan's: it tells whether the caller's stack will do.
pub fn diagnose(source: &str, mode: Mode, options: &Options, nesting: usize) -> Verdict {
    let run = |levels_max| Engine::new(source, mode, options, levels_max).run(mode);
    if nesting <= NESTING_INLINE_MAX {
        return run(LEVELS_INLINE_MAX);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || run(LEVELS_MAX));
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // Without room for such a stack the caller's must do, and what it cannot hold is a MemoryError.
            Err(_) => run(LEVELS_INLINE_MAX),
        }
    })
}

/// Whether the source asks for `<>`. CPython notes it when the import statement is parsed; one look is enough here.
pub(crate) fn is_flufl(source: &str) -> bool {
    let import = ["from", "__future__", "import", "barry_as_FLUFL"];
    source
        .lines()
        .any(|line| line.split_ascii_whitespace().eq(import))
}

#[derive(Debug, Clone, Copy)]
struct Memo {
    rule: usize,
    /// Whether the second pass's alternatives counted.
    wrong_rules: bool,
    result: Option<SpanId>,
    end: usize,
}

/// A parse in progress.
pub struct Engine<'s> {
    grammar: &'static Grammar,
    pub(super) tokens: Vec<Token>,
    /// The bracket level after each token.
    pub(super) levels: Vec<usize>,
    pub(super) tokenizer: Tokenizer<'s>,
    pub(super) source: &'s str,
    pub(super) mark: usize,
    spans: Vec<Span>,
    /// For each token from `memo_base` on, what rules gave there.
    memo: Vec<Vec<Memo>>,
    memo_base: usize,
    /// Whether alternatives of the second pass count now.
    pub(super) wrong_rules: bool,
    level: usize,
    levels_max: usize,
    pub(super) names: NameLookup,
    pub(super) feature_version: u8,
    pub(super) raised: Option<Box<SyntaxError>>,
    raised_by_tokenizer: bool,
    /// A token that had to come did not: the second pass may find a better error.
    raised_by_force: bool,
    /// `from __future__ import barry_as_FLUFL`: `<>` instead of `!=`.
    pub(super) flufl: bool,
    single: bool,
    single_ended: bool,
    dont_imply_dedent: bool,
    incomplete: bool,
    /// The tokenizer has seen the end of the input.
    reached_end: bool,
}

impl<'s> Engine<'s> {
    fn new(source: &'s str, mode: Mode, options: &Options, levels_max: usize) -> Engine<'s> {
        Engine {
            grammar: Grammar::get(),
            tokens: Vec::new(),
            levels: Vec::new(),
            tokenizer: Tokenizer::new(
                source,
                Config {
                    flufl: is_flufl(source),
                    ..Config::default()
                },
            ),
            source,
            mark: 0,
            spans: Vec::new(),
            memo: Vec::new(),
            memo_base: 0,
            wrong_rules: false,
            level: 0,
            levels_max,
            names: options.names,
            feature_version: options.feature_version.unwrap_or(u8::MAX),
            raised: None,
            raised_by_tokenizer: false,
            raised_by_force: false,
            flufl: is_flufl(source),
            single: mode == Mode::Single,
            single_ended: false,
            dont_imply_dedent: options.dont_imply_dedent,
            incomplete: options.allow_incomplete_input,
            reached_end: false,
        }
    }

    fn run(&mut self, mode: Mode) -> Verdict {
        let start = self.grammar.rule(match mode {
            Mode::Exec => "file",
            Mode::Eval => "eval",
            Mode::Single => "interactive",
            Mode::FuncType => "func_type",
        });
        if let Ok(Some(_)) = self.rule(start) {
            if mode == Mode::Single
                && let Some(error) = self.more_than_one_statement()
            {
                return Verdict::Rejected(error);
            }
            return Verdict::Accepted;
        }
        if self.incomplete
            && self
                .raised
                .as_ref()
                .is_none_or(|e| e.kind != SyntaxErrorKind::Memory)
            && self.at_end_of_input()
        {
            let error = if self.raised_by_tokenizer {
                let error = super::report::code_error(&self.tokenizer, "incomplete input");
                Box::new(SyntaxError {
                    kind: SyntaxErrorKind::Incomplete,
                    ..*error
                })
            } else {
                self.error_here(SyntaxErrorKind::Incomplete, "incomplete input")
            };
            return Verdict::Rejected(error);
        }
        let last = self.tokens.len().saturating_sub(1);
        if self.raised.is_none() || self.raised_by_force {
            let forced = self.raised.take();
            self.wrong_rules = true;
            self.mark = 0;
            self.level = 0;
            self.spans.clear();
            self.memo.clear();
            self.memo_base = 0;
            let _ = self.rule(start);
            self.raised = self.raised.take().or(forced);
        }
        Verdict::Rejected(self.final_error(last))
    }

    /// Whether the first pass stopped because the input did.
    fn at_end_of_input(&self) -> bool {
        self.reached_end || self.tokenizer.ended_in_string
    }

    fn more_than_one_statement(&mut self) -> Option<Box<SyntaxError>> {
        // CPython looks at the rest of the text: blanks and comments may follow.
        let (_, pos) = self.tokenizer.place();
        let from = self
            .tokens
            .get(self.mark.saturating_sub(1))
            .map_or(pos, |t| t.end as usize);
        let rest = self.source.get(from..).unwrap_or("");
        let more = rest.lines().any(|line| {
            let line = line.trim_matches([' ', '\t', '\n', '\x0c']);
            !line.is_empty() && !line.starts_with('#')
        });
        more.then(|| {
            self.error_here(
                SyntaxErrorKind::Syntax,
                "multiple statements found while compiling a single statement",
            )
        })
    }

    // ---- tokens ----

    /// The token at `index`, reading on as needed.
    pub(super) fn token(&mut self, index: usize) -> Result<Token, Raised> {
        while self.tokens.len() <= index {
            let mut token = match self.tokenizer.next_token() {
                Ok(token) => token,
                Err(stop) => {
                    let error = match stop {
                        Stop::Error(error) | Stop::Refused(error) => error,
                        Stop::EndOfInput => {
                            self.reached_end = true;
                            self.end_of_input()
                        }
                    };
                    self.raised_by_tokenizer = true;
                    self.raised = Some(error);
                    return Err(Raised);
                }
            };
            // CPython looks one character past most tokens, and so sees the end early.
            self.reached_end |= self.tokenizer.at_end()
                && !matches!(
                    token.kind,
                    Kind::String
                        | Kind::FStringEnd
                        | Kind::TStringEnd
                        | Kind::Newline
                        | Kind::Ellipsis
                );
            if self.single {
                if token.kind == Kind::EndMarker && !self.single_ended && !self.tokens.is_empty() {
                    // Interactive input need not end its last line, nor its blocks.
                    self.single_ended = true;
                    token.kind = Kind::Newline;
                    if self.tokenizer.indent_level() > 0 && !self.dont_imply_dedent {
                        self.tokenizer.imply_dedents();
                    }
                } else {
                    self.single_ended = false;
                }
            }
            self.levels.push(self.tokenizer.bracket_level());
            self.tokens.push(token);
        }
        Ok(self.tokens[index])
    }

    pub(super) fn text(&self, token: Token) -> &'s str {
        self.source
            .get(token.start as usize..token.end as usize)
            .unwrap_or("")
    }

    // ---- matching ----

    fn rule(&mut self, rule: usize) -> Parsed {
        let start = self.mark;
        let shared = self.grammar.rules[rule].shared;
        let slot = start.wrapping_sub(self.memo_base);
        if let Some(found) = self.memo.get(slot).and_then(|memos| {
            memos
                .iter()
                .find(|m| m.rule == rule && (shared || m.wrong_rules == self.wrong_rules))
        }) {
            self.mark = found.end;
            return Ok(found.result);
        }
        self.level += 1;
        if self.level > self.levels_max {
            self.raised = Some(Box::new(SyntaxError::bare(
                SyntaxErrorKind::Memory,
                super::super::parse::TOO_COMPLEX,
            )));
            return Err(Raised);
        }
        let grammar = self.grammar;
        let outermost = grammar.rules[rule].name == "top_statement";
        let result = self.alternatives(&grammar.rules[rule].alternatives)?;
        self.level -= 1;
        if outermost && result.is_some() {
            self.memo.clear();
            self.memo_base = self.mark;
            self.spans.clear();
            return Ok(Some(self.span(Node::Other, start, Vec::new())));
        }
        let Some(slot) = start.checked_sub(self.memo_base) else {
            return Ok(result);
        };
        if self.memo.len() <= slot {
            self.memo.resize_with(slot + 1, Vec::new);
        }
        let (wrong_rules, end) = (self.wrong_rules, self.mark);
        self.memo[slot].push(Memo {
            rule,
            wrong_rules,
            result,
            end,
        });
        Ok(result)
    }

    fn alternatives(&mut self, alternatives: &'static [Alternative]) -> Parsed {
        let start = self.mark;
        for alternative in alternatives {
            if alternative.second_pass && !self.wrong_rules {
                continue;
            }
            self.mark = start;
            let mut cut = false;
            if let Some(span) = self.alternative(alternative, &mut cut)? {
                return Ok(Some(span));
            }
            if cut {
                break;
            }
        }
        self.mark = start;
        Ok(None)
    }

    fn alternative(&mut self, alternative: &'static Alternative, cut: &mut bool) -> Parsed {
        let start = self.mark;
        let mut named = [None; NAMED_MAX];
        let mut parts = Vec::new();
        let mut yielded = None;
        for (name, yields, item) in &alternative.items {
            if matches!(item, Item::Cut) {
                *cut = true;
                continue;
            }
            let Some(span) = self.item(item)? else {
                return Ok(None);
            };
            if let Some(name) = name {
                named[*name] = Some(span);
            }
            if *yields {
                yielded = Some(span);
            }
            if !matches!(item, Item::Ahead(_) | Item::NotAhead(_)) {
                parts.push(span);
            }
        }
        match &alternative.action {
            Action::Pass => Ok(Some(match (yielded, parts.as_slice()) {
                (Some(span), _) => span,
                (None, &[only]) => only,
                (None, _) => self.span(Node::Other, start, parts),
            })),
            Action::Make(node) => Ok(Some(self.span(*node, start, parts))),
            action => self.act(action, named),
        }
    }

    fn act(&mut self, action: &Action, named: [Option<SpanId>; NAMED_MAX]) -> Parsed {
        let get = |letter: usize| named.get(letter).copied().flatten().unwrap_or(0);
        match action {
            Action::Pass | Action::Make(_) => Ok(None),
            Action::Raise(place, message) => {
                let message = self.fill(message, named);
                match *place {
                    Place::At(a) => self.raise_span(get(a), get(a), message),
                    Place::Range(a, b) => self.raise_span(get(a), get(b), message),
                    Place::From(a) => self.raise_from(get(a), message),
                    Place::Here => {
                        self.raised = Some(self.error_here(SyntaxErrorKind::Syntax, &message));
                        Err(Raised)
                    }
                    Place::Next => {
                        let next = self.token(self.mark)?;
                        self.raised = Some(self.error_at(next, SyntaxErrorKind::Syntax, &message));
                        Err(Raised)
                    }
                }
            }
            Action::Indentation(message) => {
                let message = self.fill(message, named);
                self.raised = Some(self.error_here(SyntaxErrorKind::Indentation, &message));
                Err(Raised)
            }
            Action::BadTarget(targets, letter) => match self.bad_target(get(*letter), *targets) {
                Some(bad) => {
                    let verb = if *targets == Targets::Delete {
                        "delete"
                    } else {
                        "assign to"
                    };
                    let message = format!("cannot {verb} {}", self.expression_name(bad));
                    self.raise_span(bad, bad, message)
                }
                None => Ok(None),
            },
            Action::Native(name) => self.native_action(name, get(0), get(1)),
        }
    }

    fn item(&mut self, item: &'static Item) -> Parsed {
        let start = self.mark;
        match item {
            Item::Token(kind) => self.one(|_, token| token.kind == *kind, Node::Other),
            Item::Keyword(word) => self.one(
                |this, token| token.kind == Kind::Name && this.text(token) == *word,
                Node::Other,
            ),
            Item::Soft(word) => self.one(
                |this, token| token.kind == Kind::Name && this.text(token) == *word,
                Node::Name,
            ),
            Item::AnyName => self.one(
                |this, token| token.kind == Kind::Name && !KEYWORDS.contains(&this.text(token)),
                Node::Name,
            ),
            Item::AnySoftKeyword => self.one(
                |this, token| {
                    token.kind == Kind::Name
                        && matches!(this.text(token), "_" | "case" | "match" | "type")
                },
                Node::Name,
            ),
            Item::Rule(rule) => self.rule(*rule),
            Item::Group(alternatives) => self.alternatives(alternatives),
            Item::Optional(inner) => match self.item(inner)? {
                Some(span) => Ok(Some(span)),
                None => {
                    self.mark = start;
                    Ok(Some(self.span(Node::Other, start, Vec::new())))
                }
            },
            Item::Repeat {
                item,
                separator,
                at_least_one,
            } => self.repeat(item, separator.as_deref(), *at_least_one),
            Item::Ahead(inner) => {
                let found = self.item(inner)?;
                self.mark = start;
                Ok(found)
            }
            Item::NotAhead(inner) => {
                let found = self.item(inner)?;
                self.mark = start;
                Ok(if found.is_some() {
                    None
                } else {
                    Some(self.span(Node::Other, start, Vec::new()))
                })
            }
            Item::Forced(inner, text) => match self.item(inner)? {
                Some(span) => Ok(Some(span)),
                None => {
                    let next = self.token(self.mark)?;
                    self.raised_by_force = true;
                    self.raise_token(next, format!("expected '{text}'"))
                }
            },
            Item::Cut => Ok(Some(self.span(Node::Other, start, Vec::new()))),
            Item::Native(name) => self.native_item(name),
        }
    }

    fn one(&mut self, accept: impl Fn(&Self, Token) -> bool, node: Node) -> Parsed {
        let token = self.token(self.mark)?;
        if !accept(self, token) {
            return Ok(None);
        }
        self.mark += 1;
        Ok(Some(self.span(node, self.mark - 1, Vec::new())))
    }

    fn repeat(
        &mut self,
        item: &'static Item,
        separator: Option<&'static Item>,
        at_least_one: bool,
    ) -> Parsed {
        let start = self.mark;
        let mut parts = Vec::new();
        let mut resume = start;
        while let Some(span) = self.item(item)? {
            // An item that matches nothing would repeat for ever.
            if self.mark == resume && !parts.is_empty() {
                break;
            }
            parts.push(span);
            resume = self.mark;
            if let Some(separator) = separator
                && self.item(separator)?.is_none()
            {
                break;
            }
            if separator.is_none() && self.mark == start {
                break;
            }
        }
        self.mark = resume;
        if parts.is_empty() && at_least_one {
            return Ok(None);
        }
        Ok(Some(self.span(Node::List, start, parts)))
    }

    // ---- functions of the grammar ----

    fn native_item(&mut self, name: &str) -> Parsed {
        match name {
            "primary" => self.primary(),
            "target_primary" => self.target_primary(),
            "strings" => self.strings(),
            "plain" => {
                let saved = std::mem::replace(&mut self.wrong_rules, false);
                let result = self.rule(self.grammar.rule("plain_expression_body"));
                self.wrong_rules = saved;
                result
            }
            since if since.starts_with("since_") => self.since(since),
            // CPython looks for a type comment here, and so reads on.
            "read" => {
                self.token(self.mark)?;
                Ok(Some(self.span(Node::Other, self.mark, Vec::new())))
            }
            "decoded" => self.decoded(),
            "not_diamond" => self.not_diamond(),
            "imaginary" | "real" => {
                let text = self
                    .tokens
                    .get(self.mark.saturating_sub(1))
                    .map_or("", |t| self.text(*t));
                let imaginary = text.ends_with(['j', 'J']);
                if imaginary == (name == "imaginary") {
                    return Ok(Some(self.span(Node::Other, self.mark, Vec::new())));
                }
                let message = if name == "real" {
                    "real number required in complex literal"
                } else {
                    "imaginary number required in complex literal"
                };
                let token = self.token(self.mark.saturating_sub(1))?;
                self.raise_token(token, message.to_owned())
            }
            "conversion" => self.conversion(),
            _ => Ok(None),
        }
    }

    /// An atom and what follows it: attributes, calls, subscripts.
    fn primary(&mut self) -> Parsed {
        let start = self.mark;
        let Some(mut span) = self.rule(self.grammar.rule("atom"))? else {
            return Ok(None);
        };
        let tail = self.grammar.rule("primary_tail");
        while let Some(more) = self.rule(tail)? {
            let node = self.spans.get(more).map_or(Node::Other, |s| s.node);
            span = self.span(node, start, vec![span, more]);
        }
        Ok(Some(span))
    }

    /// An attribute or subscript that may be assigned to, and that nothing follows.
    fn target_primary(&mut self) -> Parsed {
        let start = self.mark;
        if self.rule(self.grammar.rule("atom"))?.is_none() {
            return Ok(None);
        }
        let (ahead, tail) = (
            self.grammar.rule("t_lookahead"),
            self.grammar.rule("primary_tail"),
        );
        let mut node = Node::Other;
        loop {
            let here = self.mark;
            let more = self.rule(ahead)?.is_some();
            self.mark = here;
            if !more {
                break;
            }
            match self.rule(tail)? {
                Some(span) => node = self.spans.get(span).map_or(Node::Other, |s| s.node),
                None => {
                    self.mark = start;
                    return Ok(None);
                }
            }
        }
        if matches!(node, Node::Attribute | Node::Subscript) {
            return Ok(Some(self.span(node, start, Vec::new())));
        }
        self.mark = start;
        Ok(None)
    }

    pub(super) fn native_rule(&mut self, name: &str) -> Parsed {
        self.rule(self.grammar.rule(name))
    }

    // ---- spans ----

    pub(super) fn span(&mut self, node: Node, first: usize, parts: Vec<SpanId>) -> SpanId {
        self.spans.push(Span {
            node,
            first,
            end: self.mark,
            parts,
        });
        self.spans.len() - 1
    }

    pub(super) fn get(&self, span: SpanId) -> Span {
        let none = Span {
            node: Node::Other,
            first: 0,
            end: 0,
            parts: Vec::new(),
        };
        self.spans.get(span).cloned().unwrap_or(none)
    }

    /// The error to report after the second pass.
    fn final_error(&mut self, last: usize) -> Box<SyntaxError> {
        if let Some(error) = self.raised.take() {
            if !self.raised_by_tokenizer
                && !self.reached_end
                && error.kind != SyntaxErrorKind::Memory
            {
                return self.tokenizer_error_after().unwrap_or(error);
            }
            return error;
        }
        let Some(token) = self.tokens.get(last).copied() else {
            return self.error_here(
                SyntaxErrorKind::Syntax,
                "error at start before reading any input",
            );
        };
        match token.kind {
            Kind::Indent => self.error_here(SyntaxErrorKind::Indentation, "unexpected indent"),
            Kind::Dedent => self.error_here(SyntaxErrorKind::Indentation, "unexpected unindent"),
            _ => {
                let _ = self.raise_token(token, "invalid syntax".to_owned());
                let error = self.raised.take();
                let later = self.tokenizer_error_after();
                later
                    .or(error)
                    .unwrap_or_else(|| self.error_here(SyntaxErrorKind::Syntax, "invalid syntax"))
            }
        }
    }
}
