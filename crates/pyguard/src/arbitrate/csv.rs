//! flawfinder's CSV. The columns are known by the header line, as versions differ.

use super::External;

pub const TOOL: &str = "flawfinder";

pub fn read(text: &str) -> Result<Vec<External>, String> {
    let mut rows = records(text).into_iter();
    let header = rows.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|known| known == name);
    let (Some(file), Some(line)) = (column("File"), column("Line")) else {
        return Err("no columns File and Line".to_owned());
    };
    let (name, warning, cwes) = (column("Name"), column("Warning"), column("CWEs"));
    let mut found = Vec::new();
    for row in rows {
        let cell = |index: Option<usize>| {
            index
                .and_then(|index| row.get(index))
                .cloned()
                .unwrap_or_default()
        };
        let Ok(line) = cell(Some(line)).parse() else {
            continue;
        };
        let numbers = cell(cwes);
        found.push(External {
            tool: TOOL.to_owned(),
            rule: cell(name),
            file: cell(Some(file)),
            line,
            // `CWE-119!/CWE-120`: the first one is the most general.
            cwe: numbers
                .split(|c: char| !c.is_ascii_digit())
                .find(|digits| !digits.is_empty())
                .and_then(|digits| digits.parse().ok()),
            message: cell(warning),
        });
    }
    Ok(found)
}

/// The records of a CSV file (RFC 4180): quoted cells may hold commas, line ends, and quotes written twice.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(record) = records.last_mut() else {
            break;
        };
        let Some(cell) = record.last_mut() else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => records.push(vec![String::new()]),
            c => cell.push(c),
        }
    }
    records.retain(|record| record.len() > 1);
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_may_be_quoted() {
        assert_eq!(
            records("a,b\r\n\"x,\"\"y\"\"\nz\",2\n"),
            [
                vec!["a".to_owned(), "b".to_owned()],
                vec!["x,\"y\"\nz".to_owned(), "2".to_owned()]
            ]
        );
    }
}
