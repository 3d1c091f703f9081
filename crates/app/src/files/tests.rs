use super::{FileRefusal, MEBIBYTE, Upload, plain_name};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and more";

fn taken(declared: &str, data: &[u8]) -> Result<String, FileRefusal> {
    Upload::new("x", declared, data.to_vec()).map(|upload| upload.0.media_type)
}

#[test]
fn the_content_decides_what_a_file_is() {
    for (declared, data, found) in [
        ("image/png", PNG, "image/png"),
        ("", PNG, "image/png"),
        ("application/octet-stream", PNG, "image/png"),
        ("IMAGE/PNG; x=y", PNG, "image/png"),
        ("image/jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("image/gif", b"GIF89a/*<script>*/", "image/gif"),
        ("image/gif", b"GIF87a", "image/gif"),
        ("image/webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("application/pdf", b"%PDF-1.7\n<html>", "application/pdf"),
        ("text/markdown; charset=utf-8", b"# Hi", "text/markdown"),
        ("application/json", b"{}", "application/json"),
        ("text/x-rust", b"fn main() {}", "text/plain"),
        ("", b"<html><script>", "text/plain"),
        ("text/plain", b"<svg onload=x>", "text/plain"),
    ] {
        assert_eq!(taken(declared, data).as_deref(), Ok(found), "{declared} {data:?}");
    }
}

#[test]
fn what_is_not_what_it_says_is_refused() {
    for (declared, data) in [
        ("image/png", &b"<html>"[..]),
        ("image/png", b"\xff\xd8\xff\xe0"),
        ("image/webp", b"RIFF\0\0\0\0WAVE"),
        ("application/pdf", b" %PDF-1.7"),
        ("text/plain", PNG),
        ("text/plain", b"%PDF-1.7"),
        ("text/plain", b"a\0b"),
        ("text/plain", b"caf\xe9"),
        ("application/json", b"\xff\xfe{\0}\0"),
    ] {
        let refused = taken(declared, data);
        assert!(matches!(refused, Err(FileRefusal::Mismatch(_))), "{declared} {data:?}");
    }
    for (declared, data) in [
        ("image/svg+xml", &b"<svg/>"[..]),
        ("text/html", b"<html>"),
        ("text/javascript", b"alert(1)"),
        ("application/xhtml+xml", b"<html/>"),
        ("application/zip", b"PK\x03\x04"),
        ("application/x-msdownload", b"MZ\x90\0"),
        ("", b"MZ\x90\0"),
        ("image/bmp", b"BM"),
    ] {
        let refused = taken(declared, data);
        assert!(matches!(refused, Err(FileRefusal::Unknown(_))), "{declared} {data:?}");
    }
    for empty in [&b""[..], b" \n\t"] {
        assert_eq!(taken("text/plain", empty), Err(FileRefusal::Empty));
    }
}

#[test]
fn each_kind_has_its_limit() {
    for (start, mebibytes) in [(PNG, 5), (b"%PDF-", 20), (b"text", 1)] {
        let mut data = start.to_vec();
        data.resize(mebibytes * MEBIBYTE, b' ');
        assert!(taken("", &data).is_ok(), "{mebibytes}");
        data.push(b' ');
        assert!(matches!(taken("", &data), Err(FileRefusal::TooLarge { .. })), "{mebibytes}");
    }
}

#[test]
fn a_name_is_one_plain_line() {
    for (given, name) in [
        ("offer.pdf", "offer.pdf"),
        ("../../x", "x"),
        ("C:\\Users\\ada\\caf\u{e9} \u{1F95B}.txt", "caf\u{e9} \u{1F95B}.txt"),
        ("a\r\nSet-Cookie: b\0c", "aSet-Cookie: bc"),
        ("gpj.\u{202e}exe", "gpj.exe"),
        ("say \"hi\".txt", "say \"hi\".txt"),
        ("", "file"),
        ("..", "file"),
        ("folder/", "file"),
        (" \t ", "file"),
    ] {
        assert_eq!(plain_name(given), name, "{given:?}");
    }
    assert_eq!(plain_name(&"é".repeat(300)).chars().count(), 200);
}
