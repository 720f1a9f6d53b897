//! "Log out everywhere" for many at once: the marks in front of the map of cutoffs grow and are made anew
//! while others are marked, and while readers look.

use chrono::{DateTime, Utc};
use hallpass::Revocation;
use hallpass::status::EntryKind;

use crate::explore::{Happened, explore, together};
use crate::world::{ISSUER, World, at, id, noon};

fn cut_off(world: &World, subject: &str, now: DateTime<Utc>) {
    let what = Revocation::Subject { issuer: ISSUER.to_owned(), subject: subject.to_owned(), except: None };
    world.denylist.revoke_at(what, now).wait().unwrap();
}

fn is_cut_off(world: &World, subject: &str, auth_time: DateTime<Utc>) -> bool {
    match world.listed(id(0), subject, auth_time) {
        Some(EntryKind::Subject) => true,
        None => false,
        Some(other) => panic!("{other}"),
    }
}

fn look(world: &World, subject: &str, over: &Happened) {
    let was_over = over.already();
    assert!(is_cut_off(world, subject, noon()) || !was_over, "{subject} was cut off and is not");
}

/// There are marks for 256 at first.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn the_marks_grow() {
    let names: Vec<String> = (0..259).map(|n| n.to_string()).collect();
    explore(400, move || {
        let world = World::new();
        names[..255].iter().for_each(|name| cut_off(&world, name, noon()));
        let over = [Happened::default(), Happened::default(), Happened::default()];
        together([
            &|| {
                for n in [255, 256] {
                    cut_off(&world, &names[n], noon());
                    over[n - 255].now();
                }
            },
            &|| {
                cut_off(&world, &names[257], noon());
                over[2].now();
            },
            &|| {
                for n in [255, 257, 256, 255, 257] {
                    look(&world, &names[n], &over[n - 255]);
                }
                assert!(is_cut_off(&world, &names[0], noon()));
            },
        ]);
        assert!(names[..258].iter().all(|name| is_cut_off(&world, name, noon())));
        assert!(!is_cut_off(&world, &names[258], noon()));
        assert_eq!(world.denylist.stats().subjects, 258);
    });
}

/// Cutoffs leave by two hands at once, and one that has not expired is never missed.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn what_has_expired_leaves_meanwhile() {
    explore(1500, || {
        let world = World::new();
        for name in ["ann", "ben", "cat"] {
            cut_off(&world, name, at(-1800));
        }
        cut_off(&world, "dan", at(-600));
        let over = Happened::default();
        together([
            &|| {
                cut_off(&world, "eve", noon());
                over.now();
            },
            &|| world.denylist.purge_at(noon()),
            &|| {
                for _ in 0..2 {
                    look(&world, "eve", &over);
                    assert!(is_cut_off(&world, "dan", at(-660)));
                    assert!(!is_cut_off(&world, "dan", noon()));
                }
            },
        ]);
        assert!(is_cut_off(&world, "eve", noon()) && is_cut_off(&world, "dan", at(-660)));
        assert_eq!(world.denylist.stats().subjects, 2);
    });
}

/// Two cut off the same subject, each but one session: what is left is what both say together.
#[test]
#[cfg_attr(not(shuttle), ignore = "needs a build of its own: see the top of the folder's main.rs")]
fn two_exempt_different_sessions() {
    explore(1000, || {
        let world = World::new();
        let (first_token, first) = world.session("alice");
        let (second_token, second) = world.session("alice");
        let [by_first, by_second] = [&first, &second].map(|session| Revocation::Subject {
            issuer: ISSUER.to_owned(),
            subject: "alice".to_owned(),
            except: Some(session.session_id()),
        });
        let over = Happened::default();
        together([
            &|| world.revoke(by_first.clone()),
            &|| {
                world.revoke(by_second.clone());
                over.now();
            },
            &|| world.look(first_token.as_str(), &over),
        ]);
        assert!(world.is_revoked(first_token.as_str(), noon()));
        assert!(world.is_revoked(second_token.as_str(), noon()));
    });
}
