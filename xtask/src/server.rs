//! A file server for this machine only. It sends no special headers, as any static host would: what works here works there.

use crate::command::say;
use crate::site;
use anyhow::{Context, Result, anyhow};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

const DEFAULT_PORT: u16 = 8080;
/// A browser keeps up to six connections to one host.
const THREADS: usize = 8;

/// Serves `dist/` until the process is stopped.
pub(crate) fn serve(port: Option<u16>) -> Result<()> {
    let server = match port {
        Some(port) => start(Tree::of(site::dist()), port)?,
        None => (DEFAULT_PORT..DEFAULT_PORT + 20)
            .find_map(|port| start(Tree::of(site::dist()), port).ok())
            .context("the ports 8080 to 8099 are all taken; choose another one with --port")?,
    };
    say(&format!("open {server} in a browser (stop with Ctrl-C)"));
    loop {
        std::thread::park();
    }
}

/// What is served: a folder, and others that stand in it under a name of their own.
pub(crate) struct Tree {
    root: PathBuf,
    mounts: Vec<(&'static str, PathBuf)>,
}

impl Tree {
    pub(crate) fn of(root: PathBuf) -> Self {
        Self { root, mounts: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, folder: PathBuf) -> Self {
        self.mounts.push((name, folder));
        self
    }
}

/// Serves `tree` in the background as long as the process lives; returns the address. Port 0 takes a free one.
pub(crate) fn start(tree: Tree, port: u16) -> Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let server = Server::http(address)
        .map_err(|error| anyhow!("port {port} cannot be used ({error}); choose another one with --port"))?;
    let port = server.server_addr().to_ip().map_or(port, |address| address.port());
    let (server, tree) = (Arc::new(server), Arc::new(tree));
    for _ in 0..THREADS {
        let (server, tree) = (Arc::clone(&server), Arc::clone(&tree));
        std::thread::spawn(move || {
            while let Ok(request) = server.recv() {
                answer(request, &tree);
            }
        });
    }
    Ok(format!("http://127.0.0.1:{port}/"))
}

fn answer(request: Request, tree: &Tree) {
    let response = match (request.method(), locate(request.url(), tree)) {
        (Method::Get | Method::Head, Some(file)) => file_response(&request, &file),
        (Method::Get | Method::Head, None) => Ok(plain(404, "Not found")),
        _ => Ok(plain(405, "Only GET and HEAD")),
    };
    // A visitor who goes away in the middle is no fault; a file that cannot be read shows as status 500.
    request.respond(response.unwrap_or_else(|error| plain(500, &format!("{error:#}")))).ok();
}

/// The file that a request path means; nothing outside the tree.
fn locate(url: &str, tree: &Tree) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
    let mount = parts.peek().and_then(|first| tree.mounts.iter().find(|(name, _)| name == first));
    let mut file = mount.map_or(&tree.root, |(_, folder)| folder).clone();
    for part in parts.skip(usize::from(mount.is_some())) {
        let part = percent_decoded(part)?;
        if part == "." || part == ".." || part.contains(['/', '\\', '\0', ':']) {
            return None;
        }
        file.push(part);
    }
    if file.is_dir() {
        file.push("index.html");
    }
    file.is_file().then_some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            decoded.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

type Body = Box<dyn Read + Send>;

fn file_response(request: &Request, path: &Path) -> Result<Response<Body>> {
    let mut file = File::open(path).context("the file cannot be opened")?;
    let about = file.metadata().context("the file has no metadata")?;
    let size = about.len();
    let written = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let etag = format!("\"{:x}-{size:x}\"", written.as_nanos());
    let mut headers = vec![
        header("Content-Type", content_type(path)),
        header("Accept-Ranges", "bytes"),
        header("ETag", &etag),
        // The browser asks each time, so that a new build is seen at once; the answer is mostly 304.
        header("Cache-Control", "no-cache"),
    ];
    if value(request, "If-None-Match").is_some_and(|known| known == etag) {
        return Ok(Response::new(StatusCode(304), headers, Box::new(std::io::empty()), Some(0), None));
    }
    // A resumed download of a file that has changed since must start anew.
    let same_file = value(request, "If-Range").is_none_or(|known| known == etag);
    let range = value(request, "Range").filter(|_| same_file);
    let (status, first, length) = match range.map(|range| byte_range(range, size)) {
        None | Some(Range::Unknown) => (200, 0, size),
        Some(Range::Part { first, last }) => {
            headers.push(header("Content-Range", &format!("bytes {first}-{last}/{size}")));
            (206, first, last - first + 1)
        }
        Some(Range::Outside) => {
            headers.push(header("Content-Range", &format!("bytes */{size}")));
            (416, 0, 0)
        }
    };
    file.seek(SeekFrom::Start(first)).context("the file cannot be read")?;
    let length = usize::try_from(length).context("the file is too large")?;
    let body: Body = Box::new(file.take(length as u64));
    // Without the threshold large files go out chunked and lack the length that a progress bar needs.
    Ok(Response::new(StatusCode(status), headers, body, Some(length), None).with_chunked_threshold(usize::MAX))
}

#[derive(Debug, PartialEq)]
enum Range {
    Part {
        first: u64,
        last: u64,
    },
    Outside,
    /// Several parts or another unit: answered with the whole file, as RFC 9110 allows.
    Unknown,
}

fn byte_range(text: &str, size: u64) -> Range {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Range::Unknown;
    };
    let (first, last) = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(size.saturating_sub(1))),
        (Ok(first), Err(_)) if last.trim().is_empty() => (first, size.saturating_sub(1)),
        // The last bytes of the file.
        (Err(_), Ok(count)) if first.trim().is_empty() && count > 0 => {
            (size.saturating_sub(count), size.saturating_sub(1))
        }
        _ => return Range::Unknown,
    };
    if first < size { Range::Part { first, last } } else { Range::Outside }
}

fn value<'a>(request: &'a Request, name: &'static str) -> Option<&'a str> {
    request.headers().iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str())
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).unwrap_or_else(|()| panic!("`{name}: {value}` is no header"))
}

fn plain(status: u16, text: &str) -> Response<Body> {
    let body: Body = Box::new(std::io::Cursor::new(text.to_owned().into_bytes()));
    Response::new(
        StatusCode(status),
        vec![header("Content-Type", "text/plain; charset=utf-8")],
        body,
        Some(text.len()),
        None,
    )
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(byte_range("bytes=0-9", 100), Range::Part { first: 0, last: 9 });
        assert_eq!(byte_range("bytes=90-", 100), Range::Part { first: 90, last: 99 });
        assert_eq!(byte_range("bytes=90-500", 100), Range::Part { first: 90, last: 99 });
        assert_eq!(byte_range("bytes=-10", 100), Range::Part { first: 90, last: 99 });
        assert_eq!(byte_range("bytes=100-", 100), Range::Outside);
        assert_eq!(byte_range("bytes=0-1,5-6", 100), Range::Unknown);
        assert_eq!(byte_range("bytes=0-", 0), Range::Outside);
    }

    fn sources() -> Tree {
        Tree::of(Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf())
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let tree = sources();
        assert_eq!(locate("/Cargo.toml?x=1", &tree), Some(tree.root.join("Cargo.toml")));
        assert_eq!(locate("/src/m%61in.rs", &tree), Some(tree.root.join("src/main.rs")));
        assert_eq!(locate("/../Cargo.toml", &tree), None);
        assert_eq!(locate("/src/%2e%2e/%2e%2e/Cargo.toml", &tree), None);
        assert_eq!(locate("/src/..%2fCargo.toml", &tree), None);
        assert_eq!(locate("/nothing", &tree), None);
    }

    #[test]
    fn a_mounted_folder_stands_under_its_name() {
        let tree = sources().with("code", sources().root.join("src"));
        assert_eq!(locate("/code/main.rs", &tree), Some(tree.root.join("src/main.rs")));
        assert_eq!(locate("/code/../Cargo.toml", &tree), None);
        assert_eq!(locate("/Cargo.toml", &tree), Some(tree.root.join("Cargo.toml")));
    }

    #[test]
    fn a_part_of_a_file_arrives_with_its_length() {
        use std::io::Write;
        let address = start(sources(), 0).expect("a free port");
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = std::net::TcpStream::connect(host).expect("the server listens");
        let request = b"GET /Cargo.toml HTTP/1.1\r\nHost: x\r\nRange: bytes=0-8\r\nConnection: close\r\n\r\n";
        stream.write_all(request).expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("answered");
        assert!(text.starts_with("HTTP/1.1 206"), "{text}");
        assert!(text.contains("Content-Length: 9"), "{text}");
        assert!(text.ends_with("\r\n\r\n[package]"), "{text}");
    }
}
