//! Runs a file.
fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let source = std::fs::read(&path).unwrap_or_default();
    let thread = std::thread::Builder::new()
        .stack_size(mesapy_embed::STACK_BYTES)
        .spawn(move || {
            let mut i = mesapy_embed::Interpreter::new(Default::default()).expect("interpreter");
            i.run(&source, &path)
        });
    match thread.expect("thread").join() {
        Ok(Ok(())) => {}
        Ok(Err(text)) => println!("{text}"),
        Err(_) => println!("panic"),
    }
}
