//! Text to tokens. Never fails: what is no token of C becomes a one-character punctuator, which the parser then refuses.
//!
//! Directives are kept apart from the tokens around them, at their place in the stream, for the preprocessor. Comments vanish, except those that
//! speak to this tool.

use super::intern::{Cache, Name};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ident,
    Int,
    Float,
    Str,
    Char,
    Punct,
    /// `text` is empty, and `pos` is the index of the directive.
    Directive,
    End,
}

#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub text: Name,
    /// Where it stands; for a token that came out of a macro, where the macro was invoked.
    pub pos: u32,
    pub kind: Kind,
    /// First of its line.
    pub first: bool,
    /// White space precedes it: tells `#define F(x)` from `#define F (x)`.
    pub spaced: bool,
    /// Came out of a macro.
    pub expanded: bool,
}

impl Token {
    pub const END: Token = Token {
        text: "",
        pos: u32::MAX,
        kind: Kind::End,
        first: true,
        spaced: true,
        expanded: false,
    };

    pub fn is(&self, punct: &str) -> bool {
        self.kind == Kind::Punct && self.text == punct
    }

    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Ident && self.text == word
    }
}

#[derive(Debug)]
pub struct Directive {
    /// `if`, `define`, …
    pub name: Name,
    pub tokens: Vec<Token>,
    pub pos: u32,
}

/// A comment that contains `pyguard:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub pos: u32,
    pub text: String,
}

#[derive(Debug, Default)]
pub struct Lexed {
    pub tokens: Vec<Token>,
    pub directives: Vec<Directive>,
    pub comments: Vec<Comment>,
}

/// Longest first.
const PUNCTUATORS: &[&str] = &[
    "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "*=",
    "/=", "%=", "+=", "-=", "&=", "^=", "|=", "##", "(", ")", "{", "}", "[", "]", ";", ",", ".",
    "&", "*", "+", "-", "~", "!", "/", "%", "<", ">", "^", "|", "?", ":", "=", "#", "\\", "@", "$",
    "`",
];

pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        names: Cache::default(),
        out: Lexed::default(),
        first: true,
        spaced: true,
    };
    lexer.run();
    lexer.out
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    names: Cache<'t>,
    out: Lexed,
    first: bool,
    spaced: bool,
}

impl<'t> Lexer<'t> {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        self.out.tokens.reserve(self.bytes.len() / 5);
        loop {
            if !self.space() {
                self.at += 1;
                self.first = true;
                self.spaced = true;
                continue;
            }
            if self.at >= self.bytes.len() {
                return;
            }
            if self.first && self.byte(0) == b'#' {
                self.directive();
                continue;
            }
            let token = self.token();
            self.out.tokens.push(token);
        }
    }

    /// Skips blanks and comments, but stops in front of a newline, and then says false.
    fn space(&mut self) -> bool {
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\n' => return false,
                byte if byte.is_ascii_whitespace() || byte == 0x0b || byte == 0 => self.at += 1,
                b'\\' if self.byte(1) == b'\n' => self.at += 2,
                b'\\' if self.byte(1) == b'\r' && self.byte(2) == b'\n' => self.at += 3,
                b'/' if self.byte(1) == b'*' => {
                    let start = self.at;
                    let end = find(self.bytes, start + 2, b"*/");
                    self.at = end.map_or(self.bytes.len(), |end| end + 2);
                    self.comment(start);
                }
                b'/' if self.byte(1) == b'/' => {
                    let start = self.at;
                    self.at = find(self.bytes, start, b"\n").unwrap_or(self.bytes.len());
                    self.comment(start);
                }
                _ => return true,
            }
            self.spaced = true;
        }
        true
    }

    fn comment(&mut self, start: usize) {
        if let Some(text) = self.text.get(start..self.at) {
            if text.contains("pyguard:") {
                self.out.comments.push(Comment {
                    pos: start as u32,
                    text: text.to_string(),
                });
            }
        }
    }

    fn directive(&mut self) {
        let pos = self.at as u32;
        self.at += 1;
        self.first = false;
        let mut tokens = Vec::new();
        while self.space() && self.at < self.bytes.len() {
            let token = self.token();
            tokens.push(token);
        }
        let mut name = "";
        if tokens
            .first()
            .is_some_and(|token| token.kind == Kind::Ident)
        {
            name = tokens.remove(0).text;
        }
        self.out.tokens.push(Token {
            text: "",
            pos: self.out.directives.len() as u32,
            kind: Kind::Directive,
            first: true,
            spaced: true,
            expanded: false,
        });
        self.out.directives.push(Directive { name, tokens, pos });
    }

    fn token(&mut self) -> Token {
        let start = self.at;
        let (kind, text) = match self.bytes[start] {
            b'"' => (Kind::Str, self.quoted(b'"')),
            b'\'' => (Kind::Char, self.quoted(b'\'')),
            byte if is_ident(byte) && !byte.is_ascii_digit() => {
                while self.at < self.bytes.len() && is_ident(self.bytes[self.at]) {
                    self.at += 1;
                }
                let prefix = &self.text[start..self.at];
                match self.byte(0) {
                    b'"' if matches!(prefix, "L" | "u" | "U" | "u8") => {
                        (Kind::Str, self.quoted(b'"'))
                    }
                    b'\'' if matches!(prefix, "L" | "u" | "U" | "u8") => {
                        (Kind::Char, self.quoted(b'\''))
                    }
                    _ => (Kind::Ident, self.names.intern(prefix)),
                }
            }
            byte if byte.is_ascii_digit() || byte == b'.' && self.byte(1).is_ascii_digit() => {
                self.number()
            }
            _ => (Kind::Punct, self.punctuator()),
        };
        let token = Token {
            text,
            pos: start as u32,
            kind,
            first: self.first,
            spaced: self.spaced,
            expanded: false,
        };
        self.first = false;
        self.spaced = false;
        token
    }

    /// A literal with its quotes, without its prefix. Ends at the end of the line at the latest.
    fn quoted(&mut self, quote: u8) -> Name {
        let start = self.at;
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\n' => break,
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                byte => {
                    self.at += 1;
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        // A backslash may have jumped into the middle of a character.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        let text: &'t str = &self.text[start..self.at];
        self.names.intern(text)
    }

    fn number(&mut self) -> (Kind, Name) {
        let start = self.at;
        let hexadecimal = self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X');
        let mut float = false;
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'.' => float = true,
                b'e' | b'E' if !hexadecimal => {
                    float = true;
                    if matches!(self.byte(1), b'+' | b'-') {
                        self.at += 1;
                    }
                }
                b'p' | b'P' if hexadecimal => {
                    float = true;
                    if matches!(self.byte(1), b'+' | b'-') {
                        self.at += 1;
                    }
                }
                byte if is_ident(byte) => {}
                _ => break,
            }
            self.at += 1;
        }
        let text = self.names.intern(&self.text[start..self.at]);
        (if float { Kind::Float } else { Kind::Int }, text)
    }

    fn punctuator(&mut self) -> Name {
        // The commonest first, and alone.
        const SINGLE: &[(u8, Name)] = &[
            (b'(', "("),
            (b')', ")"),
            (b',', ","),
            (b';', ";"),
            (b'{', "{"),
            (b'}', "}"),
            (b'[', "["),
            (b']', "]"),
        ];
        if let Some((_, text)) = SINGLE.iter().find(|(byte, _)| *byte == self.bytes[self.at]) {
            self.at += 1;
            return text;
        }
        let rest = &self.bytes[self.at..];
        for text in PUNCTUATORS {
            if rest.starts_with(text.as_bytes()) {
                self.at += text.len();
                return text;
            }
        }
        self.at += 1;
        "?unknown"
    }
}

fn is_ident(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let from = from.min(bytes.len());
    bytes[from..]
        .windows(what.len())
        .position(|window| window == what)
        .map(|at| at + from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&'static str> {
        lex(text).tokens.iter().map(|token| token.text).collect()
    }

    #[test]
    fn tokens_of_all_kinds() {
        assert_eq!(
            texts("a->b <<= 0x1fUL + 1.5e-3 \"s\\\"t\" 'c' L\"w\" // no\n/* no */ ..."),
            [
                "a",
                "->",
                "b",
                "<<=",
                "0x1fUL",
                "+",
                "1.5e-3",
                "\"s\\\"t\"",
                "'c'",
                "\"w\"",
                "..."
            ]
        );
    }

    #[test]
    fn directives_stand_apart() {
        let lexed = lex("a\n# define F(x) \\\n  x /* \n */ + 1\nb");
        assert_eq!(lexed.directives.len(), 1);
        assert_eq!(lexed.directives[0].name, "define");
        let tokens: Vec<_> = lexed.directives[0].tokens.iter().map(|t| t.text).collect();
        assert_eq!(tokens, ["F", "(", "x", ")", "x", "+", "1"]);
        assert_eq!(lexed.tokens.len(), 3);
    }

    #[test]
    fn any_bytes_end() {
        for text in [
            "'\\",
            "\"\\\u{e9}",
            "/*",
            "//",
            "#",
            "\u{0}\u{1}\u{fffd}",
            "1.e",
            "\\",
        ] {
            lex(text);
        }
    }
}
