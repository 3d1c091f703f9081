//! Cuts a JSON text into its elements without reading them: whatever is wrong inside of one of them
//! spoils no other, and no more than one is in memory.

use std::io::{self, BufRead};

/// The largest element.
const LARGEST: usize = 32 * 1024 * 1024;

/// An element of an array, or a text that is one object.
pub(super) enum Element<'a> {
    /// Its text.
    Whole(&'a [u8]),
    /// It is larger than what is kept.
    TooLarge,
}

/// Shows each element of an array, or the one object that a text is.
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
            if cut.take(*byte)? {
                if cut.is_large {
                    see(Element::TooLarge)?;
                } else if !cut.element.is_empty() {
                    see(Element::Whole(&cut.element))?;
                }
                (cut.element, cut.is_large) = (Vec::new(), false);
            }
        }
        json.consume(length);
    }
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
    element: Vec<u8>,
    is_large: bool,
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
    /// Takes one more byte; whether an element is complete.
    fn take(&mut self, byte: u8) -> io::Result<bool> {
        match (self.within, byte) {
            (Within::Structure, _) => return self.take_structure(byte),
            (Within::String, b'"') => self.within = Within::Structure,
            (Within::String, b'\\') => self.within = Within::Escape,
            (Within::String | Within::Escape, _) => self.within = Within::String,
        }
        self.keep(byte);
        Ok(false)
    }

    fn take_structure(&mut self, byte: u8) -> io::Result<bool> {
        let is_blank = byte.is_ascii_whitespace();
        if self.depth == 0 {
            // A byte order mark may stand before everything.
            let is_mark = !self.is_over && matches!(byte, 0xEF | 0xBB | 0xBF);
            if is_blank || is_mark {
                return Ok(false);
            }
            if self.is_over || !matches!(byte, b'[' | b'{') {
                return Err(io::Error::other("it is neither JSON nor a zip archive"));
            }
            self.outer = u64::from(byte == b'[');
        }
        match byte {
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth -= 1,
            b'"' => self.within = Within::String,
            _ => {}
        }
        self.is_over = self.depth == 0;
        let is_array = self.outer == 1;
        let begins = is_array && self.depth == 1 && byte == b'[';
        let ends = self.is_over || (is_array && self.depth == 1 && byte == b',');
        let is_before = is_blank && self.element.is_empty();
        let is_frame = begins || (ends && is_array);
        if !(is_frame || is_before) {
            self.keep(byte);
        }
        Ok(ends)
    }

    fn keep(&mut self, byte: u8) {
        if self.element.len() < LARGEST {
            self.element.push(byte);
        } else {
            self.is_large = true;
        }
    }
}
