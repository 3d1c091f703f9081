//! Markdown as it streams in, for a terminal: headings, bold, code, lists. Everything else stays as
//! it was written.

const BOLD: &str = "\x1b[1m";
const CODE: &str = "\x1b[36m";
const PLAIN: &str = "\x1b[0m";

/// Turns pieces of Markdown into pieces for a terminal.
#[derive(Default)]
pub(crate) struct Markdown {
    /// What cannot be decided before more has come.
    held: String,
    is_within_line: bool,
    is_bold: bool,
    is_code: bool,
    is_heading: bool,
    is_block: bool,
}

impl Markdown {
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
        if self.is_bold || self.is_code || self.is_heading || self.is_block {
            out.push_str(PLAIN);
        }
        *self = Self::default();
        out
    }

    /// Reads one thing; none if more must come first.
    fn step(&mut self, rest: &str, out: &mut String) -> Option<usize> {
        let first = rest.chars().next()?;
        if !self.is_within_line
            && let Some(length) = self.line_start(rest, out)?
        {
            return Some(length);
        }
        self.is_within_line = first != '\n';
        let length = match first {
            '\n' => {
                if self.is_heading || (self.is_code && !self.is_block) {
                    (self.is_heading, self.is_code) = (false, false);
                    out.push_str(PLAIN);
                }
                out.push('\n');
                1
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
            out.push_str(if self.is_block { CODE } else { PLAIN });
            return Some(Some(indent + end + 1));
        }
        if self.is_block {
            return Some(None);
        }
        let marks = text.len() - text.trim_start_matches('#').len();
        if (1..=6).contains(&marks) {
            let after = text.chars().nth(marks)?;
            if after == ' ' {
                (self.is_heading, self.is_within_line) = (true, true);
                out.push_str(BOLD);
                return Some(Some(indent + marks + 1));
            }
        }
        if matches!(text, "-" | "*") {
            return None;
        }
        if text.starts_with("- ") || text.starts_with("* ") {
            self.is_within_line = true;
            out.push_str(&rest[..indent]);
            out.push_str("• ");
            return Some(Some(indent + 2));
        }
        Some(None)
    }

    fn style(&self, out: &mut String) {
        out.push_str(PLAIN);
        if self.is_bold || self.is_heading {
            out.push_str(BOLD);
        }
        if self.is_code {
            out.push_str(CODE);
        }
    }
}

#[cfg(test)]
mod tests;
