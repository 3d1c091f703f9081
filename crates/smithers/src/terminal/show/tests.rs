//! What is shown of an answer that comes again from its start.

use super::Shown;

/// What of these pieces is shown; `|` stands before what is shown anew.
fn shown(shown: &mut Shown, pieces: &[&str]) -> String {
    let mut told = String::new();
    for piece in pieces {
        let (has_changed, new) = shown.new_text(piece);
        told.push_str(if has_changed { "|" } else { "" });
        told.push_str(&new);
    }
    told
}

#[test]
fn what_was_shown_is_not_shown_twice() {
    for (first, again, new) in [
        (&["Grüße ", "aus"][..], &["Grüße aus Berlin"][..], " Berlin"),
        (&["Grüße aus"], &["G", "rüße", " aus", " Berlin"], " Berlin"),
        (&["Grüße aus"], &["Grüße aus"], ""),
        (&["Grüße"], &["Grü", "n", " ist"], "|Grün ist"),
        (&["Grüße"], &["Hallo"], "|Hallo"),
        (&[], &["Hallo", " du"], "Hallo du"),
    ] {
        let mut answer = Shown::default();
        assert_eq!(shown(&mut answer, first), first.concat());

        answer.again = Some(0);

        assert_eq!(shown(&mut answer, again), new, "{first:?} {again:?}");
        assert_eq!(answer.text, again.concat());
    }
}

#[test]
fn a_step_that_is_made_anew_is_shown_anew() {
    let mut answer = Shown::default();
    shown(&mut answer, &["One. "]);
    answer.step = answer.text.len();
    shown(&mut answer, &["Two and"]);
    answer.again = Some(0);

    assert_eq!(shown(&mut answer, &["One. ", "Two"]), "");
    answer.forget_step();

    assert_eq!(shown(&mut answer, &["Two anew"]), "Two anew");
    assert_eq!(answer.text, "One. Two anew");
}
