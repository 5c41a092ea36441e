"""Whether other Python threads run while Adjoint computes."""

import threading
import time


def turns_meanwhile(work):
    """How often another thread, which wakes every millisecond, ran while work() did."""
    done = threading.Event()
    turns = []

    def count():
        while not done.is_set():
            turns.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    began = time.monotonic()
    work()
    ended = time.monotonic()
    done.set()
    thread.join()
    return sum(began < turn < ended for turn in turns)
