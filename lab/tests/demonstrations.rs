//! Every demonstration ends with exit code 0 and tells what its mechanism does.

mod common;

use common::{assert_mentions, assert_tells, run, succeed, text};

#[test]
fn the_list_names_every_mechanism() {
    let out = succeed(&[]);
    for name in
        ["pipe", "shell", "fifo", "shm", "socket", "mqueue", "rpc", "signal", "eventfd", "memfd", "pidfd", "futex"]
    {
        assert!(out.contains(name), "{name} in:\n{out}");
    }
    assert_mentions(&out, &["splice", "process_vm_readv", "io_uring", "quiz", "bench", "iceoryx2", "ipc-channel"]);
}

#[test]
fn pipe_shows_hello_end_of_file_and_sigpipe() {
    let out = succeed(&["pipe"]);
    assert_mentions(&out, &["write(4, \"Hello World\\n\") -> 12", "signal SIGPIPE", "Some(EPIPE)"]);
    assert_tells(&out, &["pipe() ->", "close(write end)", "Hello World", "read() -> 0: end of file"]);
}

#[test]
fn a_pipeline_of_four_programs_runs_step_by_step() {
    let out = succeed(&["shell", "printf 'b\\na\\nc\\n' | sort -r | head -2 | tail -1"]);
    assert_mentions(&out, &["4 processes, 3 pipes", "dup2(", "\nb\n", "printf: exit code 0", "tail: exit code 0"]);
}

#[test]
fn a_pipeline_whose_reader_ends_first_ends_by_sigpipe() {
    assert_mentions(&succeed(&["shell", "yes | head -1"]), &["\ny\n", "yes: signal SIGPIPE"]);
}

#[test]
fn a_fifo_outlives_its_maker() {
    let out = succeed(&["fifo"]);
    assert_tells(&out, &["mkfifo(", "still there", "end of file, the last writer has closed"]);
    assert_eq!(out.matches("mkfifo(").count(), 1, "{out}");
}

#[test]
fn shared_memory_tears_and_is_synchronised_in_three_ways() {
    let out = succeed(&["shm"]);
    assert_tells(
        &out,
        &[
            "shm_open(",
            "mmap(), and there it is: \"Hello\"",
            "reads were torn",
            "between acquire and post, 0 torn",
            "whole values, 0 torn ones",
            "took out 1000000 numbers, none missing, none twice, all in order",
        ],
    );
}

#[test]
fn sockets_keep_or_lose_boundaries_and_pass_descriptors() {
    let out = succeed(&["socket"]);
    assert_tells(
        &out,
        &[
            "SOCK_STREAM",
            "recv() -> 9: \"ping pong\"",
            "recv() -> 0: end of file",
            "SOCK_DGRAM",
            "recv() -> 5: \"ping \"",
            "EAGAIN",
            "SOCK_SEQPACKET",
            "recv() -> 5: \"ping \"",
            "recv() -> 0: end of file",
            "SO_PEERCRED",
            "written before it was sent",
        ],
    );
    assert_mentions(&out, &["accept()", "Hello. I'm your server.", "recvfrom() -> \"Who is there?\""]);
}

#[test]
fn a_message_queue_gives_the_most_urgent_first() {
    let output = run(&["mqueue"]);
    if is_unavailable("mqueue", &output) {
        return;
    }
    let out = text(&output.stdout);
    assert_tells(&out, &["mq_receive() -> \"the house is on fire\", priority 9", "tea is ready", "mail has come"]);
}

#[test]
fn a_remote_call_works_fails_times_out_and_is_carried_out_once() {
    let out = succeed(&["rpc"]);
    assert_mentions(
        &out,
        &[
            "42 55 4c 4b",
            "1: add",
            "the call returns: Ok(5)",
            "1 divided by 0 is no number",
            "no answer after 2 attempts",
            "answered from memory, not carried out again",
            "The account has 100, not 200",
            "the call returns: Ok(200)",
            "Add(2, 3) -> Ok(5)",
            "Divide(1, 0) -> Err",
        ],
    );
}

#[test]
fn standard_signals_merge_and_real_time_signals_queue() {
    assert_tells(&succeed(&["signal"]), &["[7]: 1 of 3 arrived", "[7, 8, 9]: 3 of 3 arrived"]);
}

#[test]
fn an_eventfd_counts() {
    assert_tells(&succeed(&["eventfd"]), &["read() -> [3]", "read() -> [1, 1, 1]"]);
}

#[test]
fn an_unsealed_memfd_can_kill_and_a_sealed_one_cannot_change() {
    assert_tells(&succeed(&["memfd"]), &["signal SIGBUS", "EBUSY", "EPERM", "EPERM", "EPERM", "\"a constant\""]);
}

#[test]
fn a_pidfd_waits_and_signals() {
    assert_tells(&succeed(&["pidfd"]), &["ended? false", "pidfd_send_signal(SIGTERM)", "-> signal SIGTERM"]);
}

#[test]
fn a_futex_sleeps_until_woken() {
    let out = succeed(&["futex"]);
    assert_tells(&out, &["wrote 42", "futex(FUTEX_WAKE, 1)"]);
    assert_mentions(&out, &["futex(FUTEX_WAIT, 0)", "awake, and the word is 42"]);
}

#[test]
fn vmsplice_does_not_copy() {
    assert_tells(&succeed(&["vmsplice"]), &["a page of 'A'", "read() -> \"BBBB\"", "[\"hello\", \"hello\"]"]);
}

#[test]
fn another_process_is_read() {
    let output = run(&["process_vm_readv"]);
    if !is_unavailable("process_vm_readv", &output) {
        assert_mentions(&text(&output.stdout), &["-> \"a string of process"]);
    }
}

#[test]
fn io_uring_carries_messages_or_says_who_forbids_it() {
    let output = run(&["io_uring"]);
    if !is_unavailable("io_uring", &output) {
        assert_tells(&text(&output.stdout), &["found 1 in", "found 2 in", "found 3 in"]);
    }
}

/// Whether the machine forbids it, said in one clear line; anything else must have succeeded.
fn is_unavailable(mechanism: &str, output: &std::process::Output) -> bool {
    let err = text(&output.stderr);
    if err.contains("is not to be had here: ") {
        assert_eq!((output.status.code(), err.lines().count()), (Some(1), 1), "{mechanism}: {err}");
        println!("skipped: {err}");
        return true;
    }
    assert!(output.status.success(), "{mechanism}: {err}");
    false
}
