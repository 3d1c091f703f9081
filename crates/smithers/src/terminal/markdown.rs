//! Markdown as it streams in, for a terminal: headings, bold, code, lists. Everything else stays as
//! it was written.

/// What changes how letters are shown; nothing on a terminal that shows all alike.
#[derive(Clone, Copy, Default)]
struct Marks {
    bold: &'static str,
    code: &'static str,
    plain: &'static str,
}

const COLOURED: Marks = Marks { bold: "\x1b[1m", code: "\x1b[36m", plain: "\x1b[0m" };

/// Turns pieces of Markdown into pieces for a terminal.
#[derive(Default)]
pub(crate) struct Markdown {
    marks: Marks,
    /// What cannot be decided before more has come.
    held: String,
    place: Place,
    is_bold: bool,
    is_code: bool,
    /// Within a block of code.
    is_block: bool,
}

/// Where in a line the next letter stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    Text,
    Heading,
}

impl Markdown {
    /// For a terminal with colours, or without.
    pub(crate) fn new(has_colours: bool) -> Self {
        let marks = if has_colours { COLOURED } else { Marks::default() };
        Self { marks, ..Self::default() }
    }

    /// What can be shown once this has come.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        // The text is the model's: it must not steer the terminal.
        let is_shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        self.held.extend(piece.chars().filter(is_shown));
        let (mut out, mut rest) = (String::new(), std::mem::take(&mut self.held));
        while let Some(length) = self.step(&rest, &mut out) {
            rest.drain(..length);
        }
        self.held = rest;
        out
    }

    /// What was still held back, at the end of a text.
    pub(crate) fn finish(&mut self) -> String {
        let mut out = std::mem::take(&mut self.held);
        if self.is_bold || self.is_code || self.is_block || self.place == Place::Heading {
            out.push_str(self.marks.plain);
        }
        *self = Self { marks: self.marks, ..Self::default() };
        out
    }

    /// Reads one thing; none if more must come first.
    fn step(&mut self, rest: &str, out: &mut String) -> Option<usize> {
        let first = rest.chars().next()?;
        if self.place == Place::Start
            && let Some(length) = self.line_start(rest, out)?
        {
            return Some(length);
        }
        let length = match first {
            '\n' => {
                if self.is_code || self.place == Place::Heading {
                    self.is_code = false;
                    out.push_str(self.marks.plain);
                }
                self.place = Place::Start;
                out.push('\n');
                return Some(1);
            }
            '`' if !self.is_block => {
                self.is_code = !self.is_code;
                self.style(out);
                1
            }
            '*' if !self.is_block && !self.is_code => {
                if rest.len() == 1 {
                    return None;
                }
                if rest.starts_with("**") {
                    self.is_bold = !self.is_bold;
                    self.style(out);
                    2
                } else {
                    out.push('*');
                    1
                }
            }
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        if self.place == Place::Start {
            self.place = Place::Text;
        }
        Some(length)
    }

    /// What a line begins with, if it is more than text. The outer `None` asks for more.
    fn line_start(&mut self, rest: &str, out: &mut String) -> Option<Option<usize>> {
        let indent = rest.len() - rest.trim_start_matches(' ').len();
        let text = &rest[indent..];
        if text.is_empty() || (text.len() < 3 && "```".starts_with(text)) {
            return None;
        }
        if text.starts_with("```") {
            let end = text.find('\n')?;
            self.is_block = !self.is_block;
            out.push_str(if self.is_block { self.marks.code } else { self.marks.plain });
            return Some(Some(indent + end + 1));
        }
        if self.is_block {
            return Some(None);
        }
        let marks = text.len() - text.trim_start_matches('#').len();
        if (1..=6).contains(&marks) {
            let after = text.chars().nth(marks)?;
            if after == ' ' {
                self.place = Place::Heading;
                out.push_str(self.marks.bold);
                return Some(Some(indent + marks + 1));
            }
        }
        if matches!(text, "-" | "*") {
            return None;
        }
        if text.starts_with("- ") || text.starts_with("* ") {
            self.place = Place::Text;
            out.push_str(&rest[..indent]);
            out.push_str("• ");
            return Some(Some(indent + 2));
        }
        Some(None)
    }

    fn style(&self, out: &mut String) {
        out.push_str(self.marks.plain);
        if self.is_bold || self.place == Place::Heading {
            out.push_str(self.marks.bold);
        }
        if self.is_code {
            out.push_str(self.marks.code);
        }
    }
}

#[cfg(test)]
mod tests;
