//! Prints the operations that an input of the target `denylist` stands for, and runs them.

fn main() {
    let path = std::env::args().nth(1).expect("usage: operations FILE");
    let bytes = std::fs::read(path).expect("a file that can be read");
    if let Some((settings, operations)) = hallpass_fuzz::operations(&bytes) {
        println!("{settings:?}");
        operations.iter().for_each(|operation| println!("{operation:?}"));
    }
    let found = hallpass_fuzz::denylist(&bytes);
    println!("holds; {}", if found { "something was found listed" } else { "nothing was found listed" });
}
