//! Writes the figures of the parts that were measured to the page of that path (docs/BENCHMARKS.md), and the plots
//! to the folder `plots` beside it.

use std::fs;
use std::path::PathBuf;

use hallpass_benches::figures::{Figures, folder};
use hallpass_benches::report::{page, plots};

fn main() -> std::io::Result<()> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).expect("the path of the page");
    let all = Figures::saved(&folder());
    fs::write(&path, page(&fs::read_to_string(&path)?, &all))?;
    let plots_folder = path.with_file_name("plots");
    fs::create_dir_all(&plots_folder)?;
    for (name, text) in plots(&all) {
        fs::write(plots_folder.join(name), text)?;
    }
    println!("{} has the figures of {} measurements", path.display(), all.len());
    Ok(())
}
