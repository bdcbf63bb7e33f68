//! Changes to bytes that are nearly right already: a program's text, or a code unit's serial form.

use crate::Choices;

/// Makes up to `most` small changes to `bytes`.
pub fn mutate(bytes: &mut Vec<u8>, choices: &mut Choices, most: usize) {
    for _ in 0..1 + choices.below(most) {
        if bytes.is_empty() {
            return;
        }
        let at = choices.below(bytes.len());
        match choices.below(6) {
            0 => bytes[at] = choices.byte(),
            1 => bytes[at] ^= 1 << choices.below(8),
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 => {
                bytes.remove(at);
            }
            4 => bytes.insert(at, choices.byte()),
            _ => {
                let end = (at + 1 + choices.below(16)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = choices.below(bytes.len());
                bytes.splice(to..to, piece);
            }
        }
    }
}
