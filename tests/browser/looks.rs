//! How the page looks, for people to look at; and that it fits.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::world::{Browser, World};

/// A telephone, and a desk.
const SIZES: [(u32, u32, bool); 2] = [(390, 844, true), (1280, 900, false)];

pub(crate) fn screenshots(world: &World) {
    let page = world.browser();
    photograph(&page, "out");
    page.log_in("alice");
    photograph(&page, "in");
    page.click("#replay");
    page.until("replayed", |page| page.is_shown("#replay-result"));
    photograph(&page, "replay");
    page.type_in("#user", "alice");
    page.type_in("#password", "wrong");
    page.click("#login");
    page.until("told", |page| page.text("#notice").contains("Wrong"));
    photograph(&page, "wrong");
}

/// The whole page in every size and colour.
fn photograph(page: &Browser, name: &str) {
    for (width, height, mobile) in SIZES {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        page.devtools("Emulation.setDeviceMetricsOverride", &size);
        for scheme in ["light", "dark"] {
            let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            page.devtools("Emulation.setEmulatedMedia", &features);
            // As it looks once everything has come to rest.
            page.run("for (const animation of document.getAnimations()) animation.finish()");
            let wide = page.run("return document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(wide <= width.into(), "{name} is {wide} wide on a screen of {width}");
            let shot =
                page.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": true, "clip": whole(page) }));
            let png = BASE64_STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
            let folder = folder();
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("{name}-{width}-{scheme}.png")), png).unwrap();
        }
    }
    page.devtools("Emulation.clearDeviceMetricsOverride", &json!({}));
    page.devtools("Emulation.setEmulatedMedia", &json!({ "features": [] }));
}

fn whole(page: &Browser) -> serde_json::Value {
    let size = page.run("return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]");
    json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 })
}

/// Beside what cargo builds: target/debug/deps/browser.
fn folder() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("screenshots")
}
