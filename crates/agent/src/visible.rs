//! Text that a person decides by: what is there shows.

/// Writes out what would not show or would turn the order of what stands around it, so that two
/// texts that look alike are alike. White space becomes plain spaces. Joiners stay where scripts
/// and emoji need them.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    for letter in text.chars() {
        let joins = matches!(letter, '\u{200c}' | '\u{200d}') && !before.is_ascii();
        if letter.is_whitespace() && !letter.is_control() {
            shown.push(' ');
        } else if is_hidden(letter) && !joins {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
        before = letter;
    }
    shown
}

/// Controls, format characters and letters without ink.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{13430}'..='\u{13455}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}
