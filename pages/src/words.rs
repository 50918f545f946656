//! What an error page says, one row for each reason: what happened, why that is so, and what to do now.

use bulkhead_broker::browser::AddressError;
use bulkhead_broker::fetch::FetchError;
use bulkhead_broker::internal_pages::Failure;
use bulkhead_broker::policy::Refusal;

/// Three sentences for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What happened. No full stop.
    pub title: &'static str,
    /// Why.
    pub explanation: String,
    /// What to do now.
    pub hint: &'static str,
}

impl Words {
    fn new(title: &'static str, explanation: impl Into<String>, hint: &'static str) -> Self {
        Self { title, explanation: explanation.into(), hint }
    }
}

impl From<&Failure<'_>> for Words {
    fn from(failure: &Failure<'_>) -> Self {
        match failure {
            Failure::Fetch(error) => fetch(error),
            Failure::Refused(refusal) => refused(*refusal),
            Failure::Address(error) => address(*error),
        }
    }
}

fn fetch(error: &FetchError) -> Words {
    match error {
        FetchError::Refused(refusal) => refused(*refusal),
        FetchError::NotFound => Words::new(
            "There is no such file",
            "Nothing lies at this path, or a symbolic link on the way leads nowhere.",
            "Look for a misspelt name; upper and lower case are different here.",
        ),
        FetchError::Forbidden => Words::new(
            "This file may not be read",
            "The system refuses: the file, or a directory on the way to it, belongs to somebody else.",
            "Ask its owner for permission (chmod, or a group), and do not run a browser as root.",
        ),
        FetchError::Directory => Words::new(
            "This is a directory",
            "It has no page of its own, and this browser does not list directories.",
            "Add the name of a file to the address: often index.html.",
        ),
        FetchError::Fifo => Words::new(
            "This is a FIFO",
            "A named pipe hands its bytes to one reader, once. Opening it here could wait for ever, or take what \
             another program waits for; so it was not opened.",
            "To look at what comes through it, use cat in a terminal.",
        ),
        FetchError::Device => Words::new(
            "This is a device",
            "Reading a device can act on it, and need not end. It was not opened.",
            "Open a file instead.",
        ),
        FetchError::Socket => Words::new(
            "This is a socket",
            "Programs connect to a socket and talk; there is nothing to read.",
            "Open a file instead.",
        ),
        FetchError::TooLarge => Words::new(
            "This is too large",
            "It is longer than 64 MiB, or has no end. Laid out, it would fill the memory several times over.",
            "Use a program that reads piece by piece, such as less.",
        ),
        FetchError::Spent(_) => Words::new(
            "This tab has been handed too much",
            "A tab may be handed as much as it may use of the machine's memory, and has been.",
            "Reload it: it starts anew.",
        ),
        FetchError::Cancelled => Words::new(
            "This was given up",
            "Something else was asked for in the meantime.",
            "Reload it to see it after all.",
        ),
        FetchError::RemoteFile => Words::new(
            "This file is on another computer",
            "The address names a host, and file: addresses reach this computer only.",
            "Mount the other computer’s directory, or leave the host out: file:///path.",
        ),
        FetchError::BadPath => Words::new(
            "No file can have this name",
            "The path holds a zero byte, or is longer than the system allows.",
            "Check the address.",
        ),
        FetchError::Read(error) => Words::new(
            "The file could not be read",
            format!("The system says: {error}."),
            "Try again, or look at the disk.",
        ),
        FetchError::Unsupported { mime } => Words::new(
            "This browser does not show such files",
            format!(
                "It is of the type {mime}. Shown are HTML, SVG, PNG, JPEG, GIF and WebP images, and every kind of text."
            ),
            "Open it with a program made for it.",
        ),
        FetchError::BadDataUrl => Words::new(
            "This data: address is malformed",
            "It has no comma between its type and its data, or its Base64 does not decode.",
            "It should look like data:text/html,<p>Hello",
        ),
        FetchError::NoSuchPage => Words::new(
            "There is no such page",
            "The browser has no page of its own by this name.",
            "bulkhead://about lists them all.",
        ),
        FetchError::DebugCommand => Words::new(
            "This is a command, not a page",
            "It orders the process of a tab to fail, and has nothing to show.",
            "Type it into the address bar of the tab that is to obey.",
        ),
        FetchError::NoNetwork => Words::new(
            "The network comes later",
            "Only a process made for it will ever open a connection, and this build has no network process yet.",
            "Files, data: addresses and the pages of bulkhead://about work.",
        ),
        FetchError::UnknownScheme => refused(Refusal::UnknownScheme),
        FetchError::Body(error) => Words::new(
            "There is no memory left",
            format!("The system gave no memory for what was fetched: {error}."),
            "Close something, and reload.",
        ),
    }
}

fn refused(refusal: Refusal) -> Words {
    match refusal {
        Refusal::InternalPage => Words::new(
            "A page may not lead here",
            "The browser’s own pages are reached by you and from one another. A page from elsewhere that leads here may be \
             up to something.",
            "If you want to go there, type the address yourself.",
        ),
        Refusal::FileFromPage => Words::new(
            "A page may not open files",
            "What was not itself opened as a file may not lead to files on this computer.",
            "If you want to see the file, type its address yourself.",
        ),
        Refusal::DataFromPage => Words::new(
            "A page may not lead here",
            "A data: address holds a whole page and says nothing about who wrote it, which makes it a good disguise.",
            "If you want to see it, paste the address yourself.",
        ),
        Refusal::Javascript => Words::new(
            "Scripts are not run",
            "A javascript: address is a program, and this browser’s pages have none.",
            "Go to the page itself.",
        ),
        Refusal::UnknownScheme => Words::new(
            "This kind of address is unknown",
            "What stands before the colon is none of file, data, bulkhead, http and https; and about: and chrome: lead \
             to pages of this browser alone.",
            "bulkhead://about lists the browser’s own pages. Other programs may open the address; this browser starts none.",
        ),
        Refusal::NoData => Words::new(
            "This is no file to show",
            "Below /proc, /sys and /dev lies the state of the system under the names of files.",
            "A terminal shows it: cat, less, lsof.",
        ),
        Refusal::NotClicked
        | Refusal::NotAPage
        | Refusal::SchemeForSite
        | Refusal::OutsideRoot
        | Refusal::Hidden
        | Refusal::NotPageMaterial => Words::new(
            "A page may not lead here by itself",
            format!("The rule: {refusal}."),
            "If you want to see it, type the address yourself.",
        ),
    }
}

fn address(error: AddressError) -> Words {
    match error {
        AddressError::Empty => {
            Words::new("Nothing was typed", "There is no address to go to.", "Type one, or the path of a file.")
        }
        AddressError::TooLong => Words::new(
            "This address is too long",
            "An address has at most 32 KiB here.",
            "If it holds data, put the data into a file and open that.",
        ),
        AddressError::NotAnAddress => Words::new(
            "This is not an address",
            "No search engine is built in, so what was typed went to nobody.",
            "Type an address such as https://example.org, or the path of a file such as /usr/share/doc/index.html.",
        ),
        AddressError::Malformed(error) => Words::new(
            "This address is malformed",
            format!("It begins like an address, but: {error}."),
            "Check it for a misspelt host or port.",
        ),
        AddressError::NoHome => Words::new(
            "No home directory is known",
            "The tilde stands for your home directory, and the system names none.",
            "Write the path out, from the first slash.",
        ),
    }
}
