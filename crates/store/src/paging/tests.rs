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
    assert_eq!(Key::parse(&7_i64.to_text()), Some(7_i64));
}

#[test]
fn a_cursor_that_was_not_made_here_is_refused() {
    let foreign = "2".repeat(49);
    for cursor in ["", "x", "é", "ffff", foreign.as_str(), "0zzzzzzzzzzzzzzzz"] {
        let request = PageRequest { limit: 1, cursor: Some(cursor.to_owned()) };
        assert!(request.key::<(bool, Ts, Uuid)>().is_err(), "{cursor}");
        assert!(request.key::<(Ts, Uuid)>().is_err(), "{cursor}");
        assert!(request.key::<Uuid>().is_err(), "{cursor}");
        assert!(request.key::<i64>().is_err(), "{cursor}");
    }
    assert_eq!(PageRequest::default().key::<Uuid>().ok(), Some(Uuid::FIRST));
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
