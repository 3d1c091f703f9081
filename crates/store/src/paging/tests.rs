use uuid::Uuid;

use super::Key;
use crate::{PageRequest, Ts};

#[test]
fn cursors_read_back_as_they_were_written() {
    let id = Uuid::now_v7();
    for key in [(true, Ts(1_700_000_000_000_000), id), (false, Ts(-1), id), Key::FIRST] {
        assert_eq!(Key::parse(&key.to_text()), Some(key));
    }
    for key in [(Ts(1_700_000_000_000_000), id), (Ts(-1), id), Key::FIRST] {
        assert_eq!(Key::parse(&key.to_text()), Some(key));
    }
    assert_eq!(Key::parse(&id.to_text()), Some(id));
}

#[test]
fn a_cursor_that_was_not_made_here_is_the_first_page() {
    let foreign = "2".repeat(49);
    for cursor in ["", "x", "é", "ffff", foreign.as_str(), "0zzzzzzzzzzzzzzzz"] {
        let request = PageRequest { limit: 1, cursor: Some(cursor.to_owned()) };
        assert_eq!(request.key::<(bool, Ts, Uuid)>(), Key::FIRST, "{cursor}");
        assert_eq!(request.key::<(Ts, Uuid)>(), Key::FIRST, "{cursor}");
        assert_eq!(request.key::<Uuid>(), Uuid::FIRST, "{cursor}");
    }
}

#[test]
fn a_page_tells_whether_another_follows() {
    let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    let request = PageRequest { limit: 2, cursor: None };

    let page = request.page(ids.clone(), |id| *id);
    let last = request.page(ids[..2].to_vec(), |id| *id);

    assert_eq!(page.items, ids[..2]);
    assert_eq!(page.next, Some(ids[1].to_text()));
    assert_eq!(last.next, None);
}
