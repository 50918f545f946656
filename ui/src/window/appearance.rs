//! Whether the desktop is dark or light: the setting `color-scheme` of the settings portal, which GNOME, KDE and the others
//! serve on the session bus (XDG Desktop Portal, `org.freedesktop.portal.Settings`). winit does not know it on Linux.
//!
//! Without a bus or a portal, nothing is heard, and light it is. The thread that listens ends with the event loop, or with
//! the bus.

use bulkhead_broker::browser::StartError;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedValue, Value};

const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

/// Calls `tell` with what the desktop is, now and whenever that changes, on a thread of its own, until it returns false.
///
/// # Errors
/// When there can be no thread.
pub(super) fn watch(tell: impl Fn(bool) -> bool + Send + 'static) -> Result<(), StartError> {
    let listen = move || {
        if let Err(error) = listen(tell) {
            tracing::info!(%error, "the desktop does not say whether it is dark");
        }
    };
    std::thread::Builder::new().name("appearance".to_owned()).spawn(listen)?;
    Ok(())
}

fn listen(tell: impl Fn(bool) -> bool) -> zbus::Result<()> {
    let bus = Connection::session()?;
    let portal = Proxy::new(
        &bus,
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Settings",
    )?;
    // Listening comes first, so that no change is missed between the two.
    let changes = portal.receive_signal("SettingChanged")?;
    // `ReadOne` is newer; `Read` has one wrapping more, which `is_dark` takes off.
    let now = portal.call::<_, _, OwnedValue>("ReadOne", &(NAMESPACE, KEY));
    let now = now.or_else(|_| portal.call("Read", &(NAMESPACE, KEY)))?;
    if !tell(is_dark(&now)) {
        return Ok(());
    }
    for change in changes {
        let body = change.body();
        let (namespace, key, value): (&str, &str, Value<'_>) = body.deserialize()?;
        if (namespace, key) == (NAMESPACE, KEY) && !tell(is_dark(&value)) {
            break;
        }
    }
    Ok(())
}

/// 1 is "prefer dark", 2 is "prefer light", 0 is "no preference".
fn is_dark(value: &Value<'_>) -> bool {
    match value {
        Value::Value(inner) => is_dark(inner),
        Value::U32(scheme) => *scheme == 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prefer_dark_is_dark() {
        assert!(is_dark(&Value::U32(1)));
        assert!(is_dark(&Value::Value(Box::new(Value::U32(1)))));
        assert!(!is_dark(&Value::U32(0)) && !is_dark(&Value::U32(2)) && !is_dark(&Value::from("1")));
    }
}
