//! Forms: what is sent, to where, by what; and what cannot be sent.

use crate::Test;
use crate::broker::Renderer;
use crate::input::{at, click, key, page};
use bulkhead_shared::input::{Modifiers, Pointer};
use bulkhead_shared::uplink::{FromRenderer, Target, Unsupported};

pub(crate) const TESTS: &[Test] = &[
    ("forms_of_every_scheme_are_sent_by_address", forms_of_every_scheme_are_sent_by_address),
    ("each_control_sends_what_the_standard_says", each_control_sends_what_the_standard_says),
    ("the_button_decides_what_is_sent_and_to_where", the_button_decides),
    ("enter_sends_as_the_first_button_would", enter_sends_as_the_first_button_would),
    ("what_cannot_be_sent_is_reported", what_cannot_be_sent_is_reported),
    ("a_form_is_taken_back", a_form_is_taken_back),
    ("labels_and_radio_buttons_act_within_their_form", labels_and_radio_buttons),
    ("a_slider_is_set_by_click_and_key", a_slider_is_set),
    ("options_of_a_list_box_are_chosen_one_by_one", options_of_a_list_box),
];

/// What follows from the user's act: a navigation, or a report.
#[derive(Debug, PartialEq)]
enum Outcome {
    Sent(String, Target),
    Unsupported(Unsupported),
}

fn sent(url: &str) -> Outcome {
    Outcome::Sent(url.to_owned(), Target::Current)
}

fn outcome(renderer: &mut Renderer) -> Outcome {
    renderer.until(|message| match message {
        FromRenderer::Navigate { url, target, .. } => Some(Outcome::Sent(url.clone(), *target)),
        FromRenderer::Unsupported { what, .. } => Some(Outcome::Unsupported(what.clone())),
        _ => None,
    })
}

/// A button that covers the top of the page.
const BUTTON: &str = "style='position:absolute;left:0;top:0;width:100px;height:40px'";

fn press(renderer: &mut Renderer) -> Outcome {
    click(renderer, at(50.0, 20.0));
    outcome(renderer)
}

fn forms_of_every_scheme_are_sent_by_address() {
    let (_zygote, mut renderer) = page("");
    let html = format!("<form><input name=q value='a b&amp;c=d é'><button {BUTTON}>Go</button></form>");
    for (url, expected) in [
        ("http://site.test/x?old=1#f", "http://site.test/x?q=a+b%26c%3Dd+%C3%A9#f"),
        ("file:///dir/page.html", "file:///dir/page.html?q=a+b%26c%3Dd+%C3%A9"),
        ("bulkhead://demo/form.html", "bulkhead://demo/form.html?q=a+b%26c%3Dd+%C3%A9"),
        ("data:text/html,x", "data:text/html,x?q=a+b%26c%3Dd+%C3%A9"),
    ] {
        let navigation = renderer.open_as(url, "text/html", html.as_bytes(), None);
        renderer.loaded(navigation);
        assert_eq!(press(&mut renderer), sent(expected));
    }
}

fn each_control_sends_what_the_standard_says() {
    // Markup within the form, and what is sent.
    for (markup, expected) in [
        ("<input name=a><input value=unnamed><input name='' value=x>", "a="),
        (
            "<input name=a type=checkbox checked><input name=b type=CHECKBOX><input name=c type=checkbox value=v checked>",
            "a=on&c=v",
        ),
        ("<input name=a type=radio value=1><input name=a type=Radio value=2 checked>", "a=2"),
        ("<textarea name=t>\n1\n2</textarea>", "t=1%0D%0A2"),
        ("<input type=hidden name=h value=1><input type=hidden name=_charset_>", "h=1&_charset_=UTF-8"),
        ("<select name=s><option>x<option disabled selected>y</select>", ""),
        ("<select name=s><option> one  two <option value=2>y</select>", "s=one+two"),
        ("<select name=s multiple><option selected>a<option>b<option selected>c</select>", "s=a&s=c"),
        ("<select name=s size=4><option>a<option>b</select>", ""),
        ("<select name=s><optgroup disabled><option>a</optgroup><option>b</select>", "s=b"),
        ("<fieldset disabled><legend><input name=l></legend><input name=no></fieldset><input name=no disabled>", "l="),
        ("<datalist><input name=no></datalist><input name=r type=range value=7><input type=file name=f>", "r=7&f="),
        (
            "<input name=d dirname=dir><input type=button name=no value=1><input type=reset name=no><button type=button name=no>",
            "d=&dir=ltr",
        ),
        ("<p style='display:none'><input name=unseen value=1><textarea name=t>x</textarea></p>", "unseen=1&t=x"),
        (
            "<input type=date name=d value=2024-01-31><input type=number name=n value=5><input type=color name=c value=#ff0000>",
            "d=2024-01-31&n=5&c=%23ff0000",
        ),
    ] {
        let (_zygote, mut renderer) = page(&format!("<form action=/f>{markup}<button {BUTTON}>Go</button></form>"));
        assert_eq!(press(&mut renderer), sent(&format!("http://site.test/f?{expected}")), "{markup}");
    }
}

fn the_button_decides() {
    for (html, expected) in [
        (
            format!(
                "<form action=/f><button {BUTTON} name=b value=1>Go</button><button name=b value=2>No</button></form>"
            ),
            sent("http://site.test/f?b=1"),
        ),
        (format!("<form action=/f><input type=submit {BUTTON} name=b></form>"), sent("http://site.test/f?b=Submit")),
        (
            format!("<form action=/f><button {BUTTON} formaction=/g formmethod=get>Go</button></form>"),
            sent("http://site.test/g?"),
        ),
        (
            format!(
                "<form id=f action=/f><input name=a></form><button form=f {BUTTON} name=b>Go</button><input form=f name=c>"
            ),
            sent("http://site.test/f?a=&b=&c="),
        ),
        (
            format!("<form action=/f target=_blank><button {BUTTON}>Go</button></form>"),
            Outcome::Sent("http://site.test/f?".to_owned(), Target::NewForegroundTab),
        ),
        (
            format!("<form action=/f><button {BUTTON} formtarget=_BLANK>Go</button></form>"),
            Outcome::Sent("http://site.test/f?".to_owned(), Target::NewForegroundTab),
        ),
        (
            format!("<base target=_blank><form action=/f><button {BUTTON}>Go</button></form>"),
            Outcome::Sent("http://site.test/f?".to_owned(), Target::NewForegroundTab),
        ),
        (
            format!("<form action=/f><input type=image name=i {BUTTON}></form>"),
            sent("http://site.test/f?i.x=50&i.y=20"),
        ),
        (
            format!("<table><form action=/f><tr><td><input name=a><button {BUTTON}>Go</button></table></form>"),
            sent("http://site.test/f?a="),
        ),
        (format!("<form action=/f><input type=SUBMIT {BUTTON}></form>"), sent("http://site.test/f?")),
        (format!("<form action=mailto:a@b method=post><button {BUTTON}>Go</button></form>"), sent("mailto:a@b")),
    ] {
        let (_zygote, mut renderer) = page(&html);
        assert_eq!(press(&mut renderer), expected, "{html}");
    }
    let (_zygote, mut renderer) = page(&format!("<form action=/f><button {BUTTON}>Go</button></form>"));
    click(&mut renderer, Pointer { modifiers: Modifiers { ctrl: true, ..Modifiers::default() }, ..at(50.0, 20.0) });
    assert_eq!(outcome(&mut renderer), Outcome::Sent("http://site.test/f?".to_owned(), Target::NewTab));
}

fn enter_sends_as_the_first_button_would() {
    const FIELD: &str = "<input name=a autofocus style='position:absolute;left:0;top:0;width:100px;height:40px'>";
    const LINK: &str = "<a href=/link style='position:absolute;top:100px;left:0;width:99px;height:40px'>x</a>";
    for (rest, expected) in [
        ("", "/f?a="),
        ("<input name=b>", "/link"),
        ("<input name=b><input type=submit name=s value=1><input type=submit name=s value=2>", "/f?a=&b=&s=1"),
        ("<button type=button>x</button><button disabled>no</button><button name=s>", "/link"),
        ("<input type=checkbox name=c checked>", "/f?a=&c=on"),
    ] {
        let (_zygote, mut renderer) = page(&format!("<form action=/f>{FIELD}{rest}</form>{LINK}"));
        click(&mut renderer, at(50.0, 20.0));
        renderer.input(key("Enter"));
        // Whoever was not sent is found out by what the link says next.
        click(&mut renderer, at(50.0, 120.0));
        assert_eq!(outcome(&mut renderer), sent(&format!("http://site.test{expected}")), "{rest}");
    }
}

fn what_cannot_be_sent_is_reported() {
    let long = "x".repeat(40_000);
    for (html, expected) in [
        (
            format!("<form action=/f method=POST><button {BUTTON}>Go</button></form>"),
            Unsupported::PostForm { url: "http://site.test/f".to_owned() },
        ),
        (
            format!("<form action=/f><button formmethod=post {BUTTON}>Go</button></form>"),
            Unsupported::PostForm { url: "http://site.test/f".to_owned() },
        ),
        (
            format!(
                "<form method=post enctype=multipart/form-data><input type=file><button {BUTTON}>Go</button></form>"
            ),
            Unsupported::PostForm { url: "http://site.test/dir/page.html".to_owned() },
        ),
        (format!("<form action='javascript:x'><button {BUTTON}>Go</button></form>"), Unsupported::Script),
        (format!("<a href='javascript:x' {BUTTON}>Go</a>"), Unsupported::Script),
        (format!("<a href='http://[' {BUTTON}>Go</a>"), Unsupported::BadAddress),
        (format!("<form><input name=a value={long}><button {BUTTON}>Go</button></form>"), Unsupported::LongAddress),
        (format!("<a href='/{long}' {BUTTON}>Go</a>"), Unsupported::LongAddress),
        (format!("<input type=file {BUTTON}>"), Unsupported::FileChoice),
    ] {
        let (_zygote, mut renderer) = page(&html);
        assert_eq!(press(&mut renderer), Outcome::Unsupported(expected));
    }
    let (_zygote, mut renderer) = page(&format!(
        "<dialog open><form method=dialog><button {BUTTON}>Go</button></form></dialog><a href=/link style='display:block;height:90px'>x</a>"
    ));
    click(&mut renderer, at(50.0, 20.0));
    assert_eq!(press(&mut renderer), sent("http://site.test/link"), "the dialog is closed");
}

fn a_form_is_taken_back() {
    let (_zygote, mut renderer) = page(
        "<style>*{position:absolute;margin:0;width:100px;height:40px}</style><form action=/f><input name=a value=1 style='top:0'>\
         <textarea name=t style='top:50px'>x</textarea><input type=checkbox name=c checked style='top:100px'>\
         <select name=s style='top:150px'><option>1<option selected>2<option>3</select>\
         <input type=reset style='top:200px'><button style='top:250px'>Go</button></form>",
    );
    for y in [20.0, 70.0] {
        click(&mut renderer, at(50.0, y));
        renderer.input(key("z"));
    }
    click(&mut renderer, at(50.0, 120.0));
    click(&mut renderer, at(50.0, 170.0));
    click(&mut renderer, at(50.0, 270.0));
    let Outcome::Sent(changed, _) = outcome(&mut renderer) else { panic!("it is sent") };
    assert!(changed.contains('z') && changed.contains("s=3") && !changed.contains("c=on"), "{changed}");
    click(&mut renderer, at(50.0, 220.0));
    click(&mut renderer, at(50.0, 270.0));
    assert_eq!(outcome(&mut renderer), sent("http://site.test/f?a=1&t=x&c=on&s=2"));
}

fn labels_and_radio_buttons() {
    let (_zygote, mut renderer) = page(
        "<style>label,button{position:absolute;left:0;width:100px;height:40px}</style>\
         <form action=/one><input type=radio name=r value=a id=a checked><label for=a style='top:0'>a</label>\
         <label style='top:50px'><input type=radio name=r value=b>b</label><label style='top:100px'>text <input name=q></label>\
         <button style='top:150px'>Go</button></form>\
         <form action=/two><input type=radio name=r value=c checked><button style='top:200px'>Go</button></form>",
    );
    click(&mut renderer, at(80.0, 70.0));
    click(&mut renderer, at(10.0, 110.0));
    renderer.input(key("z"));
    click(&mut renderer, at(50.0, 170.0));
    assert_eq!(outcome(&mut renderer), sent("http://site.test/one?r=b&q=z"));
    click(&mut renderer, at(50.0, 220.0));
    assert_eq!(outcome(&mut renderer), sent("http://site.test/two?r=c"), "the other form's is as it was");
}

fn options_of_a_list_box() {
    let (_zygote, mut renderer) = page(
        "<body style='margin:0'><form action=/f><select name=s multiple style='position:absolute;top:0;left:0;width:100px;height:90px'>\
         <option style='height:30px'>a<option style='height:30px'>b<option style='height:30px' disabled>c</select>\
         <button style='position:absolute;top:100px;left:0;height:40px;width:100px'>Go</button></form>",
    );
    let with_ctrl = |y| Pointer { modifiers: Modifiers { ctrl: true, ..Modifiers::default() }, ..at(20.0, y) };
    let mut after = |pointer: Pointer| {
        click(&mut renderer, pointer);
        click(&mut renderer, at(50.0, 120.0));
        match outcome(&mut renderer) {
            Outcome::Sent(url, _) => url.replace("http://site.test/f?", ""),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(after(at(20.0, 15.0)), "s=a");
    assert_eq!(after(at(20.0, 45.0)), "s=b");
    assert_eq!(after(with_ctrl(15.0)), "s=a&s=b");
    assert_eq!(after(with_ctrl(45.0)), "s=a");
    assert_eq!(after(at(20.0, 75.0)), "s=a", "a disabled option is not chosen");
}

fn a_slider_is_set() {
    let (_zygote, mut renderer) = page(
        "<form action=/f><input type=range name=r max=10 style='position:absolute;top:0;left:0;width:116px;height:20px;margin:0'>\
         <button style='position:absolute;top:50px;left:0;height:40px;width:100px'>Go</button></form>",
    );
    for (acts, expected) in
        [(&[][..], "5"), (&["click"], "8"), (&["click", "ArrowLeft"], "7"), (&["click", "End"], "10")]
    {
        for act in acts {
            match *act {
                "click" => click(&mut renderer, at(88.0, 10.0)),
                name => renderer.input(key(name)),
            };
        }
        click(&mut renderer, at(50.0, 70.0));
        assert_eq!(outcome(&mut renderer), sent(&format!("http://site.test/f?r={expected}")));
    }
}
