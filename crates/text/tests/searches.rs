//! Searching, splitting and padding of str and bytes against CPython's answers.

mod common;
use common::*;
use mesapy_text::search::{self, Kind};
use mesapy_text::{pad, split, wtf8};
use std::ops::Range;

#[test]
fn searches() {
    replay("searches", |fields| {
        let kind = if fields[0] == "str" {
            Kind::Str
        } else {
            Kind::Bytes
        };
        let s = &unhex(fields[2])[..];
        let other = fields
            .get(3)
            .filter(|f| !f.starts_with('-'))
            .map(|f| unhex(f))
            .unwrap_or_default();
        let max = |i: usize| {
            fields[i]
                .parse::<isize>()
                .map_or(0, |n| usize::try_from(n).unwrap_or(usize::MAX))
        };
        let parts = |ranges: Vec<Range<usize>>| {
            ranges
                .into_iter()
                .map(|r| hex(&s[r]))
                .collect::<Vec<_>>()
                .join(",")
        };
        let prefix = |at: Option<usize>| at.map_or("-".into(), |at| hex(&s[..at]));
        let fill = || match kind {
            Kind::Str => wtf8::decode_at(&unhex(fields[4]), 0).unwrap().0,
            Kind::Bytes => unhex(fields[4])[0] as u32,
        };
        let padded = |r: Result<Option<Vec<u8>>, _>| hex(&r.unwrap().unwrap_or(s.to_vec()));
        match fields[1] {
            "count" => search::count(s, &other, kind).to_string(),
            "find" => prefix(search::find(s, &other)),
            "rfind" => prefix(search::rfind(s, &other)),
            "replace" => padded(search::replace(s, &other, &unhex(fields[4]), max(5), kind)),
            "split" => parts(split::split_whitespace(s, max(3), kind)),
            "rsplit" => parts(split::rsplit_whitespace(s, max(3), kind)),
            "splitsep" => parts(split::split_sep(s, &other, max(4))),
            "rsplitsep" => parts(split::rsplit_sep(s, &other, max(4))),
            "lines" => parts(split::lines(s, fields[3] == "1", kind)),
            "strip" => hex(&s[split::strip_whitespace(s, true, true, kind)]),
            "lstrip" => hex(&s[split::strip_whitespace(s, true, false, kind)]),
            "rstrip" => hex(&s[split::strip_whitespace(s, false, true, kind)]),
            "stripchars" => hex(&s[split::strip_chars(s, &other, true, true, kind)]),
            "lstripchars" => hex(&s[split::strip_chars(s, &other, true, false, kind)]),
            "rstripchars" => hex(&s[split::strip_chars(s, &other, false, true, kind)]),
            "ljust" => padded(pad::ljust(s, max(3), fill(), kind)),
            "rjust" => padded(pad::rjust(s, max(3), fill(), kind)),
            "center" => padded(pad::center(s, max(3), fill(), kind)),
            "zfill" => padded(pad::zfill(s, max(3), kind)),
            "expandtabs" => hex(&pad::expandtabs(s, fields[3].parse().unwrap(), kind).unwrap()),
            other => panic!("unknown operation {other}"),
        }
    });
}
