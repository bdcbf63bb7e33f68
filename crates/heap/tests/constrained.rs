//! Where the system gives little: a refused reservation makes the cage smaller, a refused commit is an error value, never a fault.

use std::process::Command;

use mesapy_heap::*;

/// Fills a default heap until it is refused memory, then goes on using it. Runs by itself and, from the other tests, under limits.
#[test]
fn fill_up() {
    let limited = std::env::var_os("HEAP_TEST_LIMITED").is_some();
    let config = if limited {
        HeapConfig::default()
    } else {
        HeapConfig {
            cage_bytes_max: 64 << 20,
            ..HeapConfig::default()
        }
    };
    let mut heap = Heap::new(config).unwrap();
    let list = heap.new_list(&[]).unwrap();
    let word = list.word();
    let block = vec![7; 1 << 20];
    let mut n = 0;
    while let Ok(bytes) = heap.new_bytes(&block) {
        assert!(list.push(&heap, bytes.value()).is_ok());
        n += 1;
        assert!(n < 8000);
    }
    assert!(n > 20, "{n} MiB");
    assert!(heap.limit_exceeded());
    assert_eq!(
        list.get(&heap, n - 1).as_bytes(&heap).unwrap().bytes(&heap)[77],
        7
    );
    list.truncate(&heap, 1);
    heap.collect(Collection::Full, &mut |m| m.mark(word));
    assert!(heap.new_bytes(&block).is_ok());
}

fn under(limit: &str) {
    let me = std::env::current_exe().unwrap();
    let run = Command::new("sh")
        .args([
            "-c",
            &format!("{limit} && exec \"$0\" fill_up --exact --test-threads=1"),
        ])
        .arg(me)
        .env("HEAP_TEST_LIMITED", "1")
        .output()
        .unwrap();
    assert!(run.status.success(), "{limit}: {run:?}");
    assert!(String::from_utf8_lossy(&run.stdout).contains("1 passed"));
}

#[test]
fn little_address_space() {
    under("ulimit -v 2000000");
    under("ulimit -v 400000");
}

#[test]
fn little_data() {
    under("ulimit -d 600000");
    under("ulimit -d 200000");
}
