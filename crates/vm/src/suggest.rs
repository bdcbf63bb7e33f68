//! "Did you mean": the candidate closest to a misspelt name, by the edit distance and the limits that CPython uses.
//!
//! Names are compared as bytes. A moved or changed byte costs [`MOVE_COST`], a difference of case [`CASE_COST`].

/// Lists of candidates at least this long are not searched.
const CANDIDATES_MAX: usize = 750;
/// Names that differ in more bytes than this are not compared.
const NAME_BYTES_MAX: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

/// The candidate to suggest for a wrong name, if one is close enough; the first of equally close ones.
pub fn closest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.take(CANDIDATES_MAX).collect();
    if candidates.len() >= CANDIDATES_MAX {
        return None;
    }
    let mut best: Option<(&str, usize)> = None;
    for candidate in candidates {
        if candidate == wrong {
            continue;
        }
        let mut limit = (wrong.len() + candidate.len() + 3) * MOVE_COST / 6;
        if let Some((_, distance)) = best {
            match distance.checked_sub(1) {
                Some(closer) => limit = limit.min(closer),
                None => break,
            }
        }
        if let Some(distance) = distance_within(wrong.as_bytes(), candidate.as_bytes(), limit) {
            best = Some((candidate, distance));
        }
    }
    best.map(|(name, _)| name)
}

/// What a call with a keyword is told that the function does not have.
pub fn unexpected_keyword<'a>(
    function: &str,
    wrong: &str,
    known: impl Iterator<Item = &'a str>,
) -> String {
    let hint = closest(wrong, known).map_or(String::new(), |s| format!(". Did you mean '{s}'?"));
    format!("{function}() got an unexpected keyword argument '{wrong}'{hint}")
}

/// The edit distance, None beyond the limit.
fn distance_within(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    let same_start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same_start..], &b[same_start..]);
    let same_end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - same_end], &b[..b.len() - same_end]);
    let within = |distance: usize| (distance <= limit).then_some(distance);
    if a.is_empty() || b.is_empty() {
        return within((a.len() + b.len()) * MOVE_COST);
    }
    if a.len() > NAME_BYTES_MAX || b.len() > NAME_BYTES_MAX {
        return None;
    }
    let (a, b) = if b.len() < a.len() { (b, a) } else { (a, b) };
    if (b.len() - a.len()) * MOVE_COST > limit {
        return None;
    }
    // One row of the usual table, of distances between prefixes of `a` and the part of `b` seen so far.
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    let mut result = 0;
    for (i, &y) in b.iter().enumerate() {
        let mut diagonal = i * MOVE_COST;
        result = diagonal;
        let mut least = usize::MAX;
        for (cell, &x) in row.iter_mut().zip(a) {
            let substituted = diagonal + substitution_cost(x, y);
            diagonal = *cell;
            result = (result.min(diagonal) + MOVE_COST).min(substituted);
            *cell = result;
            least = least.min(result);
        }
        if least > limit {
            return None;
        }
    }
    within(result)
}

fn substitution_cost(x: u8, y: u8) -> usize {
    if x == y {
        0
    } else if x.eq_ignore_ascii_case(&y) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_suggested() {
        let check = |wrong, candidates: &[&'static str], expected| {
            assert_eq!(closest(wrong, candidates.iter().copied()), expected)
        };
        check("lenght", &["length", "width"], Some("length"));
        check("Length", &["length"], Some("length"));
        check("xyz", &["length"], None);
        check("noise", &["noise2", "noise"], Some("noise2"));
        check("abc", &[], None);
    }
}
