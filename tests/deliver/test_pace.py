from plugin_digest.deliver.pace import Pace, Patience, RetryPolicy


def test_mails_are_evenly_spaced():
    """Thirty a minute is one every two seconds; time that passed on its own is not waited for again."""
    now = [100.0]
    pace = Pace(30, lambda: now[0])
    assert pace.delay_s() == 0
    assert pace.delay_s() == 2
    now[0] += 2
    assert pace.delay_s() == 2
    now[0] += 60
    assert pace.delay_s() == 0
    assert pace.delay_s() == 2


def test_no_limit():
    """Without a limit nothing is waited for."""
    assert [Pace(limit).delay_s() for limit in (None, 0)] == [0, 0]


def test_patience_ends():
    """The delays of a policy come one by one, then None; after a success they start anew."""
    patience = Patience(RetryPolicy((1, 2)))
    assert [patience.delay_s() for _ in range(4)] == [1, 2, None, None]
    patience.renew()
    assert patience.delay_s() == 1
    assert Patience(RetryPolicy(())).delay_s() is None
