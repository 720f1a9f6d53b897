//! The text of a key set: what is written is read back, and each fault is named by its line alone.

use hallpass::key::{Key, KeyError, KeySet, KeySetError, KeySetTextError, KeyState, LocalKey, SecretKey};

use crate::support::{noon, seconds};

const HEADER: &str = "hallpass-keys 1\n";

fn secret() -> SecretKey {
    SecretKey::generate().unwrap()
}

fn read(text: &str) -> Result<KeySet, KeySetTextError> {
    KeySet::from_text(text)
}

/// A set with a key of every kind in every state.
fn every_state() -> KeySet {
    let (past, leaked) = (secret(), secret());
    let set = KeySet::issuing(secret()).with_next(LocalKey::generate().unwrap()).unwrap();
    let set = set.with_verify_only(past, noon() + seconds(1)).unwrap();
    let set = set.with_verify_only(LocalKey::generate().unwrap(), noon()).unwrap();
    set.with_verify_only(leaked.clone(), noon()).unwrap().with_retired(leaked.id()).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    for set in [KeySet::default(), KeySet::issuing(secret()), every_state(), every_state().public_view()] {
        let read = read(&set.to_text()).unwrap();
        assert_eq!(*read.to_text(), *set.to_text());
        assert!(read.states().eq(set.states()));
        assert_eq!(read.current().map(Key::id), set.current().map(Key::id));
    }
}

#[test]
fn what_is_written_is_the_documented_form() {
    let (current, past) = (secret(), LocalKey::generate().unwrap());
    let set = KeySet::issuing(current.clone()).with_verify_only(past.clone(), noon()).unwrap();
    let text = set.to_text();
    let mut lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.remove(0), "hallpass-keys 1");
    lines.sort_unstable();
    let expected = [
        format!("current {}", *current.to_paserk()),
        format!("verify-only 2026-11-23T12:00:00.000000Z {}", *past.to_paserk()),
    ];
    assert_eq!(lines, expected);
    assert!(text.ends_with('\n'));
}

#[test]
fn comments_empty_lines_and_either_line_ending_are_read() {
    let (current, next) = (secret(), secret());
    let (current, next) = (current.to_paserk(), next.to_paserk());
    let text = format!("{HEADER}# comment\n\ncurrent {}\n\n#\nnext {}", *current, *next);
    for text in [text.clone(), format!("{text}\n"), text.replace('\n', "\r\n")] {
        assert_eq!(read(&text).unwrap().states().count(), 2);
    }
    assert_eq!(read(HEADER).unwrap().states().count(), 0);
    assert_eq!(read(HEADER.trim_end()).unwrap().states().count(), 0);
}

#[test]
fn a_single_paserk_is_the_current_key() {
    let (secret, local) = (secret(), LocalKey::generate().unwrap());
    let texts = [secret.to_paserk().to_string(), secret.public_key().to_paserk(), local.to_paserk().to_string()];
    for paserk in texts {
        for text in [paserk.clone(), format!("{paserk}\n"), format!("{paserk}\r\n")] {
            let set = read(&text).unwrap();
            assert_eq!(set.states().map(|(_, state)| state).collect::<Vec<_>>(), [KeyState::Current]);
            assert!(set.to_text().contains(&paserk));
        }
        for text in
            [format!("{paserk}\n\n"), format!("{paserk} "), format!("{paserk}\r"), format!("{paserk}\n{paserk}")]
        {
            let error = read(&text).unwrap_err();
            let is_encoding = matches!(error, KeySetTextError::Key { line: 1, source: KeyError::Encoding { .. } });
            assert!(is_encoding, "{error:?}");
            shows_nothing_of(&error, &text);
        }
    }
}

/// No part of the text that is longer than what the format itself says.
fn shows_nothing_of(error: &KeySetTextError, text: &str) {
    let shown = format!("{error} {error:?} {error:#?}");
    let words =
        text.split_whitespace().map(|word| word.trim_start_matches("k4.secret.").trim_start_matches("k4.local."));
    for word in words.filter(|word| word.len() >= 12 && *word != "hallpass-keys" && *word != "verify-only") {
        let windows = (0..=word.len() - 12).filter_map(|start| word.get(start..start + 12));
        for window in windows {
            assert!(!shown.contains(window), "{shown} shows {window}");
        }
    }
}

#[test]
fn a_text_of_another_kind_or_version_is_refused() {
    for text in [
        "",
        "\n",
        "hallpass-keys",
        "hallpass-keys1",
        " hallpass-keys 1",
        "hallpass-key 1",
        "\u{feff}hallpass-keys 1",
        "HALLPASS-KEYS 1",
        "# comment\nhallpass-keys 1",
        "current k4.secret.A",
        "-----BEGIN PRIVATE KEY-----\n",
    ] {
        assert_eq!(read(text).unwrap_err(), KeySetTextError::Header, "{text:?}");
    }
    for text in ["hallpass-keys 2", "hallpass-keys 1 ", "hallpass-keys  1", "hallpass-keys ", "hallpass-keys 10\n"] {
        assert_eq!(read(text).unwrap_err(), KeySetTextError::Version, "{text:?}");
    }
}

#[test]
fn a_line_of_another_form_is_refused_by_its_number() {
    let (first, second) = (secret(), secret());
    let (id, secret_id) = (first.id(), first.secret_id());
    let (first, second) = (first.to_paserk(), second.to_paserk());
    let second = second.as_str();
    let lines = [
        second.to_owned(),
        "current".to_owned(),
        format!("Current {second}"),
        format!(" current {second}"),
        format!("current\t{second}"),
        format!("past {second}"),
        format!("currentcanarycanarycanary {second}"),
        format!("verify-only {second}"),
        format!("verify-only 2026-12-01 {second}"),
        format!("verify-only 2026-12-01t00:00:00z {second}"),
        format!("verify-only 2026-12-01T00:00:00+00:00 {second}"),
        "verify-only 2026-12-01T00:00:00Z".to_owned(),
        "retired".to_owned(),
        "retired ".to_owned(),
        format!("retired {second}"),
        format!("retired {id} "),
        format!("retired {id}A"),
        format!("retired {secret_id}"),
        " ".to_owned(),
    ];
    for bad in lines {
        let text = format!("{HEADER}# comment\n\ncurrent {}\n{bad}\nnext {second}\n", *first);
        let error = read(&text).unwrap_err();
        assert_eq!(error, KeySetTextError::Line { line: 5 }, "{bad:?}");
        shows_nothing_of(&error, &text);
    }
}

#[test]
fn a_key_that_can_not_be_imported_is_refused_by_its_line() {
    let good = secret();
    let (good, zeros) = (good.to_paserk(), "A".repeat(43));
    let keys = [
        (format!("{}A", *good), KeyError::Encoding { kind: "k4.secret", len: 64 }),
        (good[..good.len() - 1].to_owned(), KeyError::Encoding { kind: "k4.secret", len: 64 }),
        (format!("{} ", *good), KeyError::Encoding { kind: "k4.secret", len: 64 }),
        (format!("k4.secret.{zeros}{zeros}"), KeyError::Zero),
        (format!("k4.local.{zeros}"), KeyError::Zero),
        (format!("k4.public.{zeros}"), KeyError::SmallOrder),
        (format!("k4.local.{}", &good[10..]), KeyError::Encoding { kind: "k4.local", len: 32 }),
        (format!("k4.public.{}", &good[10..]), KeyError::Encoding { kind: "k4.public", len: 32 }),
        (format!("k3.secret.{}", &good[10..]), KeyError::Kind { expected: "k4.public" }),
        (format!(" {}", *good), KeyError::Kind { expected: "k4.public" }),
        (String::new(), KeyError::Kind { expected: "k4.public" }),
    ];
    for (key, error) in keys {
        for state in ["current", "next", "verify-only 2026-12-01T00:00:00Z"] {
            let text = format!("{HEADER}\n{state} {key}\n");
            let refusal = read(&text).unwrap_err();
            assert_eq!(refusal, KeySetTextError::Key { line: 3, source: error }, "{state} {key}");
            shows_nothing_of(&refusal, &text);
        }
    }
}

#[test]
fn a_line_that_breaks_the_rule_of_the_set_is_refused_by_its_number() {
    let (one, other) = (secret(), secret());
    let (id, one, public) = (one.id(), one.to_paserk(), one.public_key().to_paserk());
    let (one, other) = (one.as_str(), other.to_paserk());
    let texts = [
        (format!("current {one}\ncurrent {}", *other), KeySetError::TwoCurrent),
        (format!("next {one}\nnext {}", *other), KeySetError::TwoNext),
        (format!("current {one}\nnext {one}"), KeySetError::Duplicate { id }),
        (format!("current {one}\nnext {public}"), KeySetError::Duplicate { id }),
        (format!("current {one}\nverify-only 2026-12-01T00:00:00Z {public}"), KeySetError::Duplicate { id }),
        (format!("current {one}\nretired {id}"), KeySetError::Duplicate { id }),
        (format!("retired {id}\ncurrent {one}"), KeySetError::Duplicate { id }),
        (format!("retired {id}\nretired {id}"), KeySetError::Duplicate { id }),
    ];
    for (text, error) in texts {
        let refusal = read(&format!("{HEADER}{text}\n")).unwrap_err();
        assert_eq!(refusal, KeySetTextError::Set { line: 3, source: error }, "{text}");
        shows_nothing_of(&refusal, &text.replace(&id.to_string(), ""));
    }
}

#[test]
fn a_65th_line_is_refused_by_its_number() {
    let lines: String = (0..65).map(|_| format!("retired {}\n", secret().id())).collect();
    let at_most = lines.lines().take(64).collect::<Vec<_>>().join("\n");
    assert_eq!(read(&format!("{HEADER}{at_most}")).unwrap().states().count(), 64);
    let error = KeySetError::TooMany { max: 64 };
    assert_eq!(read(&format!("{HEADER}{lines}")).unwrap_err(), KeySetTextError::Set { line: 66, source: error });
}
