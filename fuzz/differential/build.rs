//! Finds libtss2-mu.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The closed lists are those of 3.2: later ones know more algorithms.
    let found = pkg_config::Config::new()
        .range_version("3.2.0".."3.3.0")
        .probe("tss2-mu");
    if let Err(error) = found {
        println!(
            "cargo::error=libtss2-mu 3.2 is missing (Debian 12: apt-get install pkg-config libtss2-dev)"
        );
        println!("cargo::error={}", error.to_string().replace('\n', " "));
    }
}
