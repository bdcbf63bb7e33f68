//! Wheels and sdists: what is native in them, and their C files unpacked into a folder of their own, which is removed in the end.
//!
//! An archive is not trusted: names that lead out of the folder are left out, links are not followed, and what unpacks to too much is cut off.

use super::{Distribution, Kind, Native, is_c_name, is_native_name, kind};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A larger member is not read.
const MEMBER_BYTES_MAX: u64 = 256 << 20;
/// What is unpacked of one archive in all.
const ARCHIVE_BYTES_MAX: u64 = 1 << 30;
const MEMBERS_MAX: usize = 200_000;

/// A folder that is removed with the value.
#[derive(Debug)]
pub struct Unpacked(PathBuf);

impl Unpacked {
    fn new() -> Result<Unpacked, String> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "pyguard-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        // Fails when somebody else has made it.
        std::fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Unpacked(path))
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn is_archive(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    [".whl", ".zip", ".tar.gz", ".tgz", ".tar"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// Reads an archive.
pub fn open(path: &Path) -> Result<(Distribution, Unpacked), String> {
    let file_name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let (name, version) = name_and_version(&file_name);
    let mut taker = Taker {
        folder: Unpacked::new()?,
        distribution: Distribution {
            name,
            version,
            ..Distribution::default()
        },
        bytes: 0,
        members: 0,
    };
    let lower = file_name.to_lowercase();
    let file = File::open(path).map_err(|error| error.to_string())?;
    if lower.ends_with(".whl") || lower.ends_with(".zip") {
        zip(file, &mut taker)?;
    } else if lower.ends_with(".tar") {
        tar(BufReader::new(file), &mut taker)?;
    } else {
        tar(GzDecoder::new(BufReader::new(file)), &mut taker)?;
    }
    taker.distribution.c_files.sort();
    Ok((taker.distribution, taker.folder))
}

/// `ujson-5.10.0-cp314-cp314-manylinux.whl`, `ujson-5.10.0.tar.gz`: the name ends where the version, which begins with a digit, begins.
fn name_and_version(file_name: &str) -> (String, String) {
    let stem = [".whl", ".zip", ".tar.gz", ".tgz", ".tar"]
        .iter()
        .find_map(|ending| file_name.strip_suffix(ending))
        .unwrap_or(file_name);
    let wheel = file_name.ends_with(".whl");
    let parts: Vec<&str> = stem.split('-').collect();
    let at = parts
        .iter()
        .skip(1)
        .position(|part| part.starts_with(|c: char| c.is_ascii_digit()))
        .map(|at| at + 1);
    match at {
        Some(at) => {
            let version = if wheel {
                parts[at].to_owned()
            } else {
                parts[at..].join("-")
            };
            (parts[..at].join("-"), version)
        }
        None => (stem.to_owned(), String::new()),
    }
}

fn zip(file: File, taker: &mut Taker) -> Result<(), String> {
    let mut archive =
        zip::ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(|error| error.to_string())?;
        if member.is_file() {
            let name = member
                .name()
                .map_err(|error| error.to_string())?
                .into_owned();
            let size = member.size();
            taker.take(&name, size, member)?;
        }
    }
    Ok(())
}

fn tar(reader: impl Read, taker: &mut Taker) -> Result<(), String> {
    let mut archive = tar::Archive::new(reader);
    for member in archive.entries().map_err(|error| error.to_string())? {
        let member = member.map_err(|error| error.to_string())?;
        if member.header().entry_type().is_file() {
            let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
            let size = member.size();
            taker.take(&name, size, member)?;
        }
    }
    Ok(())
}

/// Takes from an archive what matters.
struct Taker {
    folder: Unpacked,
    distribution: Distribution,
    bytes: u64,
    members: usize,
}

impl Taker {
    fn take(&mut self, name: &str, size: u64, member: impl Read) -> Result<(), String> {
        self.members += 1;
        if self.members > MEMBERS_MAX {
            return Err(format!("more than {MEMBERS_MAX} members"));
        }
        let file_name = name.rsplit('/').next().unwrap_or(name);
        let native = is_native_name(file_name);
        if !native && !is_c_name(file_name) {
            return Ok(());
        }
        let Some(inside) = safe(name) else {
            return Ok(());
        };
        // A header's size may lie: the reader is cut off, too.
        if size > MEMBER_BYTES_MAX || self.bytes + size > ARCHIVE_BYTES_MAX {
            return Err(format!("{name} is too large"));
        }
        let mut bytes = Vec::new();
        member
            .take(MEMBER_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("{name}: {error}"))?;
        self.bytes += bytes.len() as u64;
        if native {
            self.distribution.native.push(Native {
                file: name.to_owned(),
                bytes: bytes.len() as u64,
                kind: if bytes.is_empty() {
                    Kind::Library
                } else {
                    kind(&bytes)
                },
            });
            return Ok(());
        }
        let target = self.folder.0.join(inside);
        let written = target
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&target, &bytes));
        written.map_err(|error| format!("{name}: {error}"))?;
        self.distribution.c_files.push(target);
        Ok(())
    }
}

/// The name as a path that stays inside the folder.
fn safe(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        .then(|| path.to_owned())
        .filter(|_| !name.contains('\\') && !name.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        let of = |name| name_and_version(name);
        let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(
            of("ujson-5.10.0-cp314-cp314-manylinux_2_17_x86_64.whl"),
            pair("ujson", "5.10.0")
        );
        assert_eq!(of("a-b-1.0rc1.tar.gz"), pair("a-b", "1.0rc1"));
        assert_eq!(of("x.zip"), pair("x", ""));
    }

    #[test]
    fn names_do_not_lead_out() {
        assert!(safe("a/b.c").is_some());
        assert!(safe("../b.c").is_none());
        assert!(safe("/b.c").is_none());
        assert!(safe("a/../../b.c").is_none());
        assert!(safe("a\\..\\b.c").is_none());
    }
}
