//! cppcheck's XML, version 2: `<error id= cwe= msg=>` with one or more `<location file= line=>`, of which the first is where it is.

use super::External;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

pub fn read(text: &str) -> Result<Vec<External>, String> {
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    let mut open: Option<External> = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == b"error" => {
                // What concerns the run and not the code has no place and is dropped.
                open = Some(External {
                    tool: "cppcheck".to_owned(),
                    rule: attribute(&tag, "id"),
                    file: String::new(),
                    line: 0,
                    cwe: attribute(&tag, "cwe").parse().ok(),
                    message: attribute(&tag, "msg"),
                });
            }
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == b"location" => {
                if let Some(external) = open.as_mut().filter(|external| external.line == 0) {
                    external.file = attribute(&tag, "file");
                    external.line = attribute(&tag, "line").parse().unwrap_or(0);
                }
            }
            Event::End(tag) if tag.name().as_ref() == b"error" => {
                found.extend(open.take().filter(|external| external.line > 0));
            }
            _ => {}
        }
    }
    Ok(found)
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    tag.attributes()
        .flatten()
        .find(|attribute| attribute.key.as_ref() == name.as_bytes())
        .map(|attribute| {
            let text = String::from_utf8_lossy(&attribute.value).into_owned();
            quick_xml::escape::unescape(&text).map_or(text.clone(), |text| text.into_owned())
        })
        .unwrap_or_default()
}
