//! Cuts a JSON text into its elements without reading them: whatever is wrong inside of one of them
//! spoils no other, and no more than one is in memory. The members of a list `files` in an element
//! are cut out of it, so that they may be large in all.

mod surrogates;

use std::io::{self, BufRead};

use self::surrogates::mend;

/// The largest element.
const LARGEST: usize = 32 * 1024 * 1024;

/// An element of an array, or a text that is one object.
pub(super) enum Element<'a> {
    /// Its text, with an empty list of files.
    Whole(&'a [u8]),
    /// One of its files, before it.
    File(&'a [u8]),
    /// It is larger than what is kept.
    TooLarge,
}

/// Shows each element of an array, or the one object that a text is. Half a character in an escape
/// is U+FFFD then. A file that is too large is left out.
pub(super) fn elements(
    json: &mut dyn BufRead,
    mut see: impl FnMut(Element<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut cut = Cut::default();
    loop {
        let buffer = json.fill_buf()?;
        let length = buffer.len();
        if length == 0 {
            return if cut.is_over { Ok(()) } else { Err(io::Error::other("it ends too early")) };
        }
        for byte in buffer {
            let Some(complete) = cut.take(*byte)? else { continue };
            let piece = match complete {
                Complete::Element => &mut cut.element,
                Complete::File => &mut cut.file,
            };
            let Piece { mut text, is_large } = std::mem::take(piece);
            mend(&mut text);
            match (complete, text.trim_ascii_end()) {
                (_, []) => {}
                (Complete::Element, _) if is_large => see(Element::TooLarge)?,
                (Complete::Element, text) => see(Element::Whole(text))?,
                (Complete::File, _) if is_large => {}
                (Complete::File, text) => see(Element::File(text))?,
            }
        }
        json.consume(length);
    }
}

/// What a byte completes.
enum Complete {
    Element,
    File,
}

#[derive(Default)]
struct Piece {
    text: Vec<u8>,
    is_large: bool,
}

#[derive(Default)]
struct Cut {
    /// How many brackets are open.
    depth: u64,
    /// How many of them are open between elements: one in an array, none if it is an object.
    outer: u64,
    within: Within,
    /// The array or object is closed.
    is_over: bool,
    element: Piece,
    /// The list of files of the element is open.
    is_in_files: bool,
    file: Piece,
}

/// Where a byte stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Structure,
    String,
    Escape,
}

impl Cut {
    /// Takes one more byte; what is complete with it.
    fn take(&mut self, byte: u8) -> io::Result<Option<Complete>> {
        match (self.within, byte) {
            (Within::Structure, _) => return self.take_structure(byte),
            (Within::String, b'"') => self.within = Within::Structure,
            (Within::String, b'\\') => self.within = Within::Escape,
            (Within::String | Within::Escape, _) => self.within = Within::String,
        }
        self.keep(byte);
        Ok(None)
    }

    fn take_structure(&mut self, byte: u8) -> io::Result<Option<Complete>> {
        let is_blank = byte.is_ascii_whitespace();
        if self.depth == 0 {
            // A byte order mark may stand before everything.
            let is_mark = !self.is_over && matches!(byte, 0xEF | 0xBB | 0xBF);
            if is_blank || is_mark {
                return Ok(None);
            }
            if self.is_over || !matches!(byte, b'[' | b'{') {
                return Err(io::Error::other("it is neither JSON nor a zip archive"));
            }
            self.outer = u64::from(byte == b'[');
        }
        let before = self.depth;
        match byte {
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth -= 1,
            b'"' => self.within = Within::String,
            _ => {}
        }
        self.is_over = self.depth == 0;
        let among_files = self.outer + 2;
        if self.is_in_files && before == among_files && matches!(byte, b',' | b']' | b'}') {
            if byte != b',' {
                self.is_in_files = false;
                self.keep(byte);
            }
            return Ok(Some(Complete::File));
        }
        let is_array = self.outer == 1;
        let begins = is_array && self.depth == 1 && byte == b'[';
        let ends = self.is_over || (is_array && self.depth == 1 && byte == b',');
        let piece = if self.is_in_files { &self.file } else { &self.element };
        let is_before = is_blank && piece.text.is_empty();
        let is_frame = begins || (ends && is_array);
        if !(is_frame || is_before) {
            self.keep(byte);
        }
        if byte == b'[' && self.depth == among_files && is_named_files(&self.element.text) {
            self.is_in_files = true;
        }
        Ok(ends.then_some(Complete::Element))
    }

    fn keep(&mut self, byte: u8) {
        let piece = if self.is_in_files { &mut self.file } else { &mut self.element };
        if piece.text.len() < LARGEST {
            piece.text.push(byte);
        } else {
            piece.is_large = true;
        }
    }
}

/// Whether a list that was just opened is the member `files`. A quote inside of a name has a
/// backslash before it.
fn is_named_files(text: &[u8]) -> bool {
    fn without<'a>(text: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
        text.strip_suffix(end).map(<[u8]>::trim_ascii_end)
    }
    let name = without(text, b"[").and_then(|text| without(text, b":"));
    let before = name.and_then(|text| without(text, b"\"files\""));
    before.is_some_and(|text| matches!(text.last(), Some(b'{' | b',')))
}
