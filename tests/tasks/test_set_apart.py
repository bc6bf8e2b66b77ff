import os
import time

from tasks.set_apart import SetApart


def double(number):
    if number == 13:
        os._exit(1)
    if number == 99:
        time.sleep(60)
    return number * 2


def test_a_question_that_kills_or_hangs_its_process_costs_that_question_alone():
    apart = SetApart(double, -1, seconds=20)
    apart.ask(1)
    apart._seconds = 1
    assert [apart.ask(n) for n in (1, 13)] == [2, -1]
    apart._seconds = 20
    assert apart.ask(3) == 6
    apart._seconds = 1
    assert apart.ask(99) == -1
    apart.close()
    apart.close()
