//! Fetches through the whole of [`LocalFetcher`], over real files.

use super::{FetchError, FetchRequest, Fetched, Fetcher, LocalFetcher, Quota};
use crate::internal_pages::tests::Few;
use crate::policy::{Destination, Initiator, Refusal, Request, Site};
use bulkhead_shared::limits::BODY_BYTES;
use nix::sys::stat::Mode;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use url::Url;

/// A directory of its own, with a home directory in it.
struct Disk {
    directory: TempDir,
    fetcher: LocalFetcher,
}

impl Disk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("home");
        fs::create_dir(&home).unwrap();
        let fetcher = LocalFetcher::with_homes(&[home], Arc::new(Few));
        Self { directory, fetcher }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn url(&self, name: &str) -> Url {
        Url::from_file_path(self.path(name)).unwrap()
    }

    fn document(&self, name: &str) -> Result<Fetched, FetchError> {
        document(&self.fetcher, &self.url(name))
    }

    /// The site of the page with this name.
    fn site(&self, page: &str) -> Site {
        self.document(page).unwrap().site
    }

    fn subresource(&self, site: &Site, name: &str) -> Result<String, FetchError> {
        subresource(&self.fetcher, site, &self.url(name)).map(|fetched| text(&fetched))
    }

    /// What comes of it where a page of this site leads to `name`.
    fn followed(&self, site: &Site, activated: bool, name: &str) -> Result<Fetched, FetchError> {
        fetch(&self.fetcher, &page(site, activated), &self.url(name), Destination::Document)
    }

    fn refusal(&self, site: &Site, name: &str) -> Refusal {
        match self.subresource(site, name) {
            Err(FetchError::Refused(refusal)) => refusal,
            other => panic!("{name} was not refused: {other:?}"),
        }
    }
}

fn document(fetcher: &LocalFetcher, url: &Url) -> Result<Fetched, FetchError> {
    fetch(fetcher, &Initiator::User, url, Destination::Document)
}

fn subresource(fetcher: &LocalFetcher, site: &Site, url: &Url) -> Result<Fetched, FetchError> {
    fetch(fetcher, &page(site, false), url, Destination::Subresource)
}

/// Asks the policy, then fetches.
fn fetch(
    fetcher: &LocalFetcher,
    initiator: &Initiator,
    url: &Url,
    destination: Destination,
) -> Result<Fetched, FetchError> {
    let permit = Request { initiator, url, destination }.permit()?;
    fetcher.fetch(&FetchRequest { permit, quota: Quota::default() })
}

fn page(site: &Site, activated: bool) -> Initiator {
    Initiator::Page { site: site.clone(), activated }
}

fn text(fetched: &Fetched) -> String {
    String::from_utf8(fetched.body.map().unwrap().to_vec()).unwrap()
}

fn parse(url: &str) -> Url {
    Url::parse(url).unwrap()
}

#[test]
fn a_page_of_documentation_loads_what_its_tree_shares() {
    let disk = Disk::new();
    for name in ["html/index.html", "html/std/index.html", "html/src/std/fs/mod.rs.html", "html/static.files/a.css"] {
        disk.write(name, name);
    }
    for page in ["html/std/index.html", "html/src/std/fs/mod.rs.html"] {
        let site = disk.site(page);
        assert_eq!(disk.subresource(&site, "html/static.files/a.css").unwrap(), "html/static.files/a.css");
    }
    assert!(disk.site("html/index.html").same_process(&disk.site("html/std/index.html")));
}

#[test]
fn a_fetch_tells_length_type_and_address() {
    let disk = Disk::new();
    disk.write("site/ü.html", "<p>hello");
    disk.write("site/a.css", "p {}");
    let fetched = disk.document("site/ü.html").unwrap();
    assert_eq!((fetched.meta.length, fetched.meta.mime.as_str()), (8, "text/html"));
    assert_eq!(fetched.url, disk.url("site/ü.html"));
    let fetched = subresource(&disk.fetcher, &fetched.site, &disk.url("site/a.css")).unwrap();
    assert_eq!((fetched.meta.length, fetched.meta.mime.as_str()), (4, "text/css"));
}

#[test]
fn a_compromised_page_gets_no_file_outside_of_its_root() {
    let disk = Disk::new();
    for name in ["site/page.html", "other/a.css", "home/.ssh/id_rsa", "site/.env/a.css", "site/keys.pem"] {
        disk.write(name, "secret");
    }
    let site = disk.site("site/page.html");
    assert_eq!(disk.refusal(&site, "other/a.css"), Refusal::OutsideRoot);
    assert_eq!(disk.refusal(&site, "home/.ssh/id_rsa"), Refusal::OutsideRoot);
    assert_eq!(disk.refusal(&site, "site/../other/a.css"), Refusal::OutsideRoot);
    for escaped in ["%2e%2e/other/a.css", "..%2fother/a.css", "%2e%2e%2fother%2fa.css", "%2fetc%2fpasswd"] {
        let url = parse(&format!("{}/{escaped}", disk.url("site")));
        let result = subresource(&disk.fetcher, &site, &url);
        assert!(matches!(result, Err(FetchError::Refused(_) | FetchError::NotFound)), "{escaped}: {result:?}");
    }
    assert_eq!(disk.refusal(&site, "site/.env/a.css"), Refusal::Hidden);
    assert_eq!(disk.refusal(&site, "site/keys.pem"), Refusal::NotPageMaterial);
}

#[test]
fn a_page_learns_nothing_of_what_lies_outside_not_even_that_there_is_nothing() {
    let disk = Disk::new();
    disk.write("site/page.html", "");
    disk.write("other/there.css", "");
    symlink(disk.path("other"), disk.path("site/link")).unwrap();
    let site = disk.site("site/page.html");
    for name in ["other/there.css", "other/missing.css", "missing/missing.css", "site/link/missing.css", "other"] {
        assert_eq!(disk.refusal(&site, name), Refusal::OutsideRoot, "{name}");
    }
    // Nor of what lies within and is no part of a page.
    disk.write("site/.git/there.css", "");
    disk.write("site/there.pem", "");
    for name in ["there", "missing"] {
        assert_eq!(disk.refusal(&site, &format!("site/.git/{name}.css")), Refusal::Hidden);
        assert_eq!(disk.refusal(&site, &format!("site/{name}.pem")), Refusal::NotPageMaterial);
    }
    disk.write("home/page.html", "");
    disk.write("home/deep/there.css", "");
    let site = disk.site("home/page.html");
    for name in ["home/deep/there.css", "home/deep/missing.css", "home/missing/missing.css"] {
        assert_eq!(disk.refusal(&site, name), Refusal::OutsideRoot, "{name}");
    }
    let site = disk.site("site/page.html");
    assert!(matches!(disk.subresource(&site, "site/missing.css"), Err(FetchError::NotFound)));
    assert!(matches!(disk.subresource(&site, "site/missing/missing.css"), Err(FetchError::NotFound)));
}

#[test]
fn symbolic_links_lead_where_the_real_path_may() {
    let disk = Disk::new();
    disk.write("site/page.html", "page");
    disk.write("site/real/a.css", "inside");
    disk.write("other/a.css", "outside");
    symlink(disk.path("site/real"), disk.path("site/in")).unwrap();
    symlink(disk.path("other/a.css"), disk.path("site/out.css")).unwrap();
    symlink(disk.path("other"), disk.path("site/out")).unwrap();
    symlink("loop", disk.path("site/loop")).unwrap();
    let site = disk.site("site/page.html");
    assert_eq!(disk.subresource(&site, "site/in/a.css").unwrap(), "inside");
    assert_eq!(disk.refusal(&site, "site/out.css"), Refusal::OutsideRoot);
    assert_eq!(disk.refusal(&site, "site/out/a.css"), Refusal::OutsideRoot);
    assert!(disk.document("site/loop").is_err());

    // A page that is reached through a link has the root of its real file.
    symlink(disk.path("site"), disk.path("docs")).unwrap();
    symlink(disk.path("site/page.html"), disk.path("other/page.html")).unwrap();
    assert!(disk.site("docs/page.html").same_process(&site));
    assert_eq!(disk.subresource(&site, "docs/real/a.css").unwrap(), "inside");
    assert_eq!(disk.refusal(&disk.site("other/page.html"), "other/a.css"), Refusal::OutsideRoot);
}

#[test]
fn a_link_that_is_exchanged_all_the_time_never_leads_out() {
    let disk = Disk::new();
    disk.write("site/page.html", "");
    disk.write("site/in.css", "inside");
    disk.write("other/out.css", "outside");
    let site = disk.site("site/page.html");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for target in ["site/in.css", "other/out.css"].iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                symlink(disk.path(target), disk.path("new")).unwrap();
                fs::rename(disk.path("new"), disk.path("site/a.css")).unwrap();
            }
        });
        let leaked = (0..2000).filter_map(|_| disk.subresource(&site, "site/a.css").ok()).find(|text| text != "inside");
        done.store(true, Ordering::Relaxed);
        assert_eq!(leaked, None);
    });
}

#[test]
fn a_page_in_a_shared_place_reaches_only_its_neighbours() {
    let disk = Disk::new();
    for name in ["home/index.html", "home/page.html", "home/a.png", "home/site/a.png", "home/notes.txt"] {
        disk.write(name, name);
    }
    let site = disk.site("home/page.html");
    assert_eq!(disk.subresource(&site, "home/a.png").unwrap(), "home/a.png");
    assert_eq!(disk.refusal(&site, "home/site/a.png"), Refusal::OutsideRoot);
    assert_eq!(disk.refusal(&site, "home/notes.txt"), Refusal::NotPageMaterial);
}

#[test]
fn what_is_no_regular_file_is_told_by_its_kind_and_never_opened() {
    let disk = Disk::new();
    disk.write("site/page.html", "");
    nix::unistd::mkfifo(&disk.path("site/pipe.html"), Mode::S_IRWXU).unwrap();
    let _listener = UnixListener::bind(disk.path("site/socket.html")).unwrap();
    symlink("/dev/zero", disk.path("site/zero.html")).unwrap();
    symlink("/dev/zero", disk.path("site/zero.css")).unwrap();
    symlink(disk.path("site/pipe.html"), disk.path("site/pipe.css")).unwrap();
    nix::unistd::mkfifo(&disk.path("site/real.css"), Mode::S_IRWXU).unwrap();
    assert!(matches!(disk.document("site/pipe.html"), Err(FetchError::Fifo)));
    assert!(matches!(disk.document("site/socket.html"), Err(FetchError::Socket)));
    assert!(matches!(disk.document("site/zero.html"), Err(FetchError::Refused(Refusal::NoData))));
    assert!(matches!(disk.document("site"), Err(FetchError::Directory)));
    assert!(matches!(disk.document("site/missing.html"), Err(FetchError::NotFound)));
    assert!(matches!(disk.document("site/page.html/x"), Err(FetchError::NotFound)));
    let site = disk.site("site/page.html");
    assert!(matches!(disk.subresource(&site, "site/real.css"), Err(FetchError::Fifo)));
    assert_eq!(disk.refusal(&site, "site/pipe.css"), Refusal::NotPageMaterial);
    assert_eq!(disk.refusal(&site, "site/zero.css"), Refusal::NoData);
}

#[test]
fn a_writer_that_waits_at_a_fifo_is_not_woken() {
    let disk = Disk::new();
    let path = disk.path("pipe.html");
    nix::unistd::mkfifo(&path, Mode::S_IRWXU).unwrap();
    assert!(matches!(disk.document("pipe.html"), Err(FetchError::Fifo)));
    // With O_NONBLOCK, opening for writing fails as long as nobody has opened for reading.
    let flags = nix::fcntl::OFlag::O_WRONLY | nix::fcntl::OFlag::O_NONBLOCK;
    assert_eq!(nix::fcntl::open(&path, flags, Mode::empty()).unwrap_err(), nix::errno::Errno::ENXIO);
}

#[test]
fn a_file_over_the_cap_is_refused_and_one_at_the_cap_is_not() {
    let disk = Disk::new();
    File::create(disk.path("huge.html")).unwrap().set_len(BODY_BYTES + 1).unwrap();
    File::create(disk.path("large.html")).unwrap().set_len(BODY_BYTES).unwrap();
    assert!(matches!(disk.document("huge.html"), Err(FetchError::TooLarge)));
    assert_eq!(disk.document("large.html").unwrap().meta.length, BODY_BYTES);
}

#[test]
fn what_the_system_keeps_is_shown_to_nobody_under_whatever_name() {
    let disk = Disk::new();
    disk.write("site/page.html", "");
    symlink("/proc/self/environ", disk.path("site/a.css")).unwrap();
    symlink("/proc/self/fd", disk.path("site/fd")).unwrap();
    symlink("/sys/kernel", disk.path("site/kernel")).unwrap();
    let site = disk.site("site/page.html");
    for url in ["file:///proc/self/status", "file:///dev/fd/0", "file:///sys/kernel/uevent_seqnum", "file:///proc"] {
        let failure = document(&disk.fetcher, &parse(url)).unwrap_err();
        assert!(matches!(failure, FetchError::Refused(Refusal::NoData)), "{url}: {failure:?}");
    }
    for name in ["site/a.css", "site/fd/0", "site/kernel/uevent_seqnum"] {
        assert!(matches!(disk.document(name), Err(FetchError::Refused(Refusal::NoData))), "{name}");
        assert_eq!(disk.refusal(&site, name), Refusal::NoData, "{name}");
        assert!(matches!(disk.followed(&site, true, name), Err(FetchError::Refused(Refusal::NoData))), "{name}");
    }
}

#[test]
fn a_page_leads_to_its_own_pages_and_a_click_to_what_is_not_hidden() {
    let disk = Disk::new();
    for name in ["site/page.html", "site/two.html", "site/id_rsa", "site/.env", "site/.git/config", "home/secret.txt"] {
        disk.write(name, name);
    }
    symlink(disk.path("home/secret.txt"), disk.path("site/three.html")).unwrap();
    let site = disk.site("site/page.html");
    let shown = |result: Result<Fetched, FetchError>| match result {
        Ok(fetched) => Ok(fetched.site.same_process(&site)),
        Err(FetchError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error:?}"),
    };
    // Without a click and with one: whether it is shown, and then whether by the page's own process.
    for (name, without, with) in [
        ("site/page.html", Ok(true), Ok(true)),
        ("site/two.html", Ok(true), Ok(true)),
        ("site/id_rsa", Err(Refusal::NotAPage), Ok(false)),
        ("home/secret.txt", Err(Refusal::OutsideRoot), Ok(false)),
        ("site/three.html", Err(Refusal::OutsideRoot), Ok(false)),
        ("site/.env", Err(Refusal::Hidden), Err(Refusal::Hidden)),
        ("site/.git/config", Err(Refusal::Hidden), Err(Refusal::Hidden)),
    ] {
        assert_eq!(shown(disk.followed(&site, false, name)), without, "{name}");
        assert_eq!(shown(disk.followed(&site, true, name)), with, "{name} after a click");
    }
}

#[test]
fn pages_that_lie_in_one_shared_place_share_no_process() {
    let disk = Disk::new();
    for name in ["home/evil.html", "home/diary.html", "home/secret.txt"] {
        disk.write(name, name);
    }
    let evil = disk.site("home/evil.html");
    assert!(evil.same_process(&disk.site("home/evil.html")));
    for name in ["home/diary.html", "home/secret.txt"] {
        assert!(!evil.same_process(&disk.site(name)), "{name}");
    }
}

#[test]
fn parts_of_a_page_that_was_reached_through_a_link_are_found_on_the_same_way() {
    let disk = Disk::new();
    disk.write("data/ada/site/page.html", "");
    disk.write("data/ada/site/a.css", "style");
    fs::create_dir(disk.path("users")).unwrap();
    symlink(disk.path("data/ada"), disk.path("users/ada")).unwrap();
    let site = disk.site("users/ada/site/page.html");
    assert_eq!(disk.subresource(&site, "users/ada/site/a.css").unwrap(), "style");
    assert!(matches!(disk.subresource(&site, "users/ada/site/missing.css"), Err(FetchError::NotFound)));
}

#[test]
fn an_unreadable_file_is_forbidden() {
    if nix::unistd::Uid::effective().is_root() {
        eprintln!("skipped: root may read everything");
        return;
    }
    let disk = Disk::new();
    disk.write("page.html", "");
    fs::set_permissions(disk.path("page.html"), fs::Permissions::from_mode(0o000)).unwrap();
    assert!(matches!(disk.document("page.html"), Err(FetchError::Forbidden)));
}

#[test]
fn names_that_no_file_can_have_are_refused() {
    let disk = Disk::new();
    for (url, is_expected) in [
        ("file:///x%00y", (|error| matches!(error, FetchError::BadPath)) as fn(&FetchError) -> bool),
        ("file://server/share/x", |error| matches!(error, FetchError::RemoteFile)),
    ] {
        assert!(is_expected(&document(&disk.fetcher, &parse(url)).unwrap_err()), "{url}");
    }
    let long = format!("file:///{}", "x".repeat(300));
    assert!(matches!(document(&disk.fetcher, &parse(&long)), Err(FetchError::BadPath)));
}

#[test]
fn a_name_that_is_not_utf8_is_found() {
    let disk = Disk::new();
    fs::write(disk.directory.path().join(OsStr::from_bytes(b"gr\xfcn.html")), "x").unwrap();
    let url = parse(&format!("{}/gr%FCn.html", Url::from_file_path(disk.directory.path()).unwrap()));
    assert_eq!(text(&document(&disk.fetcher, &url).unwrap()), "x");
}

#[test]
fn data_urls_are_documents_of_nobody() {
    let disk = Disk::new();
    let fetched = document(&disk.fetcher, &parse("data:text/html;charset=utf-8;base64,PHA+aGk=#part")).unwrap();
    assert_eq!((text(&fetched).as_str(), fetched.meta.mime.as_str()), ("<p>hi", "text/html"));
    assert!(matches!(fetched.site, Site::Opaque));
    assert_eq!(document(&disk.fetcher, &parse("data:,a%20b")).unwrap().meta.mime, "text/plain");
    let image = subresource(&disk.fetcher, &Site::Opaque, &parse("data:image/png;base64,aGk=")).unwrap();
    assert_eq!(image.meta.mime, "image/png");
    assert!(matches!(document(&disk.fetcher, &parse("data:x")), Err(FetchError::BadDataUrl)));
    assert!(matches!(document(&disk.fetcher, &parse("data:;base64,?")), Err(FetchError::BadDataUrl)));
    let unsupported = document(&disk.fetcher, &parse("data:video/mp4,x"));
    assert!(matches!(unsupported, Err(FetchError::Unsupported { mime }) if mime == "video/mp4"));
}

#[test]
fn the_rest_is_refused_by_name() {
    let disk = Disk::new();
    let failure = |url: &str| document(&disk.fetcher, &parse(url)).unwrap_err();
    assert!(matches!(failure("https://example.org/"), FetchError::NoNetwork));
    assert!(matches!(failure("mailto:a@b"), FetchError::Refused(Refusal::UnknownScheme)));
    assert!(matches!(failure("about:config"), FetchError::Refused(Refusal::UnknownScheme)));
    assert!(matches!(failure("bulkhead://nothing"), FetchError::NoSuchPage));
    assert!(matches!(failure("bulkhead://crash"), FetchError::DebugCommand));
    let blank = document(&disk.fetcher, &parse("about:blank")).unwrap();
    assert_eq!(blank.meta.length, 0);
    assert!(matches!(blank.site, Site::Opaque));
}

#[test]
fn internal_assets_are_for_internal_pages() {
    let disk = Disk::new();
    let style = parse("bulkhead://assets/style.css");
    assert_eq!(subresource(&disk.fetcher, &Site::Internal, &style).unwrap().meta.mime, "text/css");
    assert!(matches!(subresource(&disk.fetcher, &Site::Opaque, &style), Err(FetchError::Refused(_))));
    let missing = parse("bulkhead://assets/../../etc/passwd");
    assert!(matches!(subresource(&disk.fetcher, &Site::Internal, &missing), Err(FetchError::NoSuchPage)));
}
