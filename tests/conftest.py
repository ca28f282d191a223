"""What holds for every test: programs that tests start hear Ctrl-C, also where the tests run in the background of a
shell, which would have them ignore it."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
