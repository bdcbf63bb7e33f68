//! The front end: C source without a build to syntax trees.
//!
//! A file is lexed once and read several times, each time with another choice among its `#if` alternatives ([`conditions`]); a function whose tokens
//! are the same in two readings is parsed once. Nothing here fails: what cannot be read is counted, and the rest of the file stands.
//!
//! Invariants: positions are byte offsets into the file that was given, also for what macros produced; recursion and expansion are bounded.

pub mod ast;
pub mod conditions;
mod declarations;
pub mod intern;
pub mod lexer;
pub mod macros;
pub mod numbers;
mod parser;
pub mod preprocess;
mod statements;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::source::SourceFile;
use ast::Unit;
use conditions::{Assignment, VARIANTS_MAX};
use intern::{FastMap, FastSet, Name};
use lexer::{Comment, Lexed};
use macros::Macros;

pub use declarations::word_at;
pub use statements::constant;

/// How deep headers may include each other.
const INCLUDE_DEPTH_MAX: usize = 6;
/// Branches that no reading took, of which that many are searched for.
const BRANCHES_MAX: usize = 200;

/// A parsed file.
#[derive(Debug, Default)]
pub struct File {
    pub unit: Unit,
    pub comments: Vec<Comment>,
    /// Readings of the file.
    pub variants: usize,
}

/// What a header gives to the files that include it.
#[derive(Debug, Default)]
pub struct Header {
    macros: Macros,
    types: FastSet<Name>,
    unit: Unit,
}

/// Headers, read once. Only those beside the including file (or below it) are looked for: the rest is known, or unknown.
#[derive(Default)]
pub struct Headers {
    known: Mutex<FastMap<PathBuf, Option<Arc<Header>>>>,
}

impl Headers {
    fn get(&self, path: &Path, keep: &dyn Fn(&str) -> bool, depth: usize) -> Option<Arc<Header>> {
        if depth > INCLUDE_DEPTH_MAX {
            return None;
        }
        let known = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(path)
            .cloned();
        if let Some(found) = known {
            return found;
        }
        let header = SourceFile::read(path, "").ok().map(|source| {
            let lexed = lexer::lex(&source.text);
            let mut header = Header::default();
            self.include(&lexed, path, keep, depth + 1, &mut header);
            let reading = preprocess::read(&lexed, &header.macros, &Assignment::default(), keep);
            header.macros = reading.macros;
            let mut seen = FastSet::default();
            // Bodies of a header's functions are parsed with the header itself.
            declarations::split(
                &reading.tokens,
                &mut declarations::Splitter {
                    text: &source.text,
                    unit: &mut header.unit,
                    types: &mut header.types,
                    seen: &mut seen,
                    variant: 0,
                },
            );
            header.unit.functions.clear();
            header.unit.globals.clear();
            Arc::new(header)
        });
        // Two threads may have read it; what they got is the same.
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.to_owned(), header.clone());
        header
    }

    /// Adds what the headers that a file includes give it.
    fn include(
        &self,
        lexed: &Lexed,
        path: &Path,
        keep: &dyn Fn(&str) -> bool,
        depth: usize,
        into: &mut Header,
    ) {
        let folder = path.parent().unwrap_or(Path::new(""));
        for directive in lexed
            .directives
            .iter()
            .filter(|directive| directive.name == "include")
        {
            let Some(name) = directive
                .tokens
                .first()
                .filter(|token| token.kind == lexer::Kind::Str)
            else {
                continue;
            };
            let name = name.text.trim_matches('"');
            // Argument Clinic's output declares what follows in the file itself.
            if name.is_empty() || name.ends_with(".c.h") || name.starts_with('/') {
                continue;
            }
            let Some(header) = self.get(&folder.join(name), keep, depth) else {
                continue;
            };
            for (name, definition) in header.macros.names() {
                into.macros.define(name, definition.clone());
            }
            into.types.extend(header.types.iter().copied());
            into.unit.records.extend(
                header
                    .unit
                    .records
                    .iter()
                    .map(|(name, record)| (*name, record.clone())),
            );
            into.unit
                .typedefs
                .extend(header.unit.typedefs.iter().map(|(name, ty)| (*name, *ty)));
            into.unit
                .prototypes
                .extend(header.unit.prototypes.iter().map(|(name, ty)| (*name, *ty)));
        }
    }
}

/// Parses a file. `path` is where its headers are looked for; `keep` names the macros that are not expanded because their meaning is known.
pub fn parse(
    source: &SourceFile,
    path: &Path,
    headers: &Headers,
    keep: &dyn Fn(&str) -> bool,
) -> File {
    let lexed = lexer::lex(&source.text);
    let mut included = Header::default();
    headers.include(&lexed, path, keep, 0, &mut included);
    let Header {
        macros,
        mut types,
        mut unit,
    } = included;
    let branches = conditions::branches(&lexed.directives);
    let mut covered: FastSet<usize> = FastSet::default();
    let mut seen = FastSet::default();
    let mut variants = 0;
    let mut searched = 0;
    let mut assignment = Assignment::default();
    loop {
        let reading = preprocess::read(&lexed, &macros, &assignment, keep);
        declarations::split(
            &reading.tokens,
            &mut declarations::Splitter {
                text: &source.text,
                unit: &mut unit,
                types: &mut types,
                seen: &mut seen,
                variant: variants as u8,
            },
        );
        covered.extend(reading.taken);
        if variants == 0 {
            unit.constants = declarations::constants(&reading.macros);
            unit.macros = reading
                .macros
                .names()
                .filter(|(_, definition)| definition.parameters.is_some())
                .map(|(name, _)| name)
                .collect();
        }
        variants += 1;
        if variants >= VARIANTS_MAX || covered.len() >= branches.len() {
            break;
        }
        if variants == 1 {
            assignment = Assignment {
                inverse: true,
                ..Assignment::default()
            };
            continue;
        }
        // As many of the branches that are left as go together.
        let base = Assignment::default();
        let mut next: Option<Assignment> = None;
        for (index, branch) in branches.iter().enumerate() {
            if covered.contains(&branch.directive) || searched >= BRANCHES_MAX {
                continue;
            }
            searched += 1;
            let from = next.as_ref().unwrap_or(&base);
            if let Some(found) =
                conditions::select(index, &branches, &lexed.directives, &macros, from)
            {
                next = Some(found);
            }
        }
        match next {
            Some(found) => assignment = found,
            None => break,
        }
    }
    File {
        unit,
        comments: lexed.comments,
        variants,
    }
}

#[cfg(test)]
mod tests;
