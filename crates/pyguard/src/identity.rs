//! What makes a finding the same one in another version of the code: its rule, its function and the code it is about, not its line.

use crate::finding::Finding;
use crate::sources::Sources;
use std::collections::HashMap;

/// A statement of more lines is cut here.
const STATEMENT_LINES_MAX: u32 = 6;

/// Gives each finding its code and its fingerprint.
pub fn identify(findings: &mut [Finding], sources: &Sources) {
    let mut seen: HashMap<u64, u32> = HashMap::new();
    for finding in findings {
        finding.code = statement(sources, &finding.file, finding.line);
        let name = finding.file.rsplit('/').next().unwrap_or(&finding.file);
        let key = hash(&[finding.rule, name, &finding.function, &finding.code]);
        let count = seen.entry(key).or_default();
        *count += 1;
        finding.fingerprint = format!("{key:016x}.{count}");
    }
}

/// The statement that begins on a line, without comments and without space that means nothing.
pub fn statement(sources: &Sources, file: &str, line: u32) -> String {
    let mut code = String::new();
    for (_, text) in sources.lines(file, line, line + STATEMENT_LINES_MAX - 1) {
        code.push_str(&text);
        code.push(' ');
        if text.trim_end().ends_with([';', '{', '}', ':']) {
            break;
        }
    }
    normalise(&code)
}

/// Takes comments out, and space except between words.
pub fn normalise(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    let mut space = false;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |at| &rest[at..]);
            continue;
        }
        if rest.starts_with("/*") {
            rest = rest[2..].find("*/").map_or("", |at| &rest[2 + at + 2..]);
            space = true;
            continue;
        }
        rest = &rest[next.len_utf8()..];
        if next.is_whitespace() {
            space = true;
            continue;
        }
        let word = |c: char| c.is_alphanumeric() || c == '_';
        if space && word(next) && out.chars().next_back().is_some_and(word) {
            out.push(' ');
        }
        space = false;
        out.push(next);
    }
    out
}

/// FNV-1a over the parts: the same in every version and on every machine, which the standard hashers do not promise.
pub fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_comments_do_not_count() {
        assert_eq!(normalise("  x  =  f( a,b ) ; /* why */ // no"), "x=f(a,b);");
        assert_eq!(normalise("return  x/y;"), "return x/y;");
        assert_eq!(normalise("int/**/x"), "int x");
        assert_eq!(normalise("/* open"), "");
    }
}
